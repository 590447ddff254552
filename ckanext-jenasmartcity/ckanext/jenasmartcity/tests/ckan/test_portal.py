"""The portal room against real services: who sees a table's places, who edits a page, where a dataset lives."""

from __future__ import annotations

import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.jenasmartcity.portal import geojson, pages

from .conftest import act, empty

LICENSE = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
FIELDS = [
    {"id": "name", "type": "text", "info": {"label": "Name", "label_en": "Name in English"}},
    {"id": "tiefe", "type": "numeric", "info": {"label": "Tiefe", "unit": "cm"}},
    {"id": "geometry", "type": "json"},
]
PLACE = {"type": "Point", "coordinates": [11.589, 50.927]}
RECORDS = [
    {"name": "Holzmarkt", "tiefe": 30, "geometry": PLACE},
    {"name": "<b>Paradies</b>", "tiefe": 60.5, "geometry": None},
]


@pytest.fixture(scope="module")
def _emptied() -> list[bool]:
    return []


@pytest.fixture
def portal(with_plugins: None, _emptied: list[bool]) -> None:
    """A portal with organisations and groups and no data, made once for this module."""
    if not _emptied:
        empty()
        _emptied.append(True)


@pytest.fixture
def table(portal: None) -> dict[str, Any]:
    """A public dataset with one table of two rows, one of them without a place."""
    return make()


def make(type_: str = "dataset", title: str = "Tiefe der Messung", **more: Any) -> dict[str, Any]:
    """A published dataset with a table and its GeoJSON sister."""
    dataset = act(
        "package_create", type=type_, name=f"{type_}-{model.types.make_uuid()}", title=title, owner_org="stadt-jena",
        notes="Nur für diesen Test.", license_id=LICENSE, private=more.pop("private", False),
        theme=["http://publications.europa.eu/resource/authority/data-theme/ENVI"], project=["wissensallmende"],
        publisher=[{"name": "Stadt Jena", "url": "https://www.jena.de"}],
        contact=[{"name": "Stadt Jena", "url": "https://www.jena.de"}], **more,
    )
    resource = act(
        "resource_create", package_id=dataset["id"], name="Tabelle", url="https://www.jena.de/tabelle.csv",
        format="CSV", license=LICENSE, role="table", table_name="tiefe",
    )
    act("datastore_create", resource_id=resource["id"], force=True, fields=FIELDS, records=RECORDS)
    return act("package_show", id=dataset["id"])


def token(user: str) -> dict[str, str]:
    """Headers that speak for a user."""
    asked = {"user": user, "name": model.types.make_uuid()}
    return {"Authorization": tk.get_action("api_token_create")({"ignore_auth": True}, asked)["token"]}


def path(dataset: dict[str, Any]) -> str:
    return f"/geojson/{dataset['resources'][0]['id']}.geojson"


def test_geojson_holds_every_row(app: Any, table: dict[str, Any]) -> None:
    answer = app.get(path(table))
    assert answer.headers["Content-Type"].startswith("application/geo+json")
    collection = json.loads(answer.body)
    assert collection["type"] == "FeatureCollection"
    assert collection["truncated"] is False
    assert [(feature["properties"], feature["geometry"]) for feature in collection["features"]] == [
        ({"name": "Holzmarkt", "tiefe": 30}, PLACE), ({"name": "<b>Paradies</b>", "tiefe": 60.5}, None),
    ]


