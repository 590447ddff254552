"""The door to datasets: a draft becomes a dataset through CKAN's actions.

A dataset, its record and its line in the outbox are committed together; the index
follows from the outbox.  A draft that the schema refuses leaves everything as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.connectors.base import Draft, Rejected, Table
from ckanext.jenasmartcity.harvest import faults, load
from ckanext.jenasmartcity.harvest.absence import Held, shrinks
from ckanext.jenasmartcity.harvest.account import Counts, total
from ckanext.jenasmartcity.harvest.mapping import Feed, content_hash, package
from ckanext.jenasmartcity.harvest.model import Change, HarvestRecord


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one draft.  counts: of its rows, or of the draft itself where it
    has none and no items.  package_id: None where the schema refused it."""

    draft: str
    package_id: str | None
    change: str
    counts: Counts = Counts()
    rejected: tuple[Rejected, ...] = ()
    held: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """What one run publishes under: its source, its id and the time it began.

    again: write everything anew, whatever the hashes say.  spare: the source had faulty
    records; what is missing now may be one of them and stays.  records, loaded: what CKAN's
    database and the DataStore's (ledger.loaded) know of earlier runs.  accepted: what a
    steward has let go.
    """

    feed: Feed
    source_id: int
    run_id: int
    now: dt.datetime
    again: bool = False
    spare: bool = False
    records: Mapping[str, HarvestRecord] = field(default_factory=dict)
    loaded: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    accepted: Held = Held()


