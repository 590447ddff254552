"""Start one process of the portal in a container: web, worker, tick, samples or setup.

The configuration is config/portal.ini, as everywhere; addresses come from the
environment (compose.yaml), passwords and keys from /run/secrets.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

SECRETS = Path("/run/secrets")
HOME = Path("/var/lib/jena")
INI = Path(os.environ.get("CKAN_INI", HOME / "ckan.ini"))
PORTAL_INI = Path("/srv/jena/config/portal.ini")
BIN = Path("/srv/venv/bin")


def secret(name: str) -> str:
    """A secret that compose mounts; a missing one ends the start with what to do."""
    try:
        return (SECRETS / name).read_text().strip()
    except OSError:
        sys.exit(f"The secret {name} is missing. Run docker/make-secrets, then start again.")


def settings() -> dict[str, str]:
    """What the machine and its secrets decide, as CKAN options: the same keys as stack/ckan.py."""
    database, solr = os.environ["DATABASE_HOST"], os.environ["SOLR_URL"]
    key = secret("secret_key")
    owner = f"postgresql://ckan:{secret('ckan')}@{database}"
    return {
        "SECRET_KEY": key,
        "beaker.session.secret": key,
        "api_token.jwt.encode.secret": f"string:{key}",
        "api_token.jwt.decode.secret": f"string:{key}",
        "sqlalchemy.url": f"{owner}/ckan",
        "ckan.datastore.write_url": f"{owner}/datastore",
        "ckan.datastore.read_url": f"postgresql://datastore_read:{secret('datastore_read')}@{database}/datastore",
        "ckan.redis.url": f"redis://:{secret('redis')}@{os.environ['REDIS_HOST']}:6379/0",
        "solr_url": f"{solr}/ckan",
        "ckan.site_url": os.environ["SITE_URL"],
        "ckan.storage_path": str(HOME / "storage"),
        "ckan.webassets.path": str(HOME / "webassets"),
        "ckan.files.storage.default.path": str(HOME / "storage"),
        "ckanext.jenasmartcity.house.directory": "/srv/jena/config",
        "ckanext.jenasmartcity.harvest.credential_keys": secret("credential_key"),
        "ckanext.jenasmartcity.harvest.samples_url": os.environ["SAMPLES_URL"],
        "ckanext.jenasmartcity.security.allow": os.environ["SAMPLES_URL"].removeprefix("http://"),
        "ckanext.jenasmartcity.items.solr_url": f"{solr}/items",
    }


def write_ini() -> None:
    """The generated configuration, readable by this user only."""
    lines = ["[app:main]", f"use = config:{PORTAL_INI}"]
    lines += [f"{key} = {value.replace('%', '%%')}" for key, value in settings().items()]
    INI.parent.mkdir(parents=True, exist_ok=True)
    # web, worker and tick share the volume: one of them must never read half a file
    new = INI.with_name(f"{INI.name}.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_text("\n".join(lines) + "\n")
    new.replace(INI)


def ckan(*arguments: str) -> list[str]:
    """CKAN's command line."""
    return [str(BIN / "ckan"), "-c", str(INI), *arguments]


def commands() -> dict[str, list[str]]:
    """The processes by name."""
    gunicorn = [
        str(BIN / "gunicorn"), "--bind", "0.0.0.0:5000", "--workers", "2", "--timeout", "120",
        "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-",
        # without queries, which may hold keys (stack/services.py)
        "--access-logformat", '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(L)s', "stack.wsgi:application",
    ]
    return {
        "web": gunicorn,
        "worker": ckan("jobs", "worker"),
        "tick": ckan("jenasmartcity", "tick"),
        "samples": [str(BIN / "python"), "-m", "stack.samples", "8000", "/srv/jena/samples", "0.0.0.0"],
        "setup": [str(BIN / "python"), "docker/setup.py"],
    }


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "web"
    if name not in commands():
        sys.exit(f"{name} is none of {', '.join(commands())}.")
    if name != "samples":
        write_ini()
    os.environ["JENA_ADMIN_PASSWORD"] = secret("admin") if name == "setup" else ""
    command = commands()[name]
    os.execv(command[0], command)
