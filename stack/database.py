"""PostgreSQL: the cluster, its roles and databases."""

from __future__ import annotations

import os
import shutil
from typing import Any

import psycopg2
from psycopg2 import sql

from stack.layout import PG_BIN, Instance, account
from stack.steps import run


def create_cluster(instance: Instance) -> None:
    """An own cluster below var/; made beside its place and renamed, so that it is whole or not there."""
    home = instance.home / "postgres"
    if home.exists():
        return
    new = instance.folder("postgres.new", user="postgres", mode=0o700)
    shutil.rmtree(new)
    new = instance.folder("postgres.new", user="postgres", mode=0o700)
    password = instance.home / "postgres.password"
    password.touch(mode=0o600)
    password.write_text(instance.secrets["postgres"])
    os.chown(password, *account("postgres"))
    run(
        [PG_BIN / "initdb", "-D", new, "-U", "postgres", f"--pwfile={password}", "--auth=scram-sha-256",
         "--encoding=UTF8", "--locale=C.UTF-8"],
        user="postgres", cwd=new, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    password.unlink()
    with (new / "postgresql.conf").open("a") as conf:
        conf.write(
            f"\nlisten_addresses = '127.0.0.1'\nport = {instance.postgres_port}\nunix_socket_directories = ''\n"
            "shared_buffers = 256MB\nwork_mem = 16MB\nmaintenance_work_mem = 128MB\nmax_wal_size = 1GB\n"
            "random_page_cost = 1.1\nmax_connections = 60\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
            # after a crash one call for the whole file system, not one for each of thousands of files: 1 s, not 12
            "recovery_init_sync_method = syncfs\n"
        )
    new.rename(home)


def _connect(instance: Instance, database: str = "postgres") -> Any:
    connection = psycopg2.connect(
        host="127.0.0.1", port=instance.postgres_port, user="postgres",
        password=instance.secrets["postgres"], dbname=database, connect_timeout=3,
    )
    connection.autocommit = True
    return connection


def is_up(instance: Instance) -> bool:
    """Whether the cluster takes connections."""
    try:
        _connect(instance).close()
    except psycopg2.OperationalError:
        return False
    return True


def create_databases(instance: Instance, names: tuple[str, ...]) -> None:
    """Roles and databases, whatever of them is missing; ``ckan`` owns, ``datastore_read`` reads."""
    connection = _connect(instance)
    with connection.cursor() as cursor:
        for role in ("ckan", "datastore_read"):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
            cursor.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.Literal(instance.secrets[role])
                )
            )
        for name in names:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER ckan ENCODING 'UTF8'").format(sql.Identifier(name)))
    connection.close()


def copy(instance: Instance, source: str, target: str) -> None:
    """Make ``target`` anew as a copy of ``source``; whoever is connected to either is thrown out."""
    connection = _connect(instance)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER ckan")
        cursor.execute(statement.format(sql.Identifier(target), sql.Identifier(source)))
    connection.close()


def run_script(instance: Instance, database: str, script: str) -> None:
    """Run SQL as the cluster's superuser, in one transaction."""
    # `ckan datastore set-permissions` prints a psql script that begins with \connect
    statements = "\n".join(line for line in script.splitlines() if not line.startswith("\\"))
    connection = _connect(instance, database)
    with connection.cursor() as cursor:
        cursor.execute(statements)
    connection.close()
