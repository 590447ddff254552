"""The five dataset types as a steward and a harvester meet them, on a real CKAN."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

TYPES = ["dataset", "sensor", "logistics", "learning-offer", "service"]
ZERO = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
ODBL = "http://dcat-ap.de/def/licenses/odbl"
THEME = "http://publications.europa.eu/resource/authority/data-theme/"
HVD = "http://data.europa.eu/bna/c_63b37dd4"
HVD_LAW = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
POINT = '{"type":"Point","coordinates":[11.586,50.927]}'

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")


@pytest.fixture
def organization() -> dict[str, Any]:
    return factories.Organization()


@pytest.fixture
def complete(organization: dict[str, Any]) -> dict[str, Any]:
    """Fields that a dataset of every type may be published with; what a type adds stands in OWN."""
    return {
        "title": "Luftgüte an Hauptstraßen", "name": "luftguete", "notes": "Stundenmittel an drei Stationen.",
        "owner_org": organization["id"], "theme": ["ENVI"], "publisher": [{"name": "Stadt Jena, FD Umweltschutz"}],
        "resources": [
            {"name": "Werte 2026", "url": "https://jena.de/luft.csv", "format": "CSV", "license": "dl-de/zero-2-0"}
        ],
    }


OWN: dict[str, dict[str, Any]] = {
    "dataset": {},
    "sensor": {"observed_property": [{"property": "PM10", "category": "PM10", "unit": "µg/m³"}]},
    "logistics": {
        "mobility_theme": ["car-parking-locations-and-conditions"], "frequency": "UNKNOWN",
        "spatial_coverage": [{"text": "Jena"}],
    },
    "learning-offer": {"provider": "Volkshochschule Jena"},
    "service": {"responsible_office": "Bürgerservice", "leika_key": ["99006053006000"]},
}
OWN_RESOURCE: dict[str, dict[str, Any]] = {
    "logistics": {"mobility_data_standard": "other", "rights": "licence-provided-free-of-charge"},
}


def of_type(name: str, complete: dict[str, Any]) -> dict[str, Any]:
    resources = [{**complete["resources"][0], **OWN_RESOURCE.get(name, {})}]
    return {**complete, "type": name, **OWN[name], "resources": resources}


def call_action(action: str, **data: Any) -> Any:
    """As CKAN's own user, which the activity stream needs to exist."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return tk.get_action(action)({"user": user["name"], "ignore_auth": True}, data)


def refused(action: str, **data: Any) -> dict[str, Any]:
    with pytest.raises(tk.ValidationError) as refusal:
        call_action(action, **data)
    return refusal.value.error_dict


@pytest.mark.parametrize("name", TYPES)
def test_a_draft_needs_no_more_than_a_name(name: str, organization: dict[str, Any]) -> None:
    draft = call_action("package_create", type=name, name="leer", owner_org=organization["id"], state="draft")
    assert draft["state"] == "draft"
    # and stays one while a file without licence is added, as the form does it
    call_action("resource_create", package_id=draft["id"], url="https://jena.de/x.csv")
    call_action("package_patch", id=draft["id"], notes="Noch unfertig.")
    shown = call_action("package_show", id=draft["id"])
    assert (shown["state"], shown["notes"], len(shown["resources"])) == ("draft", "Noch unfertig.", 1)


@pytest.mark.parametrize("name", TYPES)
def test_a_complete_dataset_is_published_and_its_draft_can_be(name: str, complete: dict[str, Any]) -> None:
    assert call_action("package_create", **of_type(name, complete))["state"] == "active"
    draft = call_action("package_create", **{**of_type(name, complete), "name": "zwei", "state": "draft"})
    assert call_action("package_patch", id=draft["id"], state="active")["state"] == "active"