def test_geojson_turns_its_pages(app: Any, table: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json.loads(app.get(path(table)).body)
    monkeypatch.setattr(geojson, "PAGE", 1)
    assert json.loads(app.get(path(table)).body) == whole
    monkeypatch.setattr(geojson, "MOST_FEATURES", 1)
    cut = json.loads(app.get(path(table)).body)
    assert cut["truncated"] is True
    assert cut["features"] == whole["features"][:1]


def test_geojson_of_a_private_dataset_is_for_its_organisation(app: Any, portal: None) -> None:
    hidden = make(private=True)
    stranger, member = factories.User(), factories.User()
    act("organization_member_create", id="stadt-jena", username=member["name"], role="member")
    app.get(path(hidden), status=404)
    app.get(path(hidden), headers=token(stranger["name"]), status=404)
    shown = app.get(path(hidden), headers=token(member["name"]), status=200)
    assert "Holzmarkt" in shown.body


@pytest.mark.parametrize("name", ["nonsense", "00000000-0000-0000-0000-000000000000", "%22%3B--"])
def test_geojson_of_nothing(app: Any, portal: None, name: str) -> None:
    app.get(f"/geojson/{name}.geojson", status=404)


def test_geojson_of_a_table_without_places(app: Any, table: dict[str, Any]) -> None:
    url = "https://www.jena.de/zahlen.csv"
    resource = act("resource_create", package_id=table["id"], name="Zahlen", url=url, license=LICENSE)
    numbers = {"fields": [{"id": "n", "type": "int"}], "records": [{"n": 1}]}
    act("datastore_create", resource_id=resource["id"], force=True, **numbers)
    app.get(f"/geojson/{resource['id']}.geojson", status=404)


def test_background_is_kept_by_browsers(app: Any, portal: None) -> None:
    answer = app.get("/karte/hintergrund.geojson")
    kinds = {feature["properties"]["kind"] for feature in json.loads(answer.body)["features"]}
    assert {"city", "label"} <= kinds
    assert "max-age" in answer.headers["Cache-Control"]
    app.get("/karte/hintergrund.geojson", headers={"If-None-Match": answer.headers["ETag"]}, status=304)


def test_table_on_the_page(app: Any, table: dict[str, Any]) -> None:
    address = f"/dataset/{table['name']}/resource/{table['resources'][0]['id']}"
    page = app.get(f"{address}?sortierung=tiefe&richtung=ab").body
    assert "(cm)" in page
    assert "60,5" in page
    assert page.index("Paradies") < page.index("Holzmarkt")
    assert "<b>Paradies</b>" not in page
    assert "11.589" not in page
    assert "Name in English" in app.get(f"/en{address}").body


def test_a_table_that_is_private_is_on_no_page(app: Any, portal: None) -> None:
    hidden = make(private=True)
    app.get(f"/dataset/{hidden['name']}/resource/{hidden['resources'][0]['id']}", status=404)


# logistics: see tests/browser/test_pages.py, its resources need fields of their own
@pytest.mark.parametrize("type_", ["sensor", "learning-offer", "service"])
def test_one_address_for_every_type(app: Any, portal: None, type_: str) -> None:
    needed = {
        "service": {"service_id": "1", "responsible_office": "Bürgerservice"},
        "sensor": {"observed_property": [{"property": "Bodenfeuchte", "unit": "%"}]},
        "learning-offer": {"provider": "VHS", "programme": "Kurse"},
    }
    dataset = make(type_, **needed.get(type_, {}))
    answer = app.get(f"/{type_}/{dataset['name']}?a=1", follow_redirects=False, status=301)
    assert answer.headers["Location"].endswith(f"/dataset/{dataset['name']}?a=1")
    shown = app.get(f"/dataset/{dataset['id']}", status=200)
    assert f"<h1>{dataset['title']}</h1>" in shown.body
    listed = app.get("/dataset/").body
    assert (f"/dataset/{dataset['name']}" in listed) is (type_ != "service")
    assert (f"/dataset/{dataset['name']}" in app.get("/service/").body) is (type_ == "service")


def test_sample_data_carry_a_banner(app: Any, portal: None) -> None:
    generated = make(title="Haltestellen (erzeugt)", sample=True)
    real = make()
    assert "Beispieldaten: nicht von der Stadt Jena" in app.get(f"/dataset/{generated['name']}").body
    assert "Beispieldaten: nicht von der Stadt Jena" not in app.get(f"/dataset/{real['name']}").body


@pytest.mark.parametrize("name", pages.NAMES)
def test_only_administrators_edit_pages(app: Any, portal: None, name: str) -> None:
    user, admin = factories.User(), factories.Sysadmin()
    mark = model.types.make_uuid()  # what a former run has saved outlives the emptied database in the configuration
    text = {"de": f"## Neu {mark}", "en": f"## New {mark}", "action": "save"}
    for who in (None, token(user["name"])):
        app.get(f"/{name}/bearbeiten", headers=who, status=403)
        refused = app.post(f"/{name}/bearbeiten", data=text, headers=who)
        # without a token of the API the form's own token is missing: 400
        assert refused.status_code == (400 if who is None else 403)
    assert f"Neu {mark}" not in app.get(f"/{name}").body
    app.post(f"/{name}/bearbeiten", data={**text, "action": "preview"}, headers=token(admin["name"]), status=200)
    assert f"Neu {mark}" not in app.get(f"/{name}").body
    app.post(f"/{name}/bearbeiten", data=text, headers=token(admin["name"]), follow_redirects=False, status=302)
    assert f"<h2>Neu {mark}</h2>" in app.get(f"/{name}").body
    assert f"<h2>New {mark}</h2>" in app.get(f"/en/{name}").body


def test_first_texts_say_what_is_still_missing(portal: None) -> None:
    for name in pages.NAMES:
        assert "[" in pages.first_text(name, "de")
        assert "Noch" in pages.first_text(name, "de").splitlines()[0]


def test_every_page_links_the_pages_of_law(app: Any, portal: None) -> None:
    for address in ("/", "/dataset/", "/group/", "/nothing-here"):
        page = app.get(address).body
        assert all(f'href="/{name}"' in page for name in pages.NAMES), address


@pytest.mark.parametrize("words", [":", "AND", '"', "*:* OR", "{!lucene}x", "title:("])
@pytest.mark.parametrize("path", [
    "/dataset/", "/organization/stadt-jena", "/group/wissensallmende", "/feeds/custom.atom",
])
def test_what_the_search_cannot_read_is_no_fault_of_the_server(app: Any, portal: None, path: str, words: str) -> None:
    assert app.get(path, query_string={"q": words}).status_code in (200, 400)
