"""A whole catalogue (data.json) becomes datasets whose files stay where they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.account import Counts

from .conftest import Feeds, act, empty, run

CATALOGUE = Path(__file__).parents[5] / "samples/catalogue/data.json"


@pytest.fixture
def entries(with_plugins: None) -> list[dict[str, Any]]:
    empty()
    return json.loads(CATALOGUE.read_text("utf-8"))["dataset"]


def give(feeds: Feeds, entries: list[dict[str, Any]]) -> str:
    return feeds.give("/data.json", json.dumps({"dataset": entries}), "application/json")


def shown(entry: dict[str, Any]) -> dict[str, Any]:
    [row] = tables.sources("katalog")
    return act("package_show", id=tables.records(row.id)[entry["identifier"]].package_id)


def test_a_catalogue_is_published_with_its_own_licences_and_followed(
    entries: list[dict[str, Any]], feeds: Feeds, source: Callable[..., str]
):
    source("katalog", "data-json", give(feeds, entries))
    assert run("katalog").counts == Counts(added=24)
    assert act("package_search", fq="dataset_type:dataset", rows=0)["count"] == 24
    first = entries[0]
    before = shown(first)
    assert (before["title"], before["identifier"]) == (first["title"], first["identifier"])
    assert before["theme"] == first["theme"]
    assert before["temporal_coverage"] == [{"start": "1990-01-01", "end": "1990-12-31"}]
    assert before["language"] == ["http://publications.europa.eu/resource/authority/language/DEU"]
    assert [one["url"] for one in before["resources"]] == [one["downloadURL"] for one in first["distribution"]]
    assert {one["license"] for one in before["resources"]} == {before["license_id"]}
    # the source's row says cc-zero; what the catalogue says of each dataset goes before it
    licences = {shown(entry)["license_id"] for entry in entries}
    assert len(licences) == len({entry["license"] for entry in entries}) > 2

    assert run("katalog").counts == Counts(unchanged=24)
    first["distribution"][0]["downloadURL"] += "?neu"
    give(feeds, entries)
    assert run("katalog").counts == Counts(unchanged=23, updated=1)
    after = shown(first)
    assert after["resources"][0]["url"].endswith("?neu")
    assert [one["id"] for one in after["resources"]] == [one["id"] for one in before["resources"]]


def test_an_entry_that_is_refused_does_not_keep_the_others_out(
    entries: list[dict[str, Any]], feeds: Feeds, source: Callable[..., str]
):
    entries[3]["license"] = "Nur zum Ansehen"
    entries[5]["modified"] = "gestern"
    entries[7]["identifier"] = entries[6]["identifier"]
    source("katalog", "data-json", give(feeds, entries))
    assert run("katalog").counts == Counts(added=21, rejected=3)
    [row] = tables.sources("katalog")
    listed = {one.record: (one.code, one.field) for one in tables.rejections(tables.runs(row.id)[0])}
    assert listed[entries[3]["identifier"]][0] == "schema"
    assert listed[entries[5]["identifier"]] == ("not-a-date", "modified")
    assert listed[entries[6]["identifier"]] == ("duplicate-id", "identifier")


def test_datasets_are_named_by_their_titles_and_keep_their_names(
    entries: list[dict[str, Any]], feeds: Feeds, source: Callable[..., str]
):
    first, second, third = entries[:3]
    first["title"] = second["title"] = "Bäume & Sträucher in Lobeda"
    for entry, identifier in zip((first, second), ("https://x.example/dataset/1", "urn:uuid:2"), strict=True):
        entry["identifier"] = identifier
    source("katalog", "data-json", give(feeds, entries))
    run("katalog")
    names = [shown(entry)["name"] for entry in (first, second)]
    assert names[0] == "baeume-straeucher-in-lobeda"
    assert names[1].startswith("baeume-straeucher-in-lobeda-")
    # one that bears another name by now, as of an earlier release or by hand
    act("package_patch", id=shown(third)["id"], name="https-example-org-dataset-123")
    for entry in (first, second, third):
        entry["title"] += ", erweitert"
    give(feeds, entries)
    assert run("katalog").counts.updated == 3
    assert [shown(entry)["name"] for entry in (first, second)] == names
    assert shown(third)["name"] == "https-example-org-dataset-123"
    assert shown(first)["title"].endswith(", erweitert")