@pytest.mark.parametrize("name", TYPES)
def test_publishing_an_empty_draft_names_every_field_and_its_remedy(name: str, organization: dict[str, Any]) -> None:
    draft = call_action("package_create", type=name, name="leer", owner_org=organization["id"], state="draft")
    errors = refused("package_patch", id=draft["id"], state="active")
    schema = call_action("scheming_dataset_schema_show", type=name)
    needed = [f for f in schema["dataset_fields"] if f.get("required_to_publish") and f["field_name"] != "title"]
    assert set(errors) == {field["field_name"] for field in needed}
    for field in needed:
        (message,) = errors[field["field_name"]]
        assert message == f"{field['label']['de']} fehlt: {field['remedy']['de']}"
    assert call_action("package_show", id=draft["id"])["state"] == "draft"


def test_publishing_without_licence_names_the_file_and_the_remedy(complete: dict[str, Any]) -> None:
    del complete["resources"][0]["license"]
    errors = refused("package_create", **complete)
    message = "Lizenz fehlt: Wählen Sie für die Datei „Werte 2026“ eine Lizenz aus der Liste."
    assert errors == {"resources": [{"license": [message]}]}


def test_publishing_a_draft_checks_the_files_it_already_had(complete: dict[str, Any]) -> None:
    del complete["resources"][0]["license"]
    draft = call_action("package_create", **complete, state="draft")
    errors = refused("package_patch", id=draft["id"], state="active")
    assert errors["resources"][0]["license"][0].startswith("Lizenz fehlt: Wählen Sie für die Datei „Werte 2026“")


def test_the_message_is_english_for_who_reads_english(app: Any, complete: dict[str, Any]) -> None:
    token = factories.SysadminWithToken()["token"]
    del complete["resources"][0]["license"]
    messages = {}
    for lang, prefix in (("de", ""), ("en", "/en")):
        url = f"{prefix}/api/action/package_create"
        answer = app.post(url, json=complete, headers={"Authorization": token}, status=409)
        messages[lang] = answer.json["error"]["resources"][0]["license"][0]
    assert messages["en"] == "Licence is missing: Choose a licence from the list for the file “Werte 2026”."
    assert messages["de"].startswith("Lizenz fehlt: ")


def test_a_state_that_will_not_hold_does_not_open_the_gate(organization: dict[str, Any]) -> None:
    """An editor may not set "deleted" on a new dataset: CKAN drops it and the dataset is active."""
    user = factories.User()
    call_action("organization_member_create", id=organization["id"], username=user["name"], role="editor")
    create = tk.get_action("package_create")
    new = {"name": "neu", "owner_org": organization["id"]}
    with pytest.raises(tk.ValidationError, match="Herausgeber fehlt"):
        create({"user": user["name"]}, {**new, "state": "deleted"})
    assert create({"user": user["name"]}, {**new, "state": "draft"})["state"] == "draft"
    with pytest.raises(tk.ValidationError, match="Herausgeber fehlt"):
        tk.get_action("package_patch")({"user": user["name"]}, {"id": "neu", "state": "active"})



def test_files_inherit_the_licence_chosen_for_the_dataset(complete: dict[str, Any]) -> None:
    del complete["resources"][0]["license"]
    made = call_action("package_create", **complete, license_id="dl-zero-de/2.0")
    assert made["license_id"] == made["resources"][0]["license"] == ZERO
    assert made["license_title"] == "Datenlizenz Deutschland – Zero – Version 2.0"
    assert made["isopen"] is True


def test_unchanged_files_are_checked_again_when_the_hvd_flag_is_set(complete: dict[str, Any]) -> None:
    resources = [
        {"name": "Tabelle", "url": "https://jena.de/t", "format": "CSV", "role": "table", "license": ZERO},
        {"name": "Karte", "url": "https://jena.de/k.geojson", "format": "GeoJSON", "license": ODBL},
    ]
    made = call_action("package_create", **{**complete, "resources": resources})
    errors = refused("package_patch", id=made["id"], hvd_category=[HVD], applicable_legislation=[HVD_LAW])
    assert "„Karte“" in errors["resources"][1]["license"][0]
    call_action("resource_patch", id=made["resources"][1]["id"], license=ZERO)
    changed = call_action("package_patch", id=made["id"], hvd_category=[HVD], applicable_legislation=[HVD_LAW])
    assert changed["hvd_category"] == [HVD]


