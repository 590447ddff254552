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

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Document, Draft, Harvest, Rejected, Request, SourceError, Table, drive
from ckanext.jenasmartcity.connectors.reasons import DELIBERATE
from ckanext.jenasmartcity.harvest import absence, checking, compare, credentials, difference, fetch, hosts, refusing
from ckanext.jenasmartcity.harvest.account import check
from ckanext.jenasmartcity.harvest.engine import feed
from ckanext.jenasmartcity.harvest.grouping import groups
from ckanext.jenasmartcity.harvest.mapping import content_hash, package
from ckanext.jenasmartcity.harvest.model import HarvestRecord, HarvestSource, records
from ckanext.jenasmartcity.harvest.model.overview import names, package_states, read_only
from ckanext.jenasmartcity.harvest.publish import context
from ckanext.jenasmartcity.harvest.rows import digest as rows_digest
from ckanext.jenasmartcity.harvest.sources import defaults
from ckanext.jenasmartcity.security.client import GuardedClient, NotModified, Policy

# Datasets that are compared field by field and judged by the schema; the others are only counted.
LOOKED_AT = 100
# Datasets that each list names.
LISTED = 200
# Seconds for one document: somebody waits for the answer.
_PATIENCE = 60.0


@dataclass
class _Findings:
    """What was found so far."""

    unchanged: int = 0
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    held: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
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
    harvest = check(_read(source, secrets, sent, now))
    try:
        read_only()
        known = records(source.id) if source.id is not None else {}
        if harvest.found == 0 and known:
            raise SourceError("empty", source.url)
        return _described(source, harvest, known, now)
    finally:
        model.Session.rollback()


def _read(source: HarvestSource, secrets: Mapping[str, str], sent: Document | None, now: dt.datetime) -> Harvest:
    known = fetch.connector(source.connector, source.url)
    title = source.title.get("de") or source.name
    asked = fetch.source(source.name, title, source.url, defaults(source.options, known.OPTIONS), now)
    settings = config.security()
    policy = Policy(allow=settings.allow, proxy=settings.proxy, contact=settings.contact, total=_PATIENCE)
    client = GuardedClient(policy, home=asked.url)

    def ask(request: Request) -> Document:
        if sent is not None and request.url == asked.url:
            return dataclasses.replace(sent, url=request.url)
        hosts.check(request.url)
        own = checking.origin_of(request.url) == checking.origin_of(asked.url)
        answer = client.fetch(request, secret_headers=secrets if own else None)
        if isinstance(answer, NotModified):
            raise SourceError("http-status", request.url, status="304")
        return answer

    return drive(known.read(asked), ask)


def _described(
    source: HarvestSource, harvest: Harvest, known: Mapping[str, HarvestRecord], now: dt.datetime
) -> dict[str, Any]:
    ours, its = feed(source), _by_draft(harvest.tables)
    items = Counter(item.draft for item in harvest.items)
    spare = any(one.code not in DELIBERATE for one in harvest.rejected)
    found = _Findings(rejected=list(harvest.rejected))
    datasets = {one.id: package(ours, one, its[one.id], offers=items[one.id] > 0) for one in harvest.drafts}
    states = package_states(one["id"] for one in datasets.values())
    for draft in harvest.drafts:
        dataset, record = datasets[draft.id], known.get(draft.id)
        state = states.get(dataset["id"])
        if state is None:
            _new(found, draft, dataset)
        elif state == "deleted":
            found.unchanged += 1
        else:
            _known(found, source, draft, dataset, its[draft.id], record, spare)
    gone, held = _vanished(known, set(datasets), spare)
    offers, items_held = _offers(source, harvest, datasets, states, now, complete=not spare)
    kept = absence.Held(held, found.held, items_held)
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


def _new(found: _Findings, draft: Draft, dataset: Mapping[str, Any]) -> None:
    refused = refusing.refusals(draft.id, dataset, None) if found.may_look() else []
    found.rejected += refused
    if not refused:
        found.new.append({"draft": draft.id, "title": dataset.get("title") or draft.title})


