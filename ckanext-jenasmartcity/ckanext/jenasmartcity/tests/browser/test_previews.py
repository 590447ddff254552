"""Tables and maps of a resource: what the DataStore holds is what a reader sees."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]


def table_with_places(dataset: dict[str, Any]) -> str:
    """Id of a dataset's table that has a sister with its places."""
    names = {res["table_name"] for res in dataset["resources"] if res.get("role") == "geojson"}
    return next(res["id"] for res in dataset["resources"] if res.get("role") == "table" and res["table_name"] in names)


@pytest.fixture
def station(dataset_of: Callable[[str], Any]) -> tuple[str, str]:
    """Addresses of a sensor dataset and of its table with places."""
    dataset = dataset_of("sensor")
    table = table_with_places(dataset)
    return table, f"/dataset/{dataset['name']}/resource/{table}"


def columns(api: Ask, table: str) -> list[dict[str, Any]]:
    fields = api("datastore_search", resource_id=table, limit=0)["fields"]
    return [field for field in fields if field["id"] not in ("_id", "geometry")]


def test_table(anyone: Any, axe: Callable[..., None], api: Ask, station: tuple[str, str]) -> None:
    table, path = station
    page = anyone.visit(path)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = columns(api, table)
    key = "label_en" if anyone.language == "en" else "label"
    labels = [(field.get("info") or {}).get(key) or field["id"] for field in found]
    headings = [text.strip() for text in page.locator(".jena-table thead th").all_inner_texts()]
    assert len(headings) == len(labels)
    assert all(heading.startswith(label) for heading, label in zip(headings, labels, strict=True))
    units = [(field.get("info") or {}).get("unit") for field in found]
    assert all(unit in heading for heading, unit in zip(headings, units, strict=True) if unit)
    rows = api("datastore_search", resource_id=table, limit=20, sort="_id")["records"]
    first = page.locator(".jena-table tbody tr").first.locator("td").first.inner_text()
    assert str(rows[0][found[0]["id"]]).startswith(first.rstrip("…"))
    assert page.locator(".jena-table tbody tr").count() == len(rows)
    assert page.locator(".jena-table th[scope=col]").count() == len(labels)


def test_table_is_sorted_by_link(reader: Any, api: Ask, station: tuple[str, str]) -> None:
    table, path = station
    column = columns(api, table)[0]["id"]
    page = reader.visit(path)
    heading = page.locator(".jena-table thead th").first
    for order, aria in (("asc", "ascending"), ("desc", "descending")):
        heading.locator("a").click()
        assert heading.get_attribute("aria-sort") == aria
        expected = api("datastore_search", resource_id=table, limit=1, sort=f'"{column}" {order}')["records"][0][column]
        assert page.locator(".jena-table tbody td").first.inner_text() == str(expected)


def test_table_is_paged(reader: Any, api: Ask, dataset_of: Callable[[str], Any]) -> None:
    dataset = dataset_of("dataset")
    for resource in api("package_search", fq="res_format:CSV", rows=50)["results"]:
        for res in resource["resources"]:
            if res.get("role") == "table" and api("datastore_search", resource_id=res["id"], limit=0)["total"] > 20:
                dataset, table = resource, res["id"]
                break
    total = api("datastore_search", resource_id=table, limit=0)["total"]
    page = reader.visit(f"/dataset/{dataset['name']}/resource/{table}")
    page.get_by_role("link", name="Nächste Seite").click()
    assert "seite=2" in page.url
    caption = page.inner_text(".jena-table caption").replace(".", "")
    assert f"21 bis {min(total, 40)} von {total}" in caption
    for nonsense in ("seite=0", "seite=-1", "seite=x", "seite=99999999999", "sortierung=_id%22%3B--", "sortierung=%27"):
        page = reader.visit(f"/dataset/{dataset['name']}/resource/{table}?{nonsense}")
        assert page.locator(".jena-table").count() == 1


def test_map(anyone: Any, axe: Callable[..., None], api: Ask, station: tuple[str, str]) -> None:
    table, path = station
    page = anyone.visit(path)
    page.locator("#karte").scroll_into_view_if_needed()
    page.wait_for_selector("[data-jena-map][data-ready]")
    axe(page)
    records = api("datastore_search", resource_id=table, limit=1000)["records"]
    placed = [record for record in records if record["geometry"]]
    assert page.locator(".jena-map path[role=button]").count() == len(placed)
    attribution = page.inner_text(".jena-map .leaflet-control-attribution")
    assert "Stadt Jena, dl-de/by-2-0" in attribution
    assert page.locator(".jena-map .leaflet-tile").count() == 0
    as_table = {"de": "Karte als Tabelle", "en": "Map as a table"}[anyone.language]
    assert page.get_by_role("link", name=as_table).first.get_attribute("href").endswith(f"{table}#tabelle")


def test_map_by_keyboard(reader: Any, axe: Callable[..., None], station: tuple[str, str]) -> None:
    page = reader.visit(station[1])
    page.locator("#karte").scroll_into_view_if_needed()
    page.wait_for_selector("[data-jena-map][data-ready]")
    page.locator(".jena-map").focus()
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "button":
            break
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name
    assert page.evaluate("document.activeElement.tagName") == "path"
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup-content dl")
    popup.wait_for()
    assert name in popup.inner_text()
    widths = popup.locator("dd").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert min(widths) > 100
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Schließen"
    axe(page)
    page.keyboard.press("Escape")
    popup.wait_for(state="detached")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == name


def test_map_shows_the_words_of_data_as_words(reader: Any, station: tuple[str, str]) -> None:
    nasty = "<img src=x onerror=\"document.title='broken'\">"
    feature = {
        "type": "Feature", "id": 1, "properties": {"name": nasty, nasty: nasty},
        "geometry": {"type": "Point", "coordinates": [11.589, 50.927]},
    }
    body = json.dumps({"type": "FeatureCollection", "features": [feature], "truncated": False})
    kind = "application/geo+json"
    reader.page.route("**/geojson/*.geojson", lambda route: route.fulfill(body=body, content_type=kind))
    page = reader.visit(station[1])
    page.locator("#karte").scroll_into_view_if_needed()
    page.wait_for_selector("[data-jena-map][data-ready]")
    page.locator(".jena-map path[role=button]").focus()
    page.keyboard.press("Enter")
    assert nasty in page.inner_text(".leaflet-popup-content")
    assert page.locator(".leaflet-popup-content img").count() == 0
    assert page.title() != "broken"


def test_geojson_is_the_table(api: Ask, station: tuple[str, str], reader: Any) -> None:
    table, path = station
    address = reader.visit(path).locator("[data-jena-map]").get_attribute("data-jena-map")
    with urllib.request.urlopen(reader.page.url.split("/dataset/")[0] + address, timeout=30) as answer:
        assert answer.headers.get_content_type() == "application/geo+json"
        collection = json.load(answer)
    records = api("datastore_search", resource_id=table, limit=32000, sort="_id")["records"]
    assert collection["truncated"] is False
    expected = [
        ({key: value for key, value in record.items() if key not in ("_id", "geometry")}, record["geometry"] or None)
        for record in records
    ]
    assert [(feature["properties"], feature["geometry"]) for feature in collection["features"]] == expected
