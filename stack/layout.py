"""Where everything of one running portal lies: folders, ports, users, secrets."""

from __future__ import annotations

import json
import os
import pwd
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = Path(os.environ.get("JENA_CODE", ROOT))
VAR = Path(os.environ.get("JENA_VAR", ROOT / "var")).resolve()
USER = "jenaportal"
# the services follow on the next ports
LAST_PORT = 65525
PG_BIN = Path("/usr/lib/postgresql/15/bin")


class SettingError(ValueError):
    """What was asked for on the command line makes no sense; the text says the remedy."""


def account(user: str) -> tuple[int, int]:
    """Numeric user and group of a system user."""
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


@dataclass(frozen=True)
class Instance:
    """One portal with its own ports, databases and cores; two can run side by side.

    port: TCP port of the pages; the services follow on the next nine.
    """

    name: str
    port: int

    @property
    def home(self) -> Path:
        return VAR / self.name

    @property
    def postgres_port(self) -> int:
        return self.port + 1

    @property
    def redis_port(self) -> int:
        return self.port + 2

    @property
    def solr_port(self) -> int:
        return self.port + 3

    @property
    def samples_port(self) -> int:
        return self.port + 4

    @property
    def feeds_port(self) -> int:
        """Where the browser tests serve a feed of their own that changes while they look."""
        return self.port + 9

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def solr_url(self) -> str:
        return f"http://127.0.0.1:{self.solr_port}/solr"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.secrets['redis']}@127.0.0.1:{self.redis_port}/0"

    @property
    def samples_url(self) -> str:
        return f"http://127.0.0.1:{self.samples_port}"

    @property
    def ini(self) -> Path:
        return self.home / "ckan.ini"

    @property
    def feeds(self) -> Path:
        """The folder that the sample server serves."""
        return self.home / "feeds" if self.name == "bench" else CODE / "samples"

    def database_url(self, role: str, database: str) -> str:
        """SQLAlchemy address of a database as seen by one of our roles."""
        return f"postgresql://{role}:{self.secrets[role]}@127.0.0.1:{self.postgres_port}/{database}"

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Passwords and keys of this instance, generated once, readable by root only."""
        file = self.home / "secrets.json"
        names = ("postgres", "ckan", "datastore_read", "redis", "secret_key", "credential_key", "admin")
        known = json.loads(file.read_text()) if file.exists() else {}
        wanted = {name: known.get(name) or secrets.token_urlsafe(32) for name in names}
        if wanted != known:
            self.home.mkdir(parents=True, exist_ok=True)
            new = file.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(json.dumps(wanted))
            new.replace(file)
        return wanted

    def folder(self, name: str, user: str = USER, mode: int = 0o750) -> Path:
        """A folder below this instance that belongs to ``user``."""
        path = self.home / name
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, *account(user))
        path.chmod(mode)
        return path


def demo() -> bool:
    """Whether the samples are served and harvested; DEMO=0 leaves them out."""
    return os.environ.get("DEMO", "1") != "0"


def portal() -> Instance:
    """The portal for people; PORT moves it."""
    return _instance("portal", "PORT", 5000)


def test() -> Instance:
    """The tests' portal; TEST_PORT moves it."""
    return _instance("test", "TEST_PORT", 5100)


def bench() -> Instance:
    """Where benchmarks run, ours and stock CKAN on the same services; BENCH_PORT moves it."""
    return _instance("bench", "BENCH_PORT", 5200)


def _instance(name: str, variable: str, usual: int) -> Instance:
    wanted = os.environ.get(variable, "")
    if not wanted:
        return Instance(name, remembered_port(name) or usual)
    if not (wanted.isascii() and wanted.isdigit() and 1024 <= int(wanted) <= LAST_PORT):
        raise SettingError(f"{variable}={wanted} is no port. Choose one from 1024 to {LAST_PORT}.")
    return Instance(name, int(wanted))


def remembered_port(name: str) -> int | None:
    """The port that an instance was last set up with."""
    file = VAR / name / "port"
    return int(file.read_text()) if file.exists() else None