def _known(
    found: _Findings, source: HarvestSource, draft: Draft, dataset: dict[str, Any], tables: Sequence[Table],
    record: HarvestRecord | None, spare: bool,
) -> None:
    stored = (record.tables or {}) if record is not None else {}
    shrunk = {} if spare else {
        table.name: (stored[table.name]["records"], len(table.rows)) for table in tables
        if table.name in stored and absence.shrinks(stored[table.name]["records"], len(table.rows))
    }
    if shrunk:
        found.held[draft.id] = shrunk
    described = record is not None and record.content_hash == content_hash(dataset)
    moved = [table for table in tables if stored.get(table.name, {}).get("rows", "").rstrip("+") != rows_digest(table)]
    if described and not moved:
        found.unchanged += 1
        return
    title = dataset.get("title") or draft.title
    entry: dict[str, Any] = {"draft": draft.id, "title": title, "fields": [], "tables": []}
    if found.may_look():
        shown = tk.get_action("package_show")(Context(**context(), use_cache=False), {"id": dataset["id"]})
        entry["name"], entry["package_id"] = shown["name"], shown["id"]
        if not described:
            earlier = record.fields if record is not None else ()
            found.rejected += refusing.refusals(draft.id, dataset, shown)
            entry["fields"] = [
                one.as_dict() for one in difference.fields(shown, dataset, earlier, source.protected)
            ]
        entry["tables"] = list(_tables(dataset, moved, spare))
        if not (entry["fields"] or entry["tables"]):
            found.unchanged += 1
            return
    found.changed.append(entry)


def _tables(dataset: Mapping[str, Any], moved: Sequence[Table], spare: bool) -> Iterator[dict[str, Any]]:
    ids = {one["table_name"]: one["id"] for one in dataset.get("resources", ()) if one.get("role") == "table"}
    for table in moved:
        counted = compare.compare(ids[table.name], table)
        rows = dataclasses.replace(counted, removed=0) if spare else counted
        if rows:
            title = {"de": table.title.de, "en": table.title.en}
            yield {"name": table.name, "title": title, **dataclasses.asdict(rows)}


def _vanished(
    known: Mapping[str, HarvestRecord], present: set[str], spare: bool
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    if spare:
        # what is missing may be among the faulty records
        return [], ()
    missing, hold = absence.vanished(known, present, absence.Held())
    titles = names(known[draft].package_id for draft in missing)
    listed = [
        {"draft": draft, "package_id": known[draft].package_id,
         "title": titles.get(known[draft].package_id, (draft, draft))[1]} for draft in sorted(missing)
    ]
    held = sorted(draft for draft in missing if known[draft].absent_since is None)
    return listed, tuple(held) if hold else ()


def _offers(
    source: HarvestSource, harvest: Harvest, datasets: Mapping[str, Mapping[str, Any]], states: Mapping[str, str],
    now: dt.datetime, complete: bool,
) -> tuple[dict[str, int], tuple[int, int] | None]:
    packages = {draft: one["id"] for draft, one in datasets.items() if one["id"] in states}
    found = tk.get_action("jenasmartcity_item_compare")(context(), {
        "source": source.name, "items": list(harvest.items), "packages": packages, "now": now,
    })
    before = found.pop("alive")
    held = complete and source.id is not None and absence.shrinks(before, len(harvest.items))
    return found if complete else {**found, "removed": 0}, (before, len(harvest.items)) if held else None


def headers(source_id: int | None, given: Mapping[str, str] | None, moved: bool) -> dict[str, str]:
    """The request headers of a trial: secrets that were entered for it, or else the stored ones.

    moved: the address that is tried is on another server than the source's own.
    """
    if given and any(given.values()):
        stored = {} if source_id is None or moved else credentials.values(source_id)
        return credentials.shown({
            name: given.get(name) or stored[name] for name in credentials.merged(given, stored)
        })
    return {} if source_id is None or moved else credentials.headers(source_id)
