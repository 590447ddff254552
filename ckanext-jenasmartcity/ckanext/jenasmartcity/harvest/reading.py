"""What a run reads: the source's address with its secrets, or the file that was sent to it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import ckan.model as model

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Document, Harvest, Source, SourceError
from ckanext.jenasmartcity.harvest import absence, credentials, drops, fetch, ledger
from ckanext.jenasmartcity.harvest.absence import Held
from ckanext.jenasmartcity.harvest.address import DROP
from ckanext.jenasmartcity.harvest.mapping import Feed, digest
from ckanext.jenasmartcity.harvest.model import HarvestRun, HarvestSource, any_known, known, last_complete
from ckanext.jenasmartcity.harvest.model.drop import latest
from ckanext.jenasmartcity.harvest.plan import Job
from ckanext.jenasmartcity.harvest.sources import defaults

# Among the validators: the fingerprint with which they were learned.
FINGERPRINT = "fingerprint"


def read(source: HarvestSource, attempt: HarvestRun, now: dt.datetime, again: bool) -> tuple[fetch.Read, str]:
    """All that the source holds, and the fingerprint of what makes datasets of it.

    Commits before it asks a server, so that no transaction stays open meanwhile.  Raises
    SourceError; also for a source that had records and has none any more.
    """
    # other settings make other datasets of the same documents
    fingerprint = digest([_settings(source), config.harvest().site_url, fetch.release()])
    sent = _sent(source, attempt)
    said = dict(source.validators or {})
    same = said.pop(FINGERPRINT, None) == fingerprint and last_complete(source.id) is not None
    trusted = same and sent is None and not again and attempt.only is None
    secrets, asked = credentials.headers(source.id), described(source, now)
    name, number, only = source.connector, source.id, attempt.only
    model.Session.commit()
    found = fetch.read(name, asked, said if trusted else {}, secrets, sent)
    if found.harvest is not None and found.harvest.found == 0 and any_known(number):
        raise SourceError("empty", asked.url)
    if only is not None and found.harvest is not None:
        found = dataclasses.replace(found, harvest=_only(found.harvest, only, asked.url))
    return found, fingerprint


def described(source: HarvestSource, now: dt.datetime) -> Source:
    """What the connector is told of the source.  Raises SourceError "option"."""
    connector = fetch.connector(source.connector, source.url)
    title = source.title.get("de") or source.name
    return fetch.source(source.name, title, source.url, defaults(source.options, connector.OPTIONS), now)


def job(source: HarvestSource, run_id: int, now: dt.datetime, again: bool = False, fingerprint: str = "") -> Job:
    """What a run publishes under, with all that is known of earlier ones; a new source has no id and no past."""
    records = known(source.id) if source.id is not None else {}
    before = last_complete(source.id) if source.id is not None else None
    accepted, refused = absence.decided(
        absence.read(before.held), absence.read(before.kept), before.decision
    ) if before is not None else (Held(), Held())
    tables = [table["id"] for record in records.values() for table in (record.tables or {}).values()]
    return Job(
        feed(source), source.id or 0, run_id, now, again, before is not None and before.faulty, records,
        ledger.loaded(tables), accepted, refused, before.started if before is not None else None, fingerprint,
    )


def _sent(source: HarvestSource, attempt: HarvestRun) -> Document | None:
    number = attempt.drop_id
    if number is None and source.url == DROP:
        last = latest(source.id)
        number = last.id if last is not None else 0
    if number is None:
        return None
    try:
        return drops.document(number)
    except LookupError:
        raise SourceError("nothing-sent", source.url) from None


def _only(harvest: Harvest, draft: str, url: str) -> Harvest:
    """The part of a harvest that belongs to one draft."""
    drafts = tuple(one for one in harvest.drafts if one.id == draft)
    if not drafts:
        raise SourceError("not-there", url, record=draft)
    tables = tuple(table for table in harvest.tables if table.draft == draft)
    items = tuple(item for item in harvest.items if item.draft == draft)
    found = sum(len(table.rows) for table in tables) + len(items)
    return Harvest(found if tables or items else len(drafts), drafts, items, tables)


def _settings(source: HarvestSource) -> list[Any]:
    """All of a source's row that decides what its documents become."""
    return [
        source.connector, source.url, source.organization, source.title, source.options, source.origin,
        source.defaults, source.drafts, source.protected, source.channels,
    ]


def feed(source: HarvestSource) -> Feed:
    """The part of a source's row that the mapping needs."""
    return Feed(
        uid=source.uid, name=source.name, organization=source.organization, site_url=config.harvest().site_url,
        defaults=source.defaults, drafts=source.drafts, origin=fetch.expand(source.origin),
        protected=tuple(source.protected), channels=tuple(source.channels),
    )
