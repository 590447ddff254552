"""Once, and again after each new image: tables, rights, organisations, sources, samples."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg2

CKAN = ["/srv/venv/bin/ckan", "-c", os.environ.get("CKAN_INI", "/var/lib/jena/ckan.ini")]
PLUGINS_WITH_TABLES = ("activity", "jenasmartcity_harvest", "jenasmartcity_items")


def ckan(*arguments: str) -> str:
    """Run CKAN's command line; an error ends the set-up."""
    return subprocess.run([*CKAN, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def set_datastore_rights() -> None:
    """The DataStore's rights need PostgreSQL's superuser, whose password only this container has."""
    script = "\n".join(line for line in ckan("datastore", "set-permissions").splitlines() if not line.startswith("\\"))
    host, port = os.environ["DATABASE_HOST"].split(":")
    password = Path("/run/secrets/postgres").read_text().strip()
    with psycopg2.connect(host=host, port=port, user="postgres", password=password, dbname="datastore") as connection:
        connection.cursor().execute(script)


def main() -> None:
    """Bring the databases to this image's state; what is there stays."""
    ckan("db", "upgrade")
    for plugin in PLUGINS_WITH_TABLES:
        ckan("db", "upgrade", "-p", plugin)
    set_datastore_rights()
    ckan("jenasmartcity", "setup")
    if os.environ.get("DEMO", "1") != "0":
        ckan("jenasmartcity", "harvest", "run")


if __name__ == "__main__":
    main()
