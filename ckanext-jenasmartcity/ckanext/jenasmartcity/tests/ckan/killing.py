"""A feed of 500 datasets with tables and offers, and what harvests of it leave."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib import search
from ckanext.datastore.backend import postgres

from ckanext.jenasmartcity.connectors.base import Column, Draft, Harvest, Item, Request, Source, Table, Text
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest import fetch
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.items import index

from .conftest import act

DATASETS, WITH_TABLE, ROWS, ITEMS, COURSES = 500, 40, 4, 100, 4
# those that some versions of the feed lack
FLEETING = 6
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# what differs between two sources of the same feed, or between two moments
_OWN = {"metadata_created", "metadata_modified", "created", "_version_", "index_id", "indexed_ts", "hash", "timestamp"}


class Mixed:
    """A standard of the tests' own: datasets, some with tables, and offers of the first four of them."""

    NAME = "mixed"
    TITLE = Text("Gemischtes", "Mixed")
    ABOUT = Text("Für Tests.", "For tests.")
    OPTIONS = ()

    @staticmethod
    def read(source: Source) -> Any:
        document = yield Request(source.url)
        feed = json.loads(document.content)
        drafts = tuple(
            Draft(one["id"], "learning-offer" if number < COURSES else "dataset", one["title"],
                  fields={**({"provider": "Volkshochschule"} if number < COURSES else {}), **one.get("fields", {})})
            for number, one in enumerate(feed["datasets"])
        )
        found = tuple(
            Table(one["id"], "werte", Text("Werte", "Values"),
                  tuple(Column(name, type_) for name, type_ in one["columns"].items()), ("id",),
                  tuple(tuple(row) for row in one["rows"]))
            for one in feed["datasets"] if "columns" in one
        )
        items = tuple(Item(one["id"], one["draft"], one["name"]) for one in feed["items"])
        # a dataset with a table or offers is counted by these
        counted = {table.draft for table in found} | {item.draft for item in items}
        number = sum(draft.id not in counted for draft in drafts) + sum(len(table.rows) for table in found) + len(items)
        return Harvest(number, drafts, items, found)


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the connector known."""
    known = {**connectors(), "mixed": Mixed}
    monkeypatch.setattr(fetch, "connectors", lambda: known)


def lacks(version: int) -> bool:
    """Whether the version of the feed is without its last datasets: two in a row, so that they are withdrawn."""
    return version % 3 > 0


def feed(version: int) -> str:
    """500 datasets; from one version to the next half of the titles, rows, a column and offers change, come and go."""
    datasets = []
    for number in range(DATASETS - FLEETING * lacks(version)):
        turn = version // 3 + (1 if number % 3 <= version % 3 else 0)
        # every other one changes
        one: dict[str, Any] = {"id": f"d{number:02}", "title": f"Datensatz {number:03} ({(version + number) // 2})"}
        if number < WITH_TABLE:
            # rows without the dataset, the dataset without rows, and both
            one["title"] = f"Datensatz {number:03} ({turn if number % 2 else 0})"
            one["columns"] = {"id": "int", "zahl": "int"} | ({"text": "text"} if turn % 2 and number % 4 == 0 else {})
            word = ["Wort"] if "text" in one["columns"] else []
            one["rows"] = [[number * 100 + turn + row, turn * row, *word] for row in range(ROWS)]
        datasets.append(one)
    offers = range(version * 10, version * 10 + ITEMS)
    items = [
        {"id": f"i{number}", "draft": f"d{number % COURSES:02}", "name": f"Kurs {number} / {(number + version) // 30}"}
        for number in offers
    ]
    return json.dumps({"datasets": datasets, "items": items})


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


def documents(name: str) -> dict[str, list[dict[str, Any]]]:
    """All that the index has of a source's datasets, by their names; more than one would be one too many."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in search.make_connection().search(f"name:{name}-*", rows=10_000):
        found.setdefault(one["name"], []).append(one)
    return found


def state(name: str) -> dict[str, Any]:
    """All that a source has become, without what tells two sources apart."""
    model.Session.remove()
    [source] = tables.sources(name)
    indexed = documents(name)
    found: dict[str, Any] = {"indexed": sum(map(len, indexed.values()))}
    for draft, record in sorted(tables.records(source.id).items()):
        dataset = act("package_show", id=record.package_id)
        found[draft] = {
            "dataset": _plain(dataset, name), "index": _plain(indexed.get(dataset["name"]), name),
            "tables": [_table(one["id"]) for one in dataset["resources"] if one["role"] == "table"],
            "known": {key: {part: one[part] for part in ("rows", "structure", "records")}
                      for key, one in (record.tables or {}).items()},
            # not the number of runs without it: one that dies after its end was one as well
            "absent": [record.absent_since, record.withdrawn_at],
        }
    found["items"] = [
        {key: value for key, value in _plain(one, name).items() if key not in ("first_seen", "last_changed")}
        for one in act("jenasmartcity_item_list", source=name, limit=1000)["results"]
    ]
    offers = index.core().search(f'source:"{name}"', rows=1000, sort="name asc, id asc")
    found["item index"] = sorted(json.dumps(_plain(one, name), sort_keys=True) for one in offers)
    packages = sa.select(model.Package.name).where(model.Package.name.startswith(f"{name}-"))
    found["packages"] = len(model.Session.scalars(packages).all())
    found["validators"] = _plain(sorted(source.validators), name)
    return found


def _table(resource_id: str) -> list[Any]:
    rows = act("datastore_search", resource_id=resource_id, limit=1000)
    return [sorted(tuple(v for k, v in row.items() if k != "_id") for row in rows["records"]), rows["total"],
            rows["fields"][1:]]


def differences(found: Any, wanted: Any, path: str = "") -> list[str]:
    """The places that differ; whole datasets are too much to read."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = sorted({*found, *wanted}, key=str)
        return [one for key in keys for one in differences(found.get(key), wanted.get(key), f"{path}/{key}")]
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple) and len(found) == len(wanted):
        pairs = enumerate(zip(found, wanted, strict=True))
        return [one for number, (a, b) in pairs for one in differences(a, b, f"{path}/{number}")]
    return [] if found == wanted else [f"{path}: {found!r} instead of {wanted!r}"]


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
