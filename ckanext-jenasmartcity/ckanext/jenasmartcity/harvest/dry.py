"""The road up to ``check``, with nothing written: what `harvest try` prints."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import simplejson

from ckanext.jenasmartcity.connectors.base import Harvest, Rejected, SourceError, Table, Text
from ckanext.jenasmartcity.harvest import fetch
from ckanext.jenasmartcity.harvest.account import check
from ckanext.jenasmartcity.harvest.sources import check_options, defaults


def attempt(connector: str, url: str, options: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Read a source and describe what it would become.  Raises SourceError."""
    known = fetch.connector(connector, url).OPTIONS
    check_options(options, known, url)
    feed = fetch.source("try", url.rsplit("/", 1)[-1], url, defaults(options, known), now)
    found = fetch.read(connector, feed, {})
    return describe(check(found.harvest)) if found.harvest is not None else {}


def describe(harvest: Harvest) -> dict[str, Any]:
    """A harvest as one JSON object: found, drafts, items, tables, streams, observations, rejected."""
    return {
        "found": harvest.found,
        "drafts": [_plain(dataclasses.asdict(draft)) for draft in harvest.drafts],
        "items": [_plain(dataclasses.asdict(item)) for item in harvest.items],
        "tables": [_table(table) for table in harvest.tables],
        "streams": [_plain(dataclasses.asdict(stream)) for stream in harvest.streams],
        "observations": len(harvest.observations),
        "rejected": [_rejected(rejected) for rejected in harvest.rejected],
    }


def problem(error: SourceError) -> dict[str, Any]:
    """A broken source in the same form."""
    return {"error": {"code": error.code, "message": error.message("de"), "message_en": error.message("en")}}


def text(value: Mapping[str, Any]) -> str:
    """JSON with decimals as numbers of full length."""
    return simplejson.dumps(value, use_decimal=True, ignore_nan=True, ensure_ascii=False)


def _table(table: Table) -> dict[str, Any]:
    return {
        "draft": table.draft, "name": table.name, "title": _plain(dataclasses.asdict(table.title)),
        "key": list(table.key), "geometry": table.geometry,
        "columns": [_plain(dataclasses.asdict(column)) for column in table.columns],
        "rows": [[_plain(value) for value in row] for row in table.rows],
    }


def _rejected(rejected: Rejected) -> dict[str, Any]:
    return {
        "id": rejected.id, "code": rejected.code, "field": rejected.field,
        "message": rejected.message("de"), "message_en": rejected.message("en"),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Text):
        return {"de": value.de, "en": value.en}
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value
