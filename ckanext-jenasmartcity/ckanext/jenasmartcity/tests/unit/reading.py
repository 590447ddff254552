"""What the connectors' tests share: driving a connector with bytes instead of a network."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ckanext.jenasmartcity.connectors.base import Document, Harvest, Request, Source, Table, drive
from ckanext.jenasmartcity.connectors.places import locator
from ckanext.jenasmartcity.connectors.registry import connectors

ROOT = Path(__file__).parents[5]
SAMPLES = ROOT / "samples"
_HOST = "http://feeds.example"
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@functools.cache
def ortsteile() -> dict[str, Any]:
    """The portal's own areas, parsed."""
    return json.loads((ROOT / "config/places/ortsteile.geojson").read_text("utf-8"))


def read(
    connector: str, body: bytes | Mapping[str, bytes], options: Mapping[str, Any] | None = None, **document: Any
) -> Harvest:
    """Drive a connector: every request is answered with ``body``, or by file name."""

    def fetch(request: Request) -> Document:
        content = body if isinstance(body, bytes) else body[request.url.rpartition("/")[2]]
        return Document(request.url, content, **document)

    source = Source("feed", "Probe", f"{_HOST}/feed", NOW, options or {})
    return drive(connectors()[connector].read(source), fetch)


def configured(name: str) -> dict[str, Any]:
    """One entry of config/sources.yaml."""
    entries = yaml.safe_load((ROOT / "config/sources.yaml").read_text("utf-8"))
    return next(entry for entry in entries if entry["name"] == name)


def recorded(name: str) -> Harvest:
    """What the portal harvests from a recorded sample, by its name in config/sources.yaml."""
    entry = configured(name)

    def fetch(request: Request) -> Document:
        return Document(request.url, (SAMPLES / request.url.removeprefix(f"{_HOST}/")).read_bytes())

    source = Source(
        name, entry["title"]["de"], entry["url"].replace("{samples}", _HOST), NOW, entry["options"],
        locator(ortsteile()),
    )
    return drive(connectors()[entry["connector"]].read(source), fetch)


def table(harvest: Harvest, name: str) -> Table:
    """A table by its name."""
    return next(entry for entry in harvest.tables if entry.name == name)


def rows(harvest: Harvest, name: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of a table as mappings, by key."""
    found = table(harvest, name)
    ids = [column.id for column in found.columns]
    listed = [dict(zip(ids, row, strict=True)) for row in found.rows]
    keyed = {tuple(row[column] for column in found.key): row for row in listed}
    assert len(keyed) == len(listed), "rows that share a key"
    return keyed


def codes(harvest: Harvest) -> dict[str, str]:
    """Record -> code of its rejection."""
    return {entry.id: entry.code for entry in harvest.rejected}


def accounted(harvest: Harvest, *names: str) -> bool:
    """Whether every record is a row of the named tables (all, if none is named) or rejected."""
    taken = sum(len(entry.rows) for entry in harvest.tables if not names or entry.name in names)
    return harvest.found == taken + len(harvest.rejected)
