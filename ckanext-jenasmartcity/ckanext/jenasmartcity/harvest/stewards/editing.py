"""Sources as stewards make, change and end them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import ckan.model as model

from ckanext.jenasmartcity.connectors.base import Source, Text
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest import credentials, fetch, leaving
from ckanext.jenasmartcity.harvest.address import DROP, origin_of
from ckanext.jenasmartcity.harvest.channels import CHANNELS
from ckanext.jenasmartcity.harvest.model import HarvestSource
from ckanext.jenasmartcity.harvest.schedule import following
from ckanext.jenasmartcity.harvest.stewards import checking, entries

# Stands for the uid of a source that there is not yet.
UNKNOWN = "00000000-0000-0000-0000-000000000000"
EMPTY: dict[str, Any] = {
    "title": {}, "connector": "", "url": DROP, "schedule": None, "options": {}, "origin": {}, "defaults": {},
    "drafts": {}, "protected": [], "channels": list(CHANNELS), "active": True,
}


class RefusedError(ValueError):
    """What was entered cannot be taken: key -> why, and what to do."""

    def __init__(self, problems: entries.Problems) -> None:
        self.problems = problems
        super().__init__(", ".join(problems))


def checked(given: Mapping[str, Any], before: HarvestSource | None) -> dict[str, Any]:
    """The fields of a source with ``given`` laid over what it was.  Raises RefusedError."""
    known = {name: getattr(before, name) for name in entries.FIELDS} if before is not None else EMPTY
    values, problems = entries.read(given)
    problems |= _secrets(given.get("credentials"), before, values.get("url"))
    whole = {**known, **values}
    if not problems:
        problems = checking.complaints(whole, connectors(), _asked)
    if problems:
        raise RefusedError(problems)
    return whole


def _asked(url: str, options: Mapping[str, Any]) -> Source:
    # what a connector makes of its options does not depend on the time
    return Source("check", "check", fetch.expand(url), dt.datetime(2000, 1, 1, tzinfo=dt.UTC), fetch.expand(options))


def _secrets(given: Any, before: HarvestSource | None, url: str | None) -> entries.Problems:
    if not given:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        text = Text("Geben Sie Namen mit Texten an.", "Give names with texts.")
        return {"credentials": text}
    stored = () if before is None or moved(before, url) else credentials.names(before.id)
    found = credentials.problem(given, stored)
    return {"credentials": found} if found is not None else {}


def moved(source: HarvestSource, url: str | None) -> bool:
    """Whether an address leads to another server than the source's own."""
    return url is not None and origin_of(fetch.expand(url)) != origin_of(fetch.expand(source.url))


def create(name: str, organization: str, given: Mapping[str, Any], now: dt.datetime) -> HarvestSource:
    """Make a source and commit.  Raises RefusedError."""
    values = checked(given, None)
    source = HarvestSource(
        uid=str(uuid.uuid4()), name=name, organization=organization, validators={}, created=now, **values
    )
    source.due_at = _due(source, now)
    model.Session.add(source)
    model.Session.flush()
    _store(source, given, now)
    model.Session.commit()
    return source


def update(source: HarvestSource, given: Mapping[str, Any], organization: str | None, now: dt.datetime) -> None:
    """Change what is given and commit.  Raises RefusedError.

    Secrets stay with the server that they were given for: another address forgets them.
    """
    values = checked(given, source)
    if moved(source, values["url"]):
        credentials.forget(source.id)
        model.Session.flush()
    timed = (values["schedule"], values["active"]) != (source.schedule, source.active)
    for name, value in values.items():
        setattr(source, name, value)
    source.organization, source.modified = organization or source.organization, now
    if timed:
        source.due_at = _due(source, now)
    _store(source, given, now)
    model.Session.commit()


def _store(source: HarvestSource, given: Mapping[str, Any], now: dt.datetime) -> None:
    if given.get("credentials"):
        credentials.store(source.id, given["credentials"], now)


def _due(source: HarvestSource, now: dt.datetime) -> dt.datetime | None:
    return following(source.schedule, now) if source.schedule and source.active else None


def delete(source: HarvestSource, withdraw: bool, now: dt.datetime) -> bool:
    """Begin to remove a source and commit; whether it is gone already, as one with few datasets is.

    withdraw: its datasets are marked as withdrawn; otherwise they stay as they are.  What is
    left to do is done by tick.
    """
    leaving.begin(source, withdraw, now)
    return leaving.go_on(source, now, 0)
