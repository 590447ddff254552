"""A DataStore table that is replaced waits in a schema of its own until the new one is full.

CKAN creates a table in a transaction of its own, so what was there before could not come
back by itself.  Whatever lies aside belongs to a load that failed or died.
"""

from __future__ import annotations

from typing import Any

from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2 import sql

from ckanext.jenasmartcity.harvest import ledger

# outside "public", where neither CKAN nor its reading role looks
SCHEMA = "jenasmartcity_aside"
_PREFIX = "_old_"


def put(resource_id: str) -> None:
    """Take the table out of the way; nothing where there is none."""
    with get_write_engine().begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        if _exists(cursor, "public", resource_id):
            # the schema keeps the names of the indexes apart; CKAN looks for a table's name in every schema
            _do(cursor, "ALTER TABLE public.{} RENAME TO {}", resource_id, _old(resource_id))
            _do(cursor, "ALTER TABLE public.{} SET SCHEMA {}", _old(resource_id), SCHEMA)
            ledger.move(cursor, resource_id, _old(resource_id))


def put_back(resource_id: str) -> None:
    """Bring a table back that waits, in place of the half-made one; nothing where none waits."""
    old = _old(resource_id)
    with get_write_engine().begin() as connection:
        cursor = connection.connection.cursor()
        if _exists(cursor, SCHEMA, old):
            _do(cursor, "DROP TABLE IF EXISTS public.{} CASCADE", resource_id)
            _do(cursor, "ALTER TABLE {}.{} SET SCHEMA public", SCHEMA, old)
            _do(cursor, "ALTER TABLE public.{} RENAME TO {}", old, resource_id)
            ledger.move(cursor, old, resource_id)


def forget(cursor: Any, resource_id: str) -> None:
    """Drop the table that waits, in the transaction that fills the new one."""
    if _exists(cursor, SCHEMA, _old(resource_id)):
        _do(cursor, "DROP TABLE {}.{} CASCADE", SCHEMA, _old(resource_id))
        ledger.forget(cursor, _old(resource_id))


def resource(table: str) -> str:
    """Whose table it is that waits under this name."""
    return table.removeprefix(_PREFIX)


def _old(resource_id: str) -> str:
    return _PREFIX + resource_id


def _do(cursor: Any, statement: str, *names: str) -> None:
    cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _exists(cursor: Any, schema: str, table: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s", [schema, table])
    return cursor.fetchone() is not None
