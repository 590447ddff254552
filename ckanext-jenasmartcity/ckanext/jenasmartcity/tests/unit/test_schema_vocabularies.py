"""The city's lists: complete in both languages, without doubles, with official addresses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas import compose, vocabularies
from ckanext.jenasmartcity.schemas.rules import values
from ckanext.jenasmartcity.schemas.rules.vocabulary import Entry, vocabulary
from ckanext.jenasmartcity.schemas.rules.words import RuleError

CONFIG = Path(__file__).parents[5] / "config"
NAMES = sorted(path.stem for path in (CONFIG / "vocabularies").glob("*.yaml"))
ALL = [*NAMES, "licenses", "projects", "ortsteile", "statistische-bezirke"]
LABEL = Text(de="Sensorkategorie", en="Sensor category")
TYPES = compose.schemas()
FIELDS = [
    pytest.param(part | {"_type": name}, id=f"{name}-{'.'.join(path)}")
    for name, schema in TYPES.items()
    for kind in ("dataset_fields", "resource_fields")
    for field in schema[kind]
    for path, part in [
        ((field["field_name"],), field),
        *(((field["field_name"], sub["field_name"]), sub) for sub in field.get("repeating_subfields", ())),
    ]
]
SCHEMES = {
    "themes": "http://publications.europa.eu/resource/authority/data-theme/",
    "frequency": "http://publications.europa.eu/resource/authority/frequency/",
    "access-rights": "http://publications.europa.eu/resource/authority/access-right/",
    "availability": "http://publications.europa.eu/resource/authority/planned-availability/",
    "distribution-status": "http://publications.europa.eu/resource/authority/distribution-status/",
    "file-types": "http://publications.europa.eu/resource/authority/file-type/",
    "languages": "http://publications.europa.eu/resource/authority/language/",
    "hvd-categories": "http://data.europa.eu/bna/c_",
    "political-geocoding-levels": "http://dcat-ap.de/def/politicalGeocoding/Level/",
    "licenses": "http://dcat-ap.de/def/licenses/",
    "mobility-themes": "https://w3id.org/mobilitydcat-ap/mobility-theme/",
    "mobility-data-standards": "https://w3id.org/mobilitydcat-ap/mobility-data-standard/",
    "transport-modes": "https://w3id.org/mobilitydcat-ap/transport-mode/",
    "network-coverage": "https://w3id.org/mobilitydcat-ap/network-coverage/",
    "georeferencing-methods": "https://w3id.org/mobilitydcat-ap/georeferencing-method/",
    "access-conditions": "https://w3id.org/mobilitydcat-ap/conditions-for-access-and-usage/",
    "publisher-types": "http://purl.org/adms/publishertype/",
    "hash-algorithms": "http://spdx.org/rdf/terms#checksumAlgorithm_",
}
COUNTS = {"themes": 13, "frequency": 38, "licenses": 34, "projects": 5, "categories": 9, "ortsteile": 30,
          "statistische-bezirke": 41, "hvd-categories": 96, "political-geocoding-levels": 6, "mobility-themes": 121}


@pytest.mark.parametrize("name", ALL)
def test_a_list_is_complete_in_both_languages_and_finds_its_own_entries(name: str) -> None:
    listed = vocabularies.read(CONFIG, name)
    assert listed.title.de
    assert listed.title.en
    assert len(listed.entries) == COUNTS.get(name, len(listed.entries)) > 1
    assert len({entry.value for entry in listed.entries}) == len(listed.entries)
    for entry in listed.entries:
        assert isinstance(entry.value, str), f"{entry.value!r} is read as something else by YAML"
        assert entry.label.de
        assert entry.label.en
        assert entry.value.startswith(SCHEMES.get(name, "")), entry.value
        for spelling in (entry.value, *entry.aliases, entry.value.upper()):
            assert listed.checked(spelling, LABEL) == entry.value


@pytest.mark.parametrize("name", NAMES)
def test_a_file_names_its_source(name: str) -> None:
    assert "# Source: " in (CONFIG / "vocabularies" / f"{name}.yaml").read_text(encoding="utf-8")


def test_labels_in_a_list_tell_its_entries_apart() -> None:
    for name in ALL:
        entries = vocabularies.read(CONFIG, name).entries
        # the HVD list has the same narrower category below two broader ones
        if name != "hvd-categories":
            assert len({entry.label.de for entry in entries}) == len(entries), name


@pytest.mark.parametrize(
    ("given_", "kept"),
    [("air_temprature", "air_temperature"), ("noice_measurement", "noise_measurement"), ("H2S", "SO2"),
     (" air_humidity ", "air_humidity"), ("Temperatur", "air_temperature"), ("PM2.5", "PM_2_5")],
)
def test_the_citys_typos_are_accepted_and_corrected(given_: str, kept: str) -> None:
    assert vocabularies.read(CONFIG, "sensor-categories").checked(given_, LABEL) == kept


def test_the_citys_whole_list_of_categories_is_known() -> None:
    keys = [
        "tlc", "battery", "building_permit", "lighting", "soil_moisture", "PM_1", "PM_2_5", "PM_10",
        "fire_alert", "noise", "luminosity", "CO", "chargingstation", "noice_measurement", "air_pressure",
        "air_humidity", "air_temprature", "air_qi", "H2S", "NO", "trash", "O3", "parking_slot", "parking_deck",
        "NO2", "UV_index",
    ]
    listed = vocabularies.read(CONFIG, "sensor-categories")
    assert [key for key in keys if listed.find(key) is None] == []


@given(st.text(max_size=40), st.sampled_from(ALL))
def test_what_a_list_has_not_is_refused_with_the_name_of_the_list(value: str, name: str) -> None:
    listed = vocabularies.read(CONFIG, name)
    if listed.find(value) is None:
        with pytest.raises(RuleError) as refusal:
            listed.checked(value, LABEL)
        assert listed.title.de in refusal.value.text.de


def test_a_spelling_that_stands_for_two_entries_is_an_error() -> None:
    text = Text("x", "x")
    with pytest.raises(ValueError, match="two entries"):
        vocabulary("x", text, [Entry("a", text), Entry("b", text, aliases=("A ",))])


def test_mappings_between_lists_lead_somewhere() -> None:
    hvd = vocabularies.read(CONFIG, "hvd-categories")
    assert all(hvd.find(entry.more["broader"]) for entry in hvd.entries if "broader" in entry.more)
    for entry in vocabularies.read(CONFIG, "licenses").entries:
        assert entry.more["status"] == "active"
        assert not entry.more["hvd"] or entry.more["od_conformance"] == "approved", entry.value
    for entry in vocabularies.read(CONFIG, "projects").entries:
        assert min(len(entry.more["description"]["de"]), len(entry.more["description"]["en"])) > 60


def test_organisations_have_title_and_description_in_both_languages() -> None:
    content = yaml.safe_load((CONFIG / "organizations.yaml").read_text(encoding="utf-8"))
    assert [o["name"] for o in content["organizations"]] == ["stadt-jena", "opensensemap-gemeinschaft", "beispieldaten"]
    for organization in content["organizations"]:
        assert all(organization[part][lang] for part in ("title", "description") for lang in ("de", "en"))


@pytest.mark.parametrize("file", ["ortsteile", "statistische-bezirke", "background"])
def test_places_are_small_carry_source_and_licence_and_lie_in_jena(file: str) -> None:
    path = CONFIG / "places" / f"{file}.geojson"
    assert path.stat().st_size <= 150_000
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["licence"].endswith("dl-by-de/2.0")
    assert "Stadt Jena" in content["attribution"]
    assert "the_geom" not in path.read_text(encoding="utf-8")
    for feature in content["features"]:
        for lon, lat in _positions(feature["geometry"]["coordinates"]):
            assert 11.49 < lon < 11.68
            assert 50.85 < lat < 50.99
        if file != "background":
            assert {"name", "source", "year", "licence"} <= set(feature["properties"])


def test_neighbouring_ortsteile_share_their_border() -> None:
    """Each edge inside the city belongs to two Ortsteile; a gap or overlap would leave it with one."""
    content = json.loads((CONFIG / "places/ortsteile.geojson").read_text(encoding="utf-8"))
    edges: dict[frozenset, int] = {}
    for feature in content["features"]:
        for ring in feature["geometry"]["coordinates"]:
            for a, b in zip(ring, ring[1:], strict=False):
                edge = frozenset((tuple(a), tuple(b)))
                edges[edge] = edges.get(edge, 0) + 1
    assert set(edges.values()) == {1, 2}
    # what belongs to one only is the city's outline: one closed ring
    degree: dict[tuple, int] = {}
    for edge, uses in edges.items():
        if uses == 1:
            for point in edge:
                degree[point] = degree.get(point, 0) + 1
    assert set(degree.values()) == {2}
    assert "Lützeroda" in {feature["properties"]["name"] for feature in content["features"]}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_explained_in_both_languages(field: dict) -> None:
    for part in ("label", "help_text"):
        assert set(field[part]) == {"de", "en"}
        assert all(len(text.strip()) > 1 for text in field[part].values())
    if field.get("required_to_publish"):
        assert all(field["remedy"][lang].endswith(".") for lang in ("de", "en"))
        whole = "repeating_subfields" in field
        assert whole or "jenasmartcity_required_to_publish" in _expanded(field)["validators"].split()
    if "vocabulary" in field:
        assert vocabularies.read(CONFIG, field["vocabulary"]).entries
    assert not field.get("required"), "required binds drafts too"


@pytest.mark.parametrize("name", compose.TYPES)
def test_a_type_has_its_fields_once_each_in_a_known_group(name: str) -> None:
    schema = TYPES[name]
    assert schema["dataset_type"] == name
    groups = {group["name"] for group in schema["form_groups"]}
    for kind in ("dataset_fields", "resource_fields"):
        names = [field["field_name"] for field in schema[kind]]
        assert len(set(names)) == len(names)
    assert all(field["form_group"] in groups for field in schema["dataset_fields"])


@pytest.mark.parametrize("field", FIELDS)
def test_a_fields_validators_exist(field: dict) -> None:
    known = {f"jenasmartcity_{rule}" for rule in values.RULES} | {
        "jenasmartcity_required_to_publish", "jenasmartcity_choice", "jenasmartcity_geojson",
        "jenasmartcity_inherit_license", "jenasmartcity_themes_from_category",
    }
    own = [v for v in _expanded(field).get("validators", "").split() if v.startswith("jenasmartcity_")]
    assert set(own) <= known


def test_mobility_data_need_what_mobilitydcat_ap_makes_mandatory() -> None:
    schema = TYPES["logistics"]
    needed = {f["field_name"] for kind in ("dataset_fields", "resource_fields") for f in schema[kind]
              if f.get("required_to_publish")}
    assert {"title", "notes", "mobility_theme", "frequency", "spatial_coverage", "publisher",
            "mobility_data_standard", "rights"} <= needed


def test_the_values_in_sources_yaml_are_of_the_lists() -> None:
    """A harvest would refuse them only at night."""
    lists = {
        field["field_name"]: field["vocabulary"]
        for schema in TYPES.values() for kind in ("resource_fields", "dataset_fields") for field in schema[kind]
        if "vocabulary" in field and field["field_name"] != "rights"
    }
    content = yaml.safe_load((CONFIG / "sources.yaml").read_text(encoding="utf-8"))
    seen = 0
    for source in content:
        for fields in (source.get("defaults", {}), *source.get("drafts", {}).values()):
            for name in lists.keys() & fields.keys():
                value = fields[name]
                for one in value if isinstance(value, list) else [value]:
                    listed = vocabularies.read(CONFIG, lists[name])
                    assert listed.find(one), f"{source['name']}: {name} {one!r} is not in {lists[name]}"
                    seen += 1
    assert seen > 10


def _expanded(field: dict) -> dict:
    return {**compose.presets().get(field.get("preset", ""), {}), **field}


def _positions(coordinates: list) -> list:
    if isinstance(coordinates[0], int | float):
        return [coordinates]
    return [position for part in coordinates for position in _positions(part)]