def context() -> Context:
    """The harvest acts as the site's own user, without a session of its own."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return Context(model=model, session=model.Session, user=user["name"], ignore_auth=True)


def publish(job: Job, draft: Draft, tables: Sequence[Table], items: int) -> Published:
    """Create or update the draft's dataset and tables, and commit.

    items: number of single offers that belong to the draft; with them or with tables
    the draft itself is not counted.
    """
    dataset = package(job.feed, draft, tables, offers=items > 0)
    states = {
        table.name: load.state(resource["id"], table, job.spare)
        for table, resource in zip(tables, _of_role(dataset, "table"), strict=True)
    }
    record = job.records.get(draft.id)
    known = model.Package.get(dataset["id"])
    if known is not None and known.state == "deleted":
        # whoever deleted it meant it
        return Published(draft.id, known.id, "unchanged", Counts(unchanged=_size(tables, items)))
    loaded = load.trusted(record.tables or {}, job.loaded) if record is not None else {}
    digest = content_hash(dataset)
    described = not job.again and record is not None and known is not None and record.content_hash == digest
    if record is not None and described and _same(states, loaded):
        return Published(draft.id, record.package_id, "unchanged", Counts(unchanged=_size(tables, items)))
    if held := _shrinking(job, draft.id, tables, record):
        return Published(draft.id, dataset["id"], "held", Counts(unchanged=_size(tables, items)), held=held)
    try:
        counts = _write(job, dataset, known, described, tables, states, loaded, record)
    except tk.ValidationError as error:
        model.Session.rollback()
        counts = Counts(rejected=max(1, sum(len(table.rows) for table in tables) + items))
        return Published(draft.id, None, "rejected", counts, _refusals(draft, error))
    change = "updated" if known is not None else "added"
    _remember(job, draft.id, dataset, digest, states, counts, record)
    model.Session.commit()
    if not tables and not items:
        counts = Counts(**{change: 1})
    return Published(draft.id, dataset["id"], change, counts)


def _shrinking(
    job: Job, draft: str, tables: Sequence[Table], record: HarvestRecord | None
) -> dict[str, tuple[int, int]]:
    """Tables that would lose so many rows that a steward must look: name -> (rows before, rows now)."""
    if job.spare:
        return {}
    known = (record.tables or {}) if record else {}
    sizes = {table.name: (known.get(table.name, {}).get("records", 0), len(table.rows)) for table in tables}
    allowed = job.accepted.tables.get(draft, {})
    return {name: pair for name, pair in sizes.items() if shrinks(*pair, allowed.get(name))}


def _size(tables: Sequence[Table], items: int) -> int:
    rows = sum(len(table.rows) for table in tables)
    return rows if tables or items else 1


def _same(states: Mapping[str, Any], loaded: Mapping[str, Any]) -> bool:
    keys = ("rows", "structure")
    return all([state[key] for key in keys] == [loaded.get(name, {}).get(key) for key in keys]
               for name, state in states.items())


def _of_role(dataset: Mapping[str, Any], role: str) -> list[dict[str, Any]]:
    return [resource for resource in dataset.get("resources", ()) if resource.get("role") == role]


def _write(
    job: Job, dataset: dict[str, Any], known: model.Package | None, described: bool, tables: Sequence[Table],
    states: Mapping[str, Any], loaded: Mapping[str, Any], record: HarvestRecord | None,
) -> Counts:
    deferred = {"defer_commit": True, "return_id_only": True}
    if known is None:
        tk.get_action("package_create")(Context(**context(), **deferred), _stamped(dataset, tables, job.now))
    counts = [
        load.load(context(), table, states[table.name], loaded.get(table.name, {}), job.again) for table in tables
    ]
    faults.reach("load")
    remembered = (record.tables or {}) if record else {}
    # rows that a run before brought in, and died before it could say so, have moved as well
    moved = [
        table for table, count in zip(tables, counts, strict=True)
        if count.added or count.updated or count.withdrawn
        or remembered.get(table.name, {}).get("rows") != states[table.name]["rows"]
    ]
    if known is not None and (moved or not described):
        shown = tk.get_action("package_show")(context(), {"id": known.id})
        new = overlay(shown, _stamped(dataset, moved, job.now), record.fields if record else ())
        tk.get_action("package_update")(Context(**context(), **deferred), new)
    return total(counts)


def _stamped(dataset: Mapping[str, Any], tables: Sequence[Table], now: dt.datetime) -> dict[str, Any]:
    """A copy whose tables that changed say when."""
    names = {table.name for table in tables}
    time = now.astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    return {**dataset, "resources": [
        {**resource, "last_modified": time} if resource.get("table_name") in names else dict(resource)
        for resource in dataset.get("resources", ())
    ]}


def overlay(shown: Mapping[str, Any], dataset: Mapping[str, Any], earlier: Sequence[str]) -> dict[str, Any]:
    """The stored dataset with what the source says laid over it.

    A field that the source gave earlier and gives no longer goes; what people added
    stays; resources keep their ids, and people's own come last.  The name stays, since
    it is an address.
    """
    gone = set(earlier) - set(dataset) - {"id", "name", "type"}
    # no-one may set these two: CKAN does
    kept = {key: value for key, value in shown.items() if key not in gone | {"metadata_modified", "metadata_created"}}
    stored = {resource["id"]: resource for resource in shown.get("resources", ())}
    ours = [{**stored.pop(resource["id"], {}), **resource} for resource in dataset.get("resources", ())]
    return {**kept, **dataset, "name": shown["name"], "resources": [*ours, *stored.values()]}


def _remember(
    job: Job, draft: str, dataset: Mapping[str, Any], digest: str, states: Mapping[str, Any], counts: Counts,
    record: HarvestRecord | None,
) -> None:
    if record is None:
        record = HarvestRecord(source_id=job.source_id, draft=draft, package_id=dataset["id"], tables={})
        model.Session.add(record)
    same = record.content_hash == digest
    record.content_hash, record.fields = digest, sorted(dataset)
    record.tables = {**(record.tables or {}), **states}
    record.absent_since, record.absent_runs, record.withdrawn_at, record.changed = None, 0, None, job.now
    model.Session.add(Change(
        package_id=dataset["id"], fields=[] if same else sorted(dataset), run_id=job.run_id,
        rows_added=counts.added + counts.updated, rows_removed=counts.withdrawn + counts.updated,
    ))


def _refusals(draft: Draft, error: tk.ValidationError) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(draft.id, "schema", name, {"detail": detail}) for name, detail in sorted(_flat(error.error_dict))
    )


def _flat(errors: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(errors, Mapping):
        return [one for key, value in errors.items() for one in _flat(value, f"{path}.{key}" if path else str(key))]
    if isinstance(errors, (list, tuple)) and any(isinstance(value, Mapping) for value in errors):
        return [one for number, value in enumerate(errors) for one in _flat(value, f"{path}.{number}")]
    if isinstance(errors, (list, tuple)):
        return [(path, "; ".join(map(str, errors)))] if errors else []
    return [(path, str(errors))]
