"""What is to be done with each draft of a run, decided before anything is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.connectors.base import Draft, Rejected, Table
from ckanext.jenasmartcity.harvest import load, sameness
from ckanext.jenasmartcity.harvest.absence import Held, shrinks, told_apart
from ckanext.jenasmartcity.harvest.account import Counts, too_long
from ckanext.jenasmartcity.harvest.mapping import Feed, content_hash, package, source_hash
from ckanext.jenasmartcity.harvest.model import Record


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one draft.  counts: of its rows, or of the draft itself where it
    has none and no items.  package_id: None where the schema refused it.
    source_hash, identities: to be kept for a draft that is the same as before.
    held, kept: tables that would shrink too far, to be asked and refused already."""

    draft: str
    package_id: str | None
    change: str
    counts: Counts = Counts()
    rejected: tuple[Rejected, ...] = ()
    source_hash: str | None = None
    identities: tuple[str, ...] = ()
    held: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    kept: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """What one run publishes under: its source, its id and the time it began.

    again: write everything anew, whatever the hashes say.  spare: the source had faulty
    records; what is missing now may be one of them and stays.  records, loaded: what CKAN's
    database and the DataStore's (ledger.loaded) know of earlier runs.  accepted: what a
    steward has let go; refused: what not.  seen: when the last complete run began.  fingerprint: of all that
    makes datasets of drafts, the source's settings and the portal's code.
    """

    feed: Feed
    source_id: int
    run_id: int
    now: dt.datetime
    again: bool = False
    spare: bool = False
    records: Mapping[str, Record] = field(default_factory=dict)
    loaded: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    accepted: Held = Held()
    refused: Held = Held()
    seen: dt.datetime | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A draft that must be written.

    dataset: as the source describes it, with its digest.  states: of its tables (load.state);
    loaded: what the DataStore holds of them.  exists: whether CKAN has the dataset.
    described: whether only its tables have changed.  identities: sameness.identities.
    dropped: what the record remembers of the tables that the source has no longer.
    """

    draft: Draft
    tables: tuple[Table, ...]
    items: int
    dataset: dict[str, Any]
    digest: str
    source_hash: str
    states: Mapping[str, Mapping[str, Any]]
    loaded: Mapping[str, Mapping[str, Any]]
    record: Record | None
    exists: bool
    described: bool
    identities: tuple[str, ...]
    dropped: Mapping[str, Mapping[str, Any]]

    @property
    def alone(self) -> bool:
        """Whether it has tables or offers, so that its size is not known beforehand."""
        return bool(self.tables or self.items or self.dropped)

    @property
    def new(self) -> bool:
        """Whether it is not published yet, or no longer."""
        return not self.exists or (self.record is not None and self.record.withdrawn_at is not None)

    @property
    def size(self) -> int:
        """Records of the source behind it."""
        return max(1, sum(len(table.rows) for table in self.tables) + self.items)


def context() -> Context:
    """The harvest acts as the site's own user, without a session of its own."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return Context(model=model, session=model.Session, user=user["name"], ignore_auth=True)


def look(
    job: Job, draft: Draft, tables: Sequence[Table], items: int, states: Mapping[str, str]
) -> Plan | Published:
    """What a draft needs, or what became of it where nothing is to be done.

    items: number of single offers that belong to the draft; with them or with tables
    the draft itself is not counted.  states: of datasets that have no record.
    """
    record = job.records.get(draft.id)
    remembered = (record.tables or {}) if record is not None else {}
    told = source_hash(job.fingerprint, draft, tables, items > 0)
    same = record is not None and record.state is not None and record.source_hash == told
    if same and record is not None and not (tables or remembered or job.again):
        # nine of ten drafts end here, so nothing is made of them
        return Published(draft.id, record.package_id, "unchanged", Counts(unchanged=0 if items else 1))
    if long := too_long(draft):
        size = max(1, sum(len(table.rows) for table in tables) + items)
        return Published(draft.id, None, "rejected", Counts(rejected=size), (long,))
    dataset = package(job.feed, draft, tables, offers=items > 0)
    state = record.state if record is not None else states.get(dataset["id"])
    # offers are counted where they are loaded
    kept = Counts(unchanged=sum(len(table.rows) for table in tables) if tables or items else 1)
    if state == "deleted":
        # whoever deleted it meant it
        return Published(draft.id, dataset["id"], "unchanged", kept)
    digest = content_hash(dataset, job.feed.protected)
    described = not job.again and record is not None and state is not None and record.content_hash == digest
    wanted = {
        table.name: load.state(resource["id"], table, job.spare, remembered.get(table.name))
        for table, resource in zip(tables, _of_role(dataset, "table"), strict=True)
    }
    loaded = load.trusted(remembered, job.loaded)
    # of a source with faulty records, a table may be missing as a row may
    dropped = {name: state for name, state in remembered.items() if name not in wanted and not job.spare}
    if described and not dropped and _same(wanted, loaded):
        fresh = told if record is not None and record.source_hash != told else None
        known = sameness.identities(dataset, job.feed.defaults) if fresh else ()
        return Published(draft.id, dataset["id"], "unchanged", kept, source_hash=fresh, identities=known)
    held, refused = _shrinking(job, draft.id, wanted, remembered)
    if held or refused:
        return Published(draft.id, dataset["id"], "held", kept, held=held, kept=refused)
    return Plan(
        draft, tuple(tables), items, dataset, digest, told, wanted, loaded, record, state is not None, described,
        sameness.identities(dataset, job.feed.defaults), dropped,
    )


def _shrinking(
    job: Job, draft: str, wanted: Mapping[str, Mapping[str, Any]], known: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    """Tables that would lose too many rows: those to be asked and those refused, name -> (rows before, rows now).

    A table that the source has no longer loses all.
    """
    if job.spare:
        return {}, {}
    now = {name: state["records"] for name, state in wanted.items()}
    sizes = {name: (state.get("records", 0), now.get(name, 0)) for name, state in known.items()}
    allowed = job.accepted.tables.get(draft, {})
    shrinking = {name: pair for name, pair in sizes.items() if shrinks(*pair, allowed.get(name))}
    return told_apart(shrinking, job.refused.tables.get(draft, {}))


def _same(states: Mapping[str, Any], loaded: Mapping[str, Any]) -> bool:
    keys = ("rows", "structure")
    return all([state[key] for key in keys] == [loaded.get(name, {}).get(key) for key in keys]
               for name, state in states.items())


def _of_role(dataset: Mapping[str, Any], role: str) -> list[dict[str, Any]]:
    return [resource for resource in dataset.get("resources", ()) if resource.get("role") == role]
