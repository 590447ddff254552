"""A feed that loses records, rows or offers from run to run."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from typing import Any

import ckan.model as model
import pytest

from ckanext.jenasmartcity.harvest import model as tables

from . import killing
from .conftest import NOW, Feeds, act, run

DAY = dt.timedelta(days=1)


def shortened(datasets: int, items: int = 10, rows: int | None = None) -> str:
    """A feed of so many datasets, offers, and rows in each table."""
    whole = json.loads(killing.feed(0))
    found = whole["datasets"][:datasets]
    for one in found:
        one["rows"] = one["rows"][:rows]
    return json.dumps({"datasets": found, "items": whole["items"][:items]})


class Shrinking:
    """A source whose feed loses records from run to run."""

    def __init__(self, feeds: Feeds, name: str) -> None:
        self.feeds, self.name, self.day = feeds, name, 0.0

    def run(self, body: str, after: float = 1) -> tables.HarvestRun:
        self.feeds.give(f"/{self.name}.json", body, "application/json")
        self.day += after
        outcome = run(self.name, now=NOW + self.day * DAY)
        assert outcome.error is None
        model.Session.expire_all()
        latest = tables.runs(self.id, 1)[0]
        total = latest.added + latest.updated + latest.unchanged + latest.rejected + latest.withdrawn
        assert latest.found == total
        return latest

    @property
    def id(self) -> int:
        return tables.sources(self.name)[0].id

    def records(self) -> dict[str, tables.HarvestRecord]:
        model.Session.expire_all()
        return tables.records(self.id)

    def listed(self, **more: Any) -> int:
        return act("package_search", fq=f"name:{self.name}-* {more.get('fq', '')}", rows=0)["count"]

    def dataset(self, draft: str) -> dict[str, Any]:
        return act("package_show", id=self.records()[draft].package_id)


@pytest.fixture(name="shrinking")
def a_shrinking_source(feeds: Feeds, source, request) -> Shrinking:
    name = f"g{zlib.crc32(request.node.name.encode())}"
    source(name, "mixed", feeds.url(f"/{name}.json"))
    return Shrinking(feeds, name)
