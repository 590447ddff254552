"""The door to the DataStore: rows by COPY and merge.

A reader sees what a load by ``datastore_upsert`` would have left: dictionary, types,
total, rights, full text.  Rows that are the same are not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context
from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2 import DataError, IntegrityError, errors, sql

from ckanext.jenasmartcity.connectors.base import Column, Table
from ckanext.jenasmartcity.harvest import aside, faults, ledger, rows
from ckanext.jenasmartcity.harvest.account import Counts
from ckanext.jenasmartcity.harvest.mapping import digest

_BUFFER = 1 << 20
# What PostgreSQL says of rows that no table could hold: limits of its index and full text.
_REFUSED = (DataError, IntegrityError, errors.ProgramLimitExceeded)
_COPY_TYPES = {"json": "text", "timestamp": "timestamptz", "int": "int8"}


def state(
    resource_id: str, table: Table, spare: bool = False, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a record remembers of a table, to tell next time whether it changed.

    spare: the source had faulty records, so rows that are missing now stay; the first
    run without a fault looks again, and must not take the fewer rows of this one for all
    that there were.  before: the last one's state.
    """
    found = {
        "id": resource_id, "rows": rows.digest(table) + ("+" if spare else ""), "records": len(table.rows),
        "spare": spare,
        "structure": digest([rows.fields(table), table.key]), "columns": [[c.id, c.type] for c in table.columns],
        "key": list(table.key),
    }
    if spare and before and (found["structure"] == before["structure"] or _extends(found, before)):
        found["records"] = max(found["records"], before.get("records", 0))
    return found


