"""What the DataStore's own database knows of the harvest: fences, and what was loaded last.

Rows and their line here are committed together.  CKAN's database cannot say what the
DataStore holds: a process that dies between the two commits would leave it wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine
from sqlalchemy import event

from ckanext.jenasmartcity.harvest.holding import LeaseLostError, current

# CKAN does not take tables whose name begins with "_" for resources.
_TABLES = """
    SELECT pg_advisory_xact_lock(1248161377);
    CREATE TABLE IF NOT EXISTS _jenasmartcity_fence (source text PRIMARY KEY, fence bigint NOT NULL);
    CREATE TABLE IF NOT EXISTS _jenasmartcity_load (
        resource_id text PRIMARY KEY, structure text NOT NULL, rows text NOT NULL
    );
"""
_THERE = sa.text("SELECT to_regclass('_jenasmartcity_load')")
_RAISE = sa.text("""
    INSERT INTO _jenasmartcity_fence AS t (source, fence) VALUES (:source, :fence)
    ON CONFLICT (source) DO UPDATE SET fence = excluded.fence WHERE t.fence < excluded.fence
""")
_KEEP = """
    INSERT INTO _jenasmartcity_load (resource_id, structure, rows) VALUES (%s, %s, %s)
    ON CONFLICT (resource_id) DO UPDATE SET structure = excluded.structure, rows = excluded.rows
"""


def fence(uid: str) -> int:
    """The highest fence that this database has seen for a source, 0 for none."""
    query = sa.text("SELECT fence FROM _jenasmartcity_fence WHERE source = :source")
    with get_write_engine().begin() as connection:
        if connection.scalar(_THERE) is None:
            connection.execute(sa.text(_TABLES))
        return connection.scalar(query, {"source": uid}) or 0


def raise_fence(uid: str, number: int) -> None:
    """Shut out every lease with a lower number; waits for a commit under way."""
    with get_write_engine().begin() as connection:
        connection.execute(_RAISE, {"source": uid, "fence": number})


def loaded(resource_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """resource id -> {structure, rows}: the hashes of what each table holds, as far as known."""
    query = sa.text("SELECT resource_id, structure, rows FROM _jenasmartcity_load WHERE resource_id = ANY(:ids)")
    with get_write_engine().connect() as connection:
        if connection.scalar(_THERE) is None:
            return {}
        rows = connection.execute(query, {"ids": list(resource_ids)})
        return {row.resource_id: {"structure": row.structure, "rows": row.rows} for row in rows}


def ours() -> set[str]:
    """Resource ids of all tables that the harvest has loaded."""
    with get_write_engine().connect() as connection:
        if connection.scalar(_THERE) is None:
            return set()
        return set(connection.scalars(sa.text("SELECT resource_id FROM _jenasmartcity_load")))


def keep(cursor: Any, resource_id: str, state: Mapping[str, Any]) -> None:
    """Say in the transaction of ``cursor`` what it loads; an empty state for a table in doubt."""
    cursor.execute(_KEEP, [resource_id, state.get("structure", ""), state.get("rows", "")])


def move(cursor: Any, here: str, there: str) -> None:
    """What is known of a table goes with it when it is given another name."""
    forget(cursor, there)
    cursor.execute("UPDATE _jenasmartcity_load SET resource_id = %s WHERE resource_id = %s", [there, here])


def forget(cursor: Any, resource_id: str) -> None:
    """Nothing is known of a table any more."""
    cursor.execute("DELETE FROM _jenasmartcity_load WHERE resource_id = %s", [resource_id])


def listen() -> None:
    """From now on each commit of a thread with a lease checks its fence."""
    engine = get_write_engine()
    if not event.contains(engine, "commit", _commit):
        event.listen(engine, "commit", _commit)
        event.listen(engine, "begin", _begin)


def _begin(connection: Any) -> None:
    lease = current.get()
    if lease is not None:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT set_config('application_name', %s, true)", [lease.label])


def _commit(connection: Any) -> None:
    lease = current.get()
    if lease is None:
        return
    cursor = connection.connection.cursor()
    cursor.execute("SELECT fence FROM _jenasmartcity_fence WHERE source = %s FOR SHARE", [lease.uid])
    if cursor.fetchone() != (lease.fence,):
        raise LeaseLostError(lease.source_id, lease.fence)
