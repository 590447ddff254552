"""What a steward is told: ids and titles that occur twice, and datasets that another source publishes."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import ckan.model as model
import pytest

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.account import Counts

from .conftest import NOW, Feeds, act, run
from .killing import mixed  # noqa: F401

pytestmark = pytest.mark.usefixtures("harvested", "mixed")
COLUMNS = {"id": "int", "zahl": "int"}


def give(feeds: Feeds, name: str, datasets: list[dict[str, Any]], items: list[dict[str, Any]] | None = None) -> str:
    return feeds.give(f"/{name}.json", json.dumps({"datasets": datasets, "items": items or []}), "application/json")


def titles(name: str) -> dict[str, str]:
    """Draft -> title of the dataset that everybody sees."""
    model.Session.remove()
    [row] = tables.sources(name)
    ids = {record.package_id: draft for draft, record in tables.records(row.id).items()}
    found = act("package_search", fq=f"name:{name}-*", rows=1000)["results"]
    return {ids[one["id"]]: one["title"] for one in found}


def latest(name: str) -> dict[str, Any]:
    """The latest run as the action shows it; its sum must be right."""
    model.Session.remove()
    [row] = tables.sources(name)
    shown = act("jenasmartcity_harvest_run_show", id=tables.runs(row.id, 1)[0].id)
    counted = ("added", "updated", "unchanged", "withdrawn", "rejected_count")
    assert shown["found"] == sum(shown[part] for part in counted)
    assert shown["rejected_count"] == sum(group["count"] for group in shown["rejected"])
    return shown


def refused(shown: dict[str, Any]) -> dict[str, list[str]]:
    """Code -> ids of the records that were rejected for it."""
    return {group["code"]: [one["id"] for one in group["records"]] for group in shown["rejected"]}


def test_an_id_that_occurs_twice_makes_one_dataset_and_is_told(feeds: Feeds, source):
    # the second one stands in the same batch, the third in another
    whole = [{"id": f"d{number}", "title": f"Doppelt {number}"} for number in range(60)]
    datasets = [*whole[:2], {**whole[1], "title": "Zweiter"}, *whole[2:], {**whole[1], "title": "Dritter"}]
    name = source("doppelt", "mixed", give(feeds, "doppelt", datasets))
    for counts in (Counts(added=60, rejected=2), Counts(unchanged=60, rejected=2)):
        assert run(name).counts == counts
        assert titles(name) == {one["id"]: one["title"] for one in whole}
        assert refused(latest(name)) == {"duplicate-id": ["d1", "d1"]}
    # what is missing now may be what stands there twice
    give(feeds, "doppelt", [*datasets[:40], datasets[0]])
    assert run(name, now=NOW + dt.timedelta(days=1)).counts == Counts(unchanged=40 - 1, rejected=2)
    assert latest(name)["held"] is None
    assert not any(record.absent_since for record in tables.records(tables.sources(name)[0].id).values())


def test_tables_and_offers_of_an_id_that_occurs_twice_are_those_of_the_first(feeds: Feeds, source):
    first = {"id": "d1", "title": "Tabelle", "columns": COLUMNS, "rows": [[1, 1], [2, 2]]}
    offers = [{"id": "i1", "draft": "d2", "name": "Kurs"}, {"id": "i1", "draft": "d2", "name": "Anderer Kurs"}]
    datasets = [first, {**first, "title": "Andere", "rows": [[1, 9], [3, 9]]}, {"id": "d2", "title": "Kurse"}]
    name = source("zweimal", "mixed", give(feeds, "zweimal", datasets, offers))
    for counts in (Counts(added=3, rejected=3), Counts(unchanged=3, rejected=3)):
        assert run(name).counts == counts
        assert titles(name) == {"d1": "Tabelle", "d2": "Kurse"}
        assert refused(latest(name)) == {"duplicate-id": ["d1/werte/1", "d1/werte/3", "i1"]}
    [row] = tables.sources(name)
    table = tables.records(row.id)["d1"].tables["werte"]["id"]
    rows = act("datastore_search", resource_id=table, sort="id")["records"]
    assert [(one["id"], one["zahl"]) for one in rows] == [(1, 1), (2, 2)]
    assert [one["name"] for one in act("jenasmartcity_item_list", source=name)["results"]] == ["Kurs"]