def test_a_high_value_dataset_cannot_lose_its_api(complete: dict[str, Any]) -> None:
    """The rule sees files that stay and notices the one that goes, though CKAN validates neither."""
    resources = [
        {"name": "Dienst", "url": "https://jena.de/wfs", "format": "WFS", "license": ZERO},
        {"name": "Datei", "url": "https://jena.de/k.csv", "format": "CSV", "license": ZERO},
    ]
    made = call_action(
        "package_create", **{**complete, "resources": resources}, hvd_category=[HVD], applicable_legislation=[HVD_LAW]
    )
    assert call_action("package_patch", id=made["id"], version="2")["version"] == "2"
    with pytest.raises(tk.ValidationError, match="Schnittstelle"):
        call_action("resource_delete", id=made["resources"][0]["id"])
    assert len(call_action("package_show", id=made["id"])["resources"]) == 2


def test_typos_are_corrected(complete: dict[str, Any]) -> None:
    properties = [{"property": "T", "category": "air_temprature"}, {"property": "L", "category": "noice_measurement"}]
    made = call_action("package_create", **{**of_type("sensor", complete), "observed_property": properties})
    assert [p["category"] for p in made["observed_property"]] == ["air_temperature", "noise_measurement"]
    errors = refused("package_patch", id=made["id"], observed_property=[{"property": "T", "category": "Laune"}])
    assert errors["observed_property"][0]["category"][0].startswith("Sensorkategorie: »Laune« steht nicht")


def test_repeating_fields_come_back_as_they_were_given(complete: dict[str, Any]) -> None:
    given = {
        "contact": [{"name": "Open Data", "email": "opendata@jena.de", "phone": "+49 3641 49-0", "url": "https://jena.de"}],
        "publisher": [{"name": "Stadt Jena", "type": "http://purl.org/adms/publishertype/LocalAuthority"}],
        "temporal_coverage": [{"start": "2023-06-01", "end": "2023-06-30"}, {"start": "2024"}],
        "spatial_coverage": [{"text": "Jena", "centroid": POINT}],
        "ortsteil": ["Neulobeda", "Lützeroda"],
        "language": ["http://publications.europa.eu/resource/authority/language/DEU"],
        "leika_key": ["99006053006000"], "project": ["wissensallmende"], "documentation": ["https://jena.de/a"],
        "sample": False, "origin_retrieved": "2026-11-24",
    }
    made = call_action("package_create", **{**complete, **given})
    shown = call_action("package_show", id=made["id"])
    assert {key: shown[key] for key in given} == given
    model.Session.expunge_all()
    again = call_action("package_update", **shown)
    assert {key: again[key] for key in given} == given
    emptied = call_action("package_patch", id=made["id"], contact=[], ortsteil=[], temporal_coverage=[], notes="Neu.")
    assert {"contact", "ortsteil", "temporal_coverage"}.isdisjoint(emptied)
    assert emptied["publisher"] == given["publisher"]


def test_clearing_a_field_of_ckans_own_clears_it(complete: dict[str, Any]) -> None:
    made = call_action("package_create", **complete, url="https://jena.de/luft", license_id=ZERO, version="1")
    cleared = call_action("package_patch", id=made["id"], url="", license_id="", version="")
    assert not any(cleared[key] for key in ("url", "license_id", "version"))


def test_a_category_of_opendata_jena_de_gives_the_theme(complete: dict[str, Any]) -> None:
    del complete["theme"]
    made = call_action("package_create", **complete, category=["Mobilität", "wirtschaft-arbeit"])
    assert sorted(made["theme"]) == [THEME + code for code in ("ECON", "SOCI", "TRAN")]
    assert made["category"] == ["mobilitaet", "wirtschaft-arbeit"]


