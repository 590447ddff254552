"""A feed of 500 records, and harvests of it that die."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import re
import signal
import time
import traceback
from collections.abc import Iterator
from typing import Any

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib import search
from ckanext.datastore.backend import postgres

from ckanext.jenasmartcity.connectors.base import Column, Draft, Harvest, Item, Request, Source, Table, Text
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest import engine, faults, fetch
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.items import index

from .conftest import act

DATASETS, ROWS, ITEMS = 60, 4, 200
RECORDS = DATASETS + DATASETS * ROWS + ITEMS
COURSES = 4
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# what differs between two sources of the same feed, or between two moments
_OWN = {"metadata_created", "metadata_modified", "created", "_version_", "index_id", "indexed_ts", "hash", "timestamp"}


class Mixed:
    """A standard of the tests' own: datasets with tables, and offers of the first four of them."""

    NAME = "mixed"
    TITLE = Text("Gemischtes", "Mixed")
    OPTIONS = ()

    @staticmethod
    def read(source: Source) -> Any:
        document = yield Request(source.url)
        feed = json.loads(document.content)
        drafts = tuple(
            Draft(one["id"], "learning-offer" if number < COURSES else "dataset", one["title"],
                  fields={"provider": "Volkshochschule"} if number < COURSES else {})
            for number, one in enumerate(feed["datasets"])
        )
        found = tuple(
            Table(one["id"], "werte", Text("Werte", "Values"),
                  tuple(Column(name, type_) for name, type_ in one["columns"].items()), ("id",),
                  tuple(tuple(row) for row in one["rows"]))
            for one in feed["datasets"]
        )
        items = tuple(Item(one["id"], one["draft"], one["name"]) for one in feed["items"])
        return Harvest(RECORDS, drafts, items, found)


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the connector known."""
    known = {**connectors(), "mixed": Mixed}
    monkeypatch.setattr(fetch, "connectors", lambda: known)


def feed(version: int) -> str:
    """500 records; from one version to the next titles, rows, a column and offers change, come and go."""
    datasets = []
    for number in range(DATASETS):
        turn = version // 3 + (1 if number % 3 <= version % 3 else 0)
        columns = {"id": "int", "zahl": "int"} | ({"text": "text"} if turn % 2 and number % 4 == 0 else {})
        word = ["Wort"] if "text" in columns else []
        rows = [[number * 100 + turn + row, turn * row, *word] for row in range(ROWS)]
        title = f"Datensatz {number:02} ({turn if number % 2 else 0})"
        datasets.append({"id": f"d{number:02}", "title": title, "columns": columns, "rows": rows})
    offers = range(version * 15, version * 15 + ITEMS)
    items = [
        {"id": f"i{number}", "draft": f"d{number % COURSES:02}", "name": f"Kurs {number} / {(number + version) // 30}"}
        for number in offers
    ]
    return json.dumps({"datasets": datasets, "items": items})


def let_go() -> None:
    """Close what a child must not share with this process."""
    model.Session.remove()
    model.ensure_engine().dispose()
    for engine_ in postgres._engines.values():
        engine_.dispose()


def spawn(name: str, now: dt.datetime, fault: tuple[str, int] | None = None) -> int:
    """A process that harvests the source; its exit code says 0 done, 3 busy, 1 failed."""
    let_go()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if fault is not None:
            faults.arm(*fault)
        [source] = tables.sources(name)
        outcome = engine.run(source, now)
        code = 3 if outcome.busy else 1 if outcome.error else 0
    except Exception:  # noqa: BLE001 - whatever it is, the child must end here
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(pid: int, after: float | None = None) -> int:
    """Wait for the process, kill it after so many seconds; its exit code, or -9."""
    if after is not None:
        end = time.monotonic() + after
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def attempt(name: str, now: dt.datetime, fault: tuple[str, int] | None = None, after: float | None = None) -> int:
    """One harvest that may die, begun as soon as the source is free again."""
    while True:
        code = ended(spawn(name, now, fault), after)
        if code != 3:
            return code
        time.sleep(0.1)


def plan(dice: random.Random, kills: int, seconds: float) -> Iterator[tuple[tuple[str, int] | None, float | None]]:
    """Two kills at the named points in turn, where much is left to do, then two at any time, and so on."""
    highest = {"commit": 10, "load": 8, "copy": 30}
    points = [point for point in faults.POINTS if point != "withdrawal"]
    for number in range(kills):
        if number % 4 > 1:
            yield None, dice.uniform(0, seconds)
        else:
            point = points[(number // 4 * 2 + number % 4) % len(points)]
            yield (point, dice.randint(1, highest.get(point, 1))), None


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, name) for key, item in sorted(value.items()) if key not in _OWN}
    if isinstance(value, list):
        # extras have no order
        return sorted((_plain(item, name) for item in value), key=_extra)
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            if value.startswith(("{", "[")):
                return _plain(json.loads(value), name)
        return _UUID.sub("#", value).replace(name, "@")
    return value


def _extra(value: Any) -> str:
    return str(value["key"]) if isinstance(value, dict) and set(value) == {"key", "value"} else ""


def state(name: str) -> dict[str, Any]:
    """All that a source has become, without what tells two sources apart."""
    model.Session.remove()
    [source] = tables.sources(name)
    known = tables.records(source.id)
    found: dict[str, Any] = {}
    solr = search.make_connection()
    for draft, record in sorted(known.items()):
        dataset = act("package_show", id=record.package_id)
        [table] = [one["id"] for one in dataset["resources"] if one["role"] == "table"]
        rows = act("datastore_search", resource_id=table, limit=1000)
        shown = sorted(tuple(v for k, v in row.items() if k != "_id") for row in rows["records"])
        documents = list(solr.search(f'id:"{record.package_id}"', rows=10))
        found[draft] = [
            _plain(dataset, name), shown, rows["total"], rows["fields"][1:], _plain(documents, name),
            {key: record.tables["werte"][key] for key in ("rows", "structure", "records")},
        ]
    found["items"] = [
        {key: value for key, value in _plain(one, name).items() if key not in ("first_seen", "last_changed")}
        for one in act("jenasmartcity_item_list", source=name, limit=1000)["results"]
    ]
    offers = index.core().search(f'source:"{name}"', rows=1000, sort="name asc, id asc")
    found["item index"] = sorted(json.dumps(_plain(one, name), sort_keys=True) for one in offers)
    found["packages"] = model.Session.scalar(
        sa.select(sa.func.count()).select_from(model.Package).where(model.Package.name.startswith(name))
    )
    found["indexed"] = act("package_search", fq=f"name:{name}*", rows=0)["count"]
    found["validators"] = _plain(sorted(source.validators), name)
    return found


def writes(name: str) -> int:
    """How often datasets of the source were written."""
    [source] = tables.sources(name)
    query = sa.select(sa.func.count()).select_from(tables.Change).where(
        tables.Change.package_id.in_([one.package_id for one in tables.records(source.id).values()])
    )
    return int(model.Session.scalar(query) or 0)


def orphans() -> set[str]:
    """Tables of the DataStore that belong to no resource."""
    with postgres.get_write_engine().connect() as connection:
        names = set(connection.scalars(sa.text("SELECT name FROM _table_metadata WHERE alias_of IS NULL")))
    return names - set(model.Session.scalars(sa.select(model.Resource.id)))
