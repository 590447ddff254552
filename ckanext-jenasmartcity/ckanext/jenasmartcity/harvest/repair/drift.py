"""What a record must forget because the portal does not hold it any more.  Pure.

Nothing is put right here: what a record forgets, its source's next run writes anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ckanext.jenasmartcity.harvest.rows import TYPES

# What PostgreSQL calls the types of a connector's columns, as the DataStore makes them.
_STORED = {**TYPES, "json": "nested"}


class Remembered(NamedTuple):
    """A record as far as the repair needs it.  tables: as in HarvestRecord."""

    draft: str
    package_id: str
    content_hash: str
    tables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What the databases hold.

    datasets, resources: id -> state, of those that exist.  columns: resource id -> name -> PostgreSQL's
    type of its table's columns.  size: counts the rows of a table.  loaded: as ledger.loaded.
    """

    datasets: Mapping[str, str]
    resources: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    size: Callable[[str], int]
    loaded: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def settled(record: Remembered, held: Held) -> Remembered:
    """The record as it should be; equal to the one given where all is well."""
    state = held.datasets.get(record.package_id)
    if state is None:
        # purged; one that is only deleted was deleted by a person who meant it
        tables = {name: _anew(table) for name, table in record.tables.items()}
        return record._replace(content_hash="", tables=tables)
    if state == "deleted":
        return record
    return record._replace(tables={name: _checked(table, held) for name, table in record.tables.items()})


def _checked(state: Mapping[str, Any], held: Held) -> Mapping[str, Any]:
    id_ = state["id"]
    if held.resources.get(id_) != "active":
        # a person took the table out of the dataset
        return state
    if held.columns.get(id_) != {name: _STORED[type_] for name, type_ in state["columns"]}:
        # in doubt already, or no table to load into
        return state if _is_anew(state) else _anew(state)
    if not state["rows"]:
        return state
    said = held.loaded.get(id_, state)
    same = said["rows"] == state["rows"] and said["structure"] == state["structure"]
    return state if same and _fits(held.size(id_), state) else {**state, "rows": ""}


def _fits(rows: int, state: Mapping[str, Any]) -> bool:
    # of a source with faulty records, rows that were missing have stayed
    return rows >= state["records"] if state.get("spare") else rows == state["records"]


def _anew(state: Mapping[str, Any]) -> dict[str, Any]:
    # the number of records stays: should the feed have shrunk as well, somebody must look
    return {**state, "rows": "", "structure": "", "columns": [], "key": None}


def _is_anew(state: Mapping[str, Any]) -> bool:
    return dict(state) == _anew(state)