def trusted(known: Mapping[str, Any], loaded: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What a record remembers of its tables, as far as the DataStore says the same.

    A run that died between the two commits has left a table that its record does not
    know: its rows are compared again, one with other columns is made again.
    """
    found = {}
    for name, state in known.items():
        held = loaded.get(state["id"], state)
        if held["structure"] == state["structure"]:
            found[name] = {**state, "rows": state["rows"] if held["rows"] == state["rows"] else ""}
    return found


def load(
    context: Context, table: Table, now: Mapping[str, Any], before: Mapping[str, Any], again: bool = False
) -> Counts:
    """Make the DataStore table equal to ``table`` and say what changed.

    now, before: this load's and the last one's ``state``; before is empty for a new
    table.  again: compare every row, whatever the hashes say.  Raises ValidationError
    where CKAN refuses the columns or PostgreSQL the rows; the table is then as before.
    """
    aside.put_back(now["id"])
    same = {key: now[key] == before.get(key) and not again for key in ("rows", "structure")}
    if same["rows"] and same["structure"]:
        return Counts(unchanged=len(table.rows))
    try:
        if not same["structure"]:
            _create(context, table, now, before)
        with get_write_engine().begin() as connection:
            cursor = connection.connection.cursor()
            counts = _merge(cursor, now["id"], table, now["spare"])
            aside.forget(cursor, now["id"])
            ledger.keep(cursor, now["id"], now)
            return counts
    except _REFUSED as error:
        raise tk.ValidationError({table.name: [str(error).partition("\n")[0]]}) from error
    finally:
        aside.put_back(now["id"])


def drop(resource_id: str) -> None:
    """Drop a table of the harvest, also where it waits aside, with all that is known of it."""
    with get_write_engine().begin() as connection:
        cursor = connection.connection.cursor()
        aside.forget(cursor, resource_id)
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS public.{} CASCADE").format(sql.Identifier(resource_id)))
        cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", [resource_id])
        ledger.forget(cursor, resource_id)


def _create(context: Context, table: Table, now: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    resource_id = now["id"]
    if before and _extends(now, before):
        with get_write_engine().begin() as connection:
            ledger.keep(connection.connection.cursor(), resource_id, {})
    else:
        # CKAN's own datastore_delete would write the dataset as well; a run that died may have left a table
        aside.put(resource_id)
    tk.get_action("datastore_create")(context.copy(), {
        "resource_id": resource_id, "fields": rows.fields(table), "primary_key": list(table.key), "force": True,
        "calculate_record_count": False,
    })
    _forget_patch(resource_id)


def _extends(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    kept = [column for column in now["columns"] if column in before["columns"]]
    return kept == before["columns"] and now["key"] == before["key"]


def _forget_patch(resource_id: str) -> None:
    # CKAN plans to set last_modified in a quarter of a minute; this run does so itself
    try:
        tk.job_from_id(f"{resource_id}_datastore-patch-last_modified").delete()
    except KeyError:
        return


def _merge(cursor: Any, resource_id: str, table: Table, spare: bool) -> Counts:
    _copy(cursor, table)
    names = {"target": sql.Identifier(resource_id), "match": _match(table)}
    cursor.execute(sql.SQL("LOCK TABLE {target} IN SHARE ROW EXCLUSIVE MODE").format(**names))
    withdrawn = 0 if spare else _remove(cursor, names)
    updated = _update(cursor, table, names)
    cursor.execute(sql.SQL(
        "INSERT INTO {target} ({columns}) SELECT {values} FROM pg_temp.incoming s"
        " WHERE NOT EXISTS (SELECT 1 FROM {target} t WHERE {match}) ORDER BY s._n"
    ).format(
        **names, columns=sql.SQL(", ").join(sql.Identifier(column.id) for column in table.columns),
        values=sql.SQL(", ").join(_value(column) for column in table.columns),
    ))
    added = cursor.rowcount
    cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", [resource_id])
    cursor.execute("SELECT update_table_stats(%s)", [resource_id])
    return Counts(added, updated, len(table.rows) - added - updated, 0, withdrawn)


def _remove(cursor: Any, names: Mapping[str, Any]) -> int:
    cursor.execute(sql.SQL(
        "DELETE FROM {target} t WHERE NOT EXISTS (SELECT 1 FROM pg_temp.incoming s WHERE {match})"
    ).format(**names))
    return cursor.rowcount


def _copy(cursor: Any, table: Table) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(c.id), sql.SQL(_COPY_TYPES.get(c.type, c.type))) for c in table.columns
    )
    # a pooled connection may still hold the table of a load that failed
    cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE incoming (_n int8, {}) ON COMMIT DROP").format(columns))
    lines = faults.within("copy", rows.lines(table))
    cursor.copy_expert("COPY pg_temp.incoming FROM STDIN", rows.Stream(lines), _BUFFER)
    cursor.execute("ANALYZE pg_temp.incoming")


def _update(cursor: Any, table: Table, names: Mapping[str, Any]) -> int:
    others = [column for column in table.columns if column.id not in table.key]
    if not others:
        return 0
    # the full text is made anew by CKAN's trigger where it is NULL
    assignments = sql.SQL(", ").join([
        *(sql.SQL("{} = {}").format(sql.Identifier(column.id), _value(column)) for column in others),
        sql.SQL('"_full_text" = NULL'),
    ])
    differs = sql.SQL(" OR ").join(_differs(column) for column in others)
    cursor.execute(sql.SQL(
        "UPDATE {target} t SET {assignments} FROM pg_temp.incoming s WHERE {match} AND ({differs})"
    ).format(**names, assignments=assignments, differs=differs))
    return cursor.rowcount


def _match(table: Table) -> sql.Composable:
    return sql.SQL(" AND ").join(
        sql.SQL("t.{0} = s.{0}").format(sql.Identifier(name)) for name in table.key
    )


def _value(column: Column) -> sql.Composable:
    name = sql.Identifier(column.id)
    if column.type != "json":
        return sql.SQL("s.{}").format(name)
    return sql.SQL("CASE WHEN s.{0} IS NULL THEN NULL ELSE ROW(s.{0}::json, '')::nested END").format(name)


def _differs(column: Column) -> sql.Composable:
    left = "(t.{0}).json::text" if column.type == "json" else "t.{0}"
    return sql.SQL(left + " IS DISTINCT FROM s.{0}").format(sql.Identifier(column.id))
