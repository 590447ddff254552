"""CKAN's own part of the stack: its configuration, database, first administrator."""

from __future__ import annotations

import os
from pathlib import Path

from stack import database, layout
from stack.layout import CODE, USER, VAR, Instance, account
from stack.steps import run

PLUGINS_WITH_TABLES = ("activity", "jenasmartcity_harvest", "jenasmartcity_items")
ADMIN = "admin"


def _settings(
    instance: Instance, database_name: str, datastore: str, cores: tuple[str, str], files: Path
) -> dict[str, str]:
    """What the machine and its secrets decide, as CKAN options."""
    secret = instance.secrets["secret_key"]
    return {
        "SECRET_KEY": secret,
        "beaker.session.secret": secret,
        "api_token.jwt.encode.secret": f"string:{secret}",
        "api_token.jwt.decode.secret": f"string:{secret}",
        "sqlalchemy.url": instance.database_url("ckan", database_name),
        "ckan.datastore.write_url": instance.database_url("ckan", datastore),
        "ckan.datastore.read_url": instance.database_url("datastore_read", datastore),
        # a queue of their own: the worker of the portal beside them must not take the jobs of the tests
        "ckan.redis.url": instance.redis_url if database_name == "ckan" else f"{instance.redis_url[:-1]}1",
        "solr_url": f"{instance.solr_url}/{cores[0]}",
        "ckan.site_url": os.environ.get("SITE_URL", instance.url),
        "ckan.storage_path": str(files / "storage"),
        "ckan.webassets.path": str(files / "webassets"),
        "ckan.files.storage.default.path": str(files / "storage"),
        "ckanext.jenasmartcity.house.directory": str(CODE / "config"),
        "ckanext.jenasmartcity.harvest.credential_keys": instance.secrets["credential_key"],
        "ckanext.jenasmartcity.harvest.samples_url": instance.samples_url if layout.demo() else "",
        "ckanext.jenasmartcity.security.allow": " ".join(_internal_hosts(instance)),
        "ckanext.jenasmartcity.items.solr_url": f"{instance.solr_url}/{cores[1]}",
    }


def _internal_hosts(instance: Instance) -> list[str]:
    """What the harvest may reach on this machine: the samples, in the tests' instance also the tests' own feeds."""
    samples = [f"127.0.0.1:{instance.samples_port}"] if layout.demo() else []
    return samples + ([f"127.0.0.1:{instance.feeds_port}"] if instance.name == layout.test().name else [])


def write_ini(
    instance: Instance, name: str, base: Path, database_name: str, datastore: str, cores: tuple[str, str]
) -> bool:
    """Generate an ini file that uses ``base``; True when it changed.

    Each has folders for files of its own: tests that run as root must not write into
    those of the web processes.
    """
    files = instance.folder(f"files-{database_name}")
    settings = _settings(instance, database_name, datastore, cores, files)
    lines = [
        "# Generated; change config/portal.ini instead.", "[app:main]", f"use = config:{base}",
        *(f"{key} = {value.replace('%', '%%')}" for key, value in settings.items()),
    ]
    text = "\n".join(lines) + "\n"
    path = instance.home / name
    for folder in ("storage", "webassets"):
        instance.folder(f"{files.name}/{folder}")
    if path.exists() and path.read_text() == text:
        return False
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    os.chown(new, *account(USER))
    new.replace(path)
    return True


def ckan(instance: Instance, *arguments: str, ini: str = "ckan.ini", secret: bool = False) -> str:
    """Run CKAN's command line as the portal's user.  secret: what it prints stays out of the log."""
    home = str(instance.home)
    env = {
        "PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "PYTHONWARNINGS": "ignore",
        "JENA_ADMIN_PASSWORD": instance.secrets["admin"],
    }
    command: list[str | Path] = [VAR / "venv/bin/ckan", "-c", instance.home / ini, *arguments]
    return run(command, user=USER, env=env, cwd=instance.home, secret=secret)


def upgrade(instance: Instance, datastore: str, ini: str = "ckan.ini") -> None:
    """Create or migrate the tables of CKAN and of our rooms; set the DataStore's rights."""
    ckan(instance, "db", "upgrade", ini=ini)
    for plugin in PLUGINS_WITH_TABLES:
        ckan(instance, "db", "upgrade", "-p", plugin, ini=ini)
    database.run_script(instance, datastore, ckan(instance, "datastore", "set-permissions", ini=ini))


def compile_translations() -> None:
    """Make the .mo files that gettext reads; they are not in git."""
    folder = CODE / "ckanext-jenasmartcity/ckanext/jenasmartcity/i18n"
    if folder.exists():
        run([VAR / "venv/bin/pybabel", "compile", "-d", folder, "-D", "ckanext-jenasmartcity"])


def translate_scripts(instance: Instance) -> None:
    """Make CKAN's catalogues for scripts, else their texts stay English."""
    ckan(instance, "translation", "js")


def seed(instance: Instance) -> None:
    """Administrator, organisations, groups, sources: whatever of them is missing."""
    ckan(instance, "jenasmartcity", "setup")


def token(instance: Instance) -> str:
    """A new API token of the administrator."""
    told = ckan(instance, "user", "token", "add", ADMIN, "make-token", "-q", secret=True)
    return told.strip().splitlines()[-1].strip()
