"""A table as a source has it beside the one that is published: counted, nothing written.

Works on the DataStore's database in a transaction that cannot write and is rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2 import DataError, sql

from ckanext.jenasmartcity.connectors.base import Column, Table
from ckanext.jenasmartcity.harvest import rows

_COPY_TYPES = {"json": "text", "timestamp": "timestamptz", "int": "int8"}
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows would be new, changed and gone."""

    added: int = 0
    updated: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)


def compare(resource_id: str, table: Table) -> Rows:
    """Count by key what loading ``table`` would do to the DataStore's.

    Columns of another type are compared as text; a column that only one side has counts
    where it holds a value.  Raises ValueError for rows that PostgreSQL could not hold.
    """
    with get_write_engine().connect() as connection:
        cursor = connection.connection.cursor()
        try:
            present = _columns(cursor, resource_id)
            if not present:
                return Rows(added=len(table.rows))
            _copy(cursor, table)
            cursor.execute("SET TRANSACTION READ ONLY")
            if any(name not in present for name in table.key):
                return Rows(len(table.rows), 0, _count(cursor, resource_id))
            return _compare(cursor, resource_id, table, present)
        except DataError as error:
            raise ValueError(str(error).partition("\n")[0]) from error
        finally:
            connection.rollback()
            connection.connection.rollback()


def _columns(cursor: Any, resource_id: str) -> dict[str, str]:
    cursor.execute(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
        " WHERE a.attrelid = to_regclass(format('public.%%I', %s::text)) AND a.attnum > 0 AND NOT a.attisdropped"
        " AND left(a.attname, 1) <> '_'", [resource_id],
    )
    return dict(cursor.fetchall())


def _copy(cursor: Any, table: Table) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(c.id), sql.SQL(_COPY_TYPES.get(c.type, c.type))) for c in table.columns
    )
    cursor.execute("DROP TABLE IF EXISTS pg_temp.tried")
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE tried (_n int8, {}) ON COMMIT DROP").format(columns))
    cursor.copy_expert("COPY pg_temp.tried FROM STDIN", rows.Stream(rows.lines(table)), _BUFFER)
    cursor.execute("ANALYZE pg_temp.tried")


def _count(cursor: Any, resource_id: str) -> int:
    cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(resource_id)))
    return int(cursor.fetchone()[0])


def _compare(cursor: Any, resource_id: str, table: Table, present: Mapping[str, str]) -> Rows:
    match = sql.SQL(" AND ").join(_equal(column, present) for column in table.columns if column.id in table.key)
    differs = [_differs(column, present) for column in table.columns if column.id not in table.key]
    differs += [
        sql.SQL("t.{} IS NOT NULL").format(sql.Identifier(name))
        for name in present if name not in {column.id for column in table.columns}
    ]
    statement = sql.SQL(
        "SELECT count(*) FILTER (WHERE t._id IS NULL),"
        " count(*) FILTER (WHERE t._id IS NOT NULL AND s._n IS NOT NULL AND ({differs})),"
        " count(*) FILTER (WHERE s._n IS NULL)"
        " FROM {target} t FULL JOIN pg_temp.tried s ON {match}"
    ).format(
        target=sql.Identifier(resource_id), match=match,
        differs=sql.SQL(" OR ").join(differs) if differs else sql.SQL("false"),
    )
    cursor.execute(statement)
    return Rows(*map(int, cursor.fetchone()))


def _equal(column: Column, present: Mapping[str, str]) -> sql.Composable:
    return sql.SQL(_pair(column, present).replace("?", "=")).format(sql.Identifier(column.id))


def _differs(column: Column, present: Mapping[str, str]) -> sql.Composable:
    if column.id not in present:
        return sql.SQL("s.{} IS NOT NULL").format(sql.Identifier(column.id))
    return sql.SQL(_pair(column, present).replace("?", "IS DISTINCT FROM")).format(sql.Identifier(column.id))


def _pair(column: Column, present: Mapping[str, str]) -> str:
    stored = present[column.id]
    if column.type == "json" and stored == "nested":
        return "(t.{0}).json::text ? s.{0}"
    if stored == _NAMES.get(column.type, column.type):
        return "t.{0} ? s.{0}"
    return "t.{0}::text ? s.{0}::text"


_NAMES = {"timestamp": "timestamp with time zone", "int": "bigint", "bool": "boolean"}
