"""Stock CKAN beside ours, for benchmarks: the same PostgreSQL, Redis and Solr, all else its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from stack import database, solr
from stack.layout import CODE, USER, VAR, Instance, account
from stack.steps import run, step

VENV = VAR / "stock-venv"
DATABASES = ("stock", "stock_datastore")
CORE = "stock"
_PLUGINS_WITH_TABLES = ("activity", "harvest")
_TEXTS = ("requirements-build.txt", "requirements-stock.txt", "constraints.txt")


def cores() -> dict[str, bytes]:
    """Its core, with the schema as CKAN ships it."""
    return {CORE: solr.stock_schema()}


def install() -> None:
    """An environment of its own with the same versions; made anew when they change."""
    texts = [CODE / "stack" / name for name in _TEXTS]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()
    stamp = VENV / "ready"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step("Stock CKAN's Python packages"):
        shutil.rmtree(VENV, ignore_errors=True)
        run(["/usr/bin/python3", "-m", "venv", VENV])
        pip: list[str | Path] = [VENV / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        run([*pip, "install", "-q", "-c", texts[2], "-r", texts[0]])
        run([*pip, "install", "-q", "--no-build-isolation", "-c", texts[2], "-r", texts[1]])
        stamp.write_text(wanted)


def ini(instance: Instance) -> Path:
    """Where its configuration lies."""
    return instance.home / "stock.ini"


def url(instance: Instance) -> str:
    """Its pages' address, for benchmarks that read them."""
    return f"http://127.0.0.1:{instance.port + 5}"


def write_ini(instance: Instance) -> None:
    """Its configuration: benchmarks/stock.ini and what this machine decides."""
    secret = instance.secrets["secret_key"]
    files = instance.folder("files-stock")
    settings = {
        "SECRET_KEY": secret, "beaker.session.secret": secret,
        "api_token.jwt.encode.secret": f"string:{secret}", "api_token.jwt.decode.secret": f"string:{secret}",
        "sqlalchemy.url": instance.database_url("ckan", DATABASES[0]),
        "ckan.datastore.write_url": instance.database_url("ckan", DATABASES[1]),
        "ckan.datastore.read_url": instance.database_url("datastore_read", DATABASES[1]),
        "ckan.redis.url": instance.redis_url.removesuffix("/0") + "/1",
        "solr_url": f"{instance.solr_url}/{CORE}", "ckan.site_url": url(instance),
        "ckan.storage_path": str(files), "ckan.files.storage.default.path": str(files),
    }
    lines = [
        "# Generated; change benchmarks/stock.ini instead.", "[app:main]", f"use = config:{CODE}/benchmarks/stock.ini",
        *(f"{key} = {value.replace('%', '%%')}" for key, value in settings.items()),
    ]
    path = ini(instance)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    os.chown(path, *account(USER))


def create_tables(instance: Instance) -> None:
    """Tables of CKAN and its extensions; nothing where they are there."""
    _ckan(instance, "db", "upgrade")
    for plugin in _PLUGINS_WITH_TABLES:
        _ckan(instance, "db", "upgrade", "-p", plugin)
    database.run_script(instance, DATABASES[1], _ckan(instance, "datastore", "set-permissions"))


def _ckan(instance: Instance, *arguments: str) -> str:
    command: list[str | Path] = [VENV / "bin/ckan", "-c", ini(instance), *arguments]
    return run(command, user=USER, env=environment(instance), cwd=instance.home)


def environment(instance: Instance) -> dict[str, str]:
    """What its processes, and ours in a benchmark, are told of the world."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(instance.home), "LANG": "C.UTF-8", "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": str(CODE), "PYTHONDONTWRITEBYTECODE": "1",
    }
