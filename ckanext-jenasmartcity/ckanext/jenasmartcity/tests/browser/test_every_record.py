"""Every record of every sample feed is in the portal or in the rejections, by the running portal's own word."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ckanext.jenasmartcity.tests.browser import asking, comparisons, readers
from ckanext.jenasmartcity.tests.browser.harvested import Harvested

SOURCES = readers.sources()


@pytest.fixture(scope="module")
def token() -> Iterator[str]:
    with asking.administrator() as given:
        yield given


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["name"])
def test_every_record_is_in_the_portal_or_in_the_rejections(source: dict[str, Any], token: str, tmp_path: Path) -> None:
    connector = source["connector"]
    assert connector in comparisons.COMPARISONS, f"nothing compares {connector} with a second reader"
    portal = Harvested(source["name"], token)
    expected = comparisons.COMPARISONS[connector](source, portal, tmp_path)
    assert portal.rejected == expected


def test_the_portal_harvests_what_is_configured_and_nothing_else(token: str) -> None:
    listed = asking.act("jenasmartcity_harvest_source_list", token)
    assert {entry["name"]: entry["connector"] for entry in listed} == {
        entry["name"]: entry["connector"] for entry in SOURCES}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["name"])
def test_trying_a_source_rejects_what_the_portal_rejected(source: dict[str, Any], token: str) -> None:
    url = source["url"].replace("{samples}", os.environ["JENA_SAMPLES_URL"].rstrip("/"))
    printed = asking.command("jenasmartcity", "harvest", "try", source["connector"], url, "--options",
                             json.dumps(source["options"]))
    tried, portal = json.loads(printed), Harvested(source["name"], token)
    assert {(entry["id"], entry["code"]) for entry in tried["rejected"]} == portal.rejected
    assert all(entry["message"] for entry in tried["rejected"])
    assert {table["name"]: len(table["rows"]) for table in tried["tables"]} == {
        name: len(asking.table(resource)[1]) for name, resource in portal.tables.items()}
    assert {item["id"] for item in tried["items"]} == {one["source_id"] for one in asking.offers(source["name"])}