@pytest.mark.parametrize(
    ("type_", "field", "value", "word"),
    [
        ("dataset", "leika_key", ["123"], "99006053006000"),
        ("dataset", "temporal_coverage", [{"start": "2024", "end": "2023"}], "vor dem Beginn"),
        ("dataset", "spatial_coverage", [{"geom": '{"type":"Point","coordinates":[681234,5644321]}'}], "WGS 84"),
        ("dataset", "contact", [{"email": "jena"}], "name@beispiel.de"),
        ("dataset", "frequency", "manchmal", "Aktualisierungsfrequenz"),
        ("dataset", "ortsteil", ["Weimar"], "Ortsteile"),
        ("dataset", "publisher", [{"email": "a@jena.de"}], "Name fehlt"),
        ("dataset", "publisher", [{"name": " "}], "Herausgeber fehlt"),
        ("dataset", "title_en", {"de": "x"}, "einzelner Wert"),
        ("sensor", "measurement_interval", "15 Minuten", "PT15M"),
        ("service", "maturity_level", "3", "Reifegradmodell fehlt"),
        ("service", "service_area", "16053", "12 Ziffern"),
        ("logistics", "mobility_theme", [], "Mobilitätsthema fehlt"),
        ("learning-offer", "offer_count", "viele", "ganze Zahl"),
        ("dataset", "resources", [{"name": "x", "url": "javascript:alert(1)", "license": "dl-de/zero-2-0"}], "Datei"),
    ],
)
def test_a_wrong_value_is_refused_with_its_remedy(
    type_: str, field: str, value: Any, word: str, complete: dict[str, Any]
) -> None:
    assert word in str(refused("package_create", **{**of_type(type_, complete), field: value}))


def test_the_form_of_a_steward_saves_lists_and_repeating_parts(app: Any, organization: dict[str, Any]) -> None:
    """What a browser sends: parts by name, lists by line, a blank part left over."""
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    form = {
        "_ckan_phase": "1", "save": "", "title": "Aus dem Formular", "name": "formular",
        "owner_org": organization["id"], "publisher-0-name": "Stadt Jena", "publisher-1-name": "",
        "publisher-1-email": "", "theme": "ENVI",
        "documentation": "https://jena.de/a\r\nhttps://jena.de/b\r\n", "notes": "", "contact-0-name": "",
    }
    answer = app.post("/dataset/new", data=form, headers=headers, follow_redirects=False)
    assert answer.status_code == 302, answer.body[answer.body.find('error-explanation'):][:1500]
    made = call_action("package_show", id="formular")
    assert made["publisher"] == [{"name": "Stadt Jena"}]
    assert made["documentation"] == ["https://jena.de/a", "https://jena.de/b"]
    assert "contact" not in made


@pytest.mark.parametrize("name", TYPES)
def test_an_empty_form_comes_back_with_its_messages(app: Any, organization: dict[str, Any], name: str) -> None:
    token = factories.APIToken(user=factories.Sysadmin()["name"])["token"]
    answer = app.post(f"/{name}/new", data={"save": "x"}, headers={"Authorization": token}, status=200)
    assert "Titel fehlt" in answer.body


@pytest.mark.parametrize("name", TYPES)
def test_the_form_shows_every_field_once_in_groups(app: Any, organization: dict[str, Any], name: str) -> None:
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    page = app.get(f"/{name}/new", headers=headers).body
    schema = call_action("scheming_dataset_schema_show", type=name)
    assert page.count('<details class="field-group"') >= 6
    for field in schema["dataset_fields"]:
        assert field["label"]["de"] in page, field["field_name"]


@pytest.mark.parametrize("name", TYPES)
def test_the_page_shows_names_and_not_addresses_of_choices(app: Any, complete: dict[str, Any], name: str) -> None:
    data = {**of_type(name, complete), "documentation": ["https://jena.de/doku"]}
    call_action("package_create", **data)
    page = app.get(f"/{name}/luftguete").body
    for shown in ("Umwelt", "Stadt Jena, FD Umweltschutz", 'href="https://jena.de/doku"', "Werte 2026"):
        assert shown in page, shown
    assert THEME not in page
    english = app.get(f"/en/{name}/luftguete").body
    assert "Environment" in english
    resource = call_action("package_show", id="luftguete")["resources"][0]
    page = app.get(f"/{name}/luftguete/resource/{resource['id']}").body
    assert "Datenlizenz Deutschland – Zero – Version 2.0" in page
