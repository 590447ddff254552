"""A source tried out: what a run would publish, beside what is published.  Writes nothing.

The road is the engine's up to ``check``; from there each draft is compared with its
dataset, its tables with the DataStore's and its offers with those that are stored.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.connectors.base import Document, Draft, Harvest, Rejected, SourceError, Table
from ckanext.jenasmartcity.harvest import absence, credentials, fetch, reading, twins
from ckanext.jenasmartcity.harvest.absence import Held
from ckanext.jenasmartcity.harvest.account import check, faulty
from ckanext.jenasmartcity.harvest.batch import cut
from ckanext.jenasmartcity.harvest.mapping import identity
from ckanext.jenasmartcity.harvest.model import HarvestSource, Record
from ckanext.jenasmartcity.harvest.model.dataset import states
from ckanext.jenasmartcity.harvest.model.overview import names, read_only
from ckanext.jenasmartcity.harvest.plan import Job, Plan, Published, context, look
from ckanext.jenasmartcity.harvest.stewards import compare, difference
from ckanext.jenasmartcity.harvest.stewards.grouping import groups
from ckanext.jenasmartcity.harvest.stewards.refusing import judged

# Datasets that are compared field by field and judged by the schema; the others are only counted.
LOOKED_AT = 100
# Datasets that each list names.
LISTED = 200


@dataclass
class _Findings:
    """What was found so far."""

    unchanged: int = 0
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    held: dict[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    looked_at: int = 0

    def may_look(self) -> bool:
        """Whether there is time to look at one more dataset closely."""
        self.looked_at += 1
        return self.looked_at <= LOOKED_AT


def attempt(
    source: HarvestSource, secrets: Mapping[str, str], sent: Document | None, now: dt.datetime
) -> dict[str, Any]:
    """What a run of ``source`` would do; ``source`` itself is in no session.

    secrets: request headers for the source's own server.  sent: a file that is read in
    place of the address.  Raises SourceError for a source that cannot be read.
    """
    # nobody keeps a transaction open while a server thinks
    model.Session.rollback()
    found = fetch.read(source.connector, reading.described(source, now), {}, secrets, sent, hurried=True).harvest
    harvest = check(found or Harvest(0))
    try:
        read_only()
        job = dataclasses.replace(reading.job(source, 0, now), spare=faulty(harvest))
        if harvest.found == 0 and job.records:
            raise SourceError("empty", source.url)
        return _described(job, harvest)
    finally:
        model.Session.rollback()


def _described(job: Job, harvest: Harvest) -> dict[str, Any]:
    found, its = _Findings(rejected=list(harvest.rejected)), _by_draft(harvest.tables)
    items = Counter(item.draft for item in harvest.items)
    packages = {draft.id: identity(job.feed, draft.id) for draft in harvest.drafts}
    present = states(packages.values())
    for batch in cut(harvest.drafts):
        plans = [_plan(found, job, draft, its[draft.id], items[draft.id], present) for draft in batch]
        _sort(found, job, [plan for plan in plans if plan is not None])
    gone, held = _vanished(job, set(packages))
    offers, items_held = _offers(job, harvest, {draft: id_ for draft, id_ in packages.items() if id_ in present})
    kept = Held(held, found.held, items_held)
    return {
        "found": harvest.found, "unchanged": found.unchanged,
        "new": found.new[:LISTED], "changed": found.changed[:LISTED], "vanished": gone[:LISTED],
        "counts": {"new": len(found.new), "changed": len(found.changed), "vanished": len(gone)},
        "items": offers, "rejected": [group.as_dict() for group in groups(found.rejected)], "error": None,
        "held": kept.as_json() if kept else None,
    }


def _by_draft(tables: Sequence[Table]) -> dict[str, list[Table]]:
    found: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        found[table.draft].append(table)
    return found


def _plan(
    found: _Findings, job: Job, draft: Draft, tables: Sequence[Table], items: int, present: Mapping[str, str]
) -> Plan | None:
    plan = look(job, draft, tables, items, present)
    if isinstance(plan, Published) and plan.held:
        found.held[draft.id] = plan.held
        # and what would come if somebody let it pass
        let = dataclasses.replace(job, accepted=Held(tables={draft.id: plan.held}))
        plan = look(let, draft, tables, items, present)
    if isinstance(plan, Plan):
        return plan
    found.rejected += plan.rejected
    found.unchanged += not plan.rejected
    return None


def _sort(found: _Findings, job: Job, plans: Sequence[Plan]) -> None:
    elsewhere = twins.refused(job, plans)
    found.rejected += elsewhere.values()
    for plan in plans:
        if plan.draft.id in elsewhere:
            continue
        if plan.exists:
            _changed(found, job, plan)
        else:
            _new(found, job, plan)


def _new(found: _Findings, job: Job, plan: Plan) -> None:
    refused = judged(job, plan, None) if found.may_look() else ()
    found.rejected += refused
    if not refused:
        found.new.append({"draft": plan.draft.id, "title": plan.dataset.get("title") or plan.draft.title})


def _changed(found: _Findings, job: Job, plan: Plan) -> None:
    entry: dict[str, Any] = {
        "draft": plan.draft.id, "title": plan.dataset.get("title") or plan.draft.title, "fields": [], "tables": [],
    }
    if not found.may_look():
        found.changed.append(entry)
        return
    shown = tk.get_action("package_show")(Context(**context(), use_cache=False), {"id": plan.dataset["id"]})
    entry["name"], entry["package_id"] = shown["name"], shown["id"]
    if not plan.described:
        refused = judged(job, plan, shown)
        found.rejected += refused
        if refused:
            return
        earlier = plan.record.fields if plan.record is not None else ()
        changes = difference.fields(shown, plan.dataset, earlier, job.feed.protected)
        entry["fields"] = [change.as_dict() for change in changes]
    entry["tables"] = list(_tables(plan, job.spare))
    if entry["fields"] or entry["tables"]:
        found.changed.append(entry)
    else:
        found.unchanged += 1


def _tables(plan: Plan, spare: bool) -> Iterator[dict[str, Any]]:
    for table in plan.tables:
        wanted, loaded = plan.states[table.name], plan.loaded.get(table.name, {})
        if all(wanted[part] == loaded.get(part) for part in ("rows", "structure")):
            continue
        counted = compare.compare(wanted["id"], table)
        # what is missing may be among the faulty records
        rows = dataclasses.replace(counted, removed=0) if spare else counted
        if rows:
            title = {"de": table.title.de, "en": table.title.en}
            yield {"name": table.name, "title": title, **dataclasses.asdict(rows)}
    for name, state in plan.dropped.items():
        rows = compare.Rows(removed=state.get("records", 0))
        yield {"name": name, "title": {"de": name, "en": name}, **dataclasses.asdict(rows)}


def _vanished(job: Job, present: set[str]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    if job.spare:
        return [], ()
    missing = absence.vanished(job.records, present, job.accepted, job.refused)
    gone: list[Record] = [job.records[draft] for draft in sorted(missing.every)]
    titles = names(record.package_id for record in gone)
    listed = [
        {"draft": record.draft, "package_id": record.package_id,
         "title": titles.get(record.package_id, ("", record.draft))[1]} for record in gone
    ]
    return listed, tuple(sorted(missing.held))


def _offers(
    job: Job, harvest: Harvest, packages: Mapping[str, str]
) -> tuple[dict[str, int], tuple[int, int] | None]:
    found = tk.get_action("jenasmartcity_item_compare")(context(), {
        "source": job.feed.name, "items": list(harvest.items), "packages": packages, "now": job.now,
    }) if job.source_id else {"added": len(harvest.items), "updated": 0, "unchanged": 0, "removed": 0, "alive": 0}
    sizes = (found.pop("alive"), len(harvest.items))
    if job.spare:
        return {**found, "removed": 0}, None
    shrunk = absence.shrinks(*sizes, job.accepted.items)
    return found, sizes if shrunk and not absence.stays(sizes, job.refused.items) else None


def headers(source_id: int | None, given: Mapping[str, str] | None, moved: bool) -> dict[str, str]:
    """The request headers of a trial: secrets that were entered for it, or else the stored ones.

    moved: the address that is tried is on another server than the source's own.
    """
    if given:
        stored = {} if source_id is None or moved else credentials.values(source_id)
        return credentials.shown({
            name: given.get(name) or stored[name] for name in credentials.merged(given, stored)
        })
    return {} if source_id is None or moved else credentials.headers(source_id)
