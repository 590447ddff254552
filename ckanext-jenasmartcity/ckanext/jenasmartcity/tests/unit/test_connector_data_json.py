"""data.json: a dataset for each entry with its files, or the reason why not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import Draft, Harvest, SourceError
from ckanext.jenasmartcity.tests.unit.reading import SAMPLES, codes, read

THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
POINT = {"type": "Point", "coordinates": [11.5, 50.9]}
# As ArcGIS Hub writes one: HTML, an address as identifier, a page before the files.
HUB = {
    "@type": "dcat:Dataset", "identifier": "https://www.arcgis.com/home/item.html?id=ab12&sublayer=0",
    "title": "Radwege", "description": "<p>Radwege der Stadt &amp; ihrer Ortsteile.</p>", "keyword": ["Rad", " "],
    "issued": "2020-01-09T12:04:06.000Z", "modified": "2026-05-01", "publisher": {"name": "Stadt Beispielhausen"},
    "contactPoint": {"@type": "vcard:Contact", "fn": "Geodaten", "hasEmail": "mailto:geo@beispiel.example"},
    "accessLevel": "public", "spatial": "10.1,50.2,10.3,50.4", "theme": ["geospatial"],
    "license": "https://www.govdata.de/dl-de/by-2-0", "landingPage": "https://hub.beispiel.example/radwege",
    "distribution": [
        {"@type": "dcat:Distribution", "title": "Hub Page", "format": "Web Page", "mediaType": "text/html",
         "accessURL": "https://hub.beispiel.example/radwege"},
        {"@type": "dcat:Distribution", "title": "CSV", "format": "CSV", "mediaType": "text/csv",
         "accessURL": "https://hub.beispiel.example/radwege.csv"},
    ],
}


def _read(*entries: Any, options: dict[str, Any] | None = None) -> Harvest:
    return read("data-json", json.dumps({"@type": "dcat:Catalog", "dataset": entries}).encode(), options)


def _entry(**members: Any) -> dict[str, Any]:
    return {**HUB, **members}


def _draft(options: dict[str, Any] | None = None, **members: Any) -> Draft:
    (draft,) = _read(_entry(**members), options=options).drafts
    return draft


def test_an_entry_of_arcgis_hub_becomes_a_dataset_with_its_files():
    draft = _draft()
    assert (draft.id, draft.type, draft.title) == (HUB["identifier"], "dataset", "Radwege")
    assert draft.notes == "Radwege der Stadt & ihrer Ortsteile."
    assert draft.tags == ("Rad",)
    assert draft.fields["publisher"] == [{"name": "Stadt Beispielhausen"}]
    assert draft.fields["contact"] == [{"name": "Geodaten", "email": "geo@beispiel.example"}]
    assert (draft.fields["issued"], draft.fields["modified"]) == ("2020-01-09T12:04:06.000Z", "2026-05-01")
    assert draft.fields["license"] == HUB["license"]
    box = json.loads(draft.fields["spatial_coverage"][0]["bbox"])
    assert box["coordinates"][0][:3] == [[10.1, 50.2], [10.3, 50.2], [10.3, 50.4]]
    assert "theme" not in draft.fields
    assert [(one.title, one.url, one.format, one.media_type) for one in draft.distributions] == [
        ("Hub Page", "https://hub.beispiel.example/radwege", "Web Page", "text/html"),
        ("CSV", "https://hub.beispiel.example/radwege.csv", "CSV", "text/csv"),
    ]


def test_what_a_source_calls_its_themes_and_licences_is_translated():
    draft = _draft({"themes": {"geospatial": "REGI"}, "licenses": {HUB["license"]: "cc-zero"}})
    assert draft.fields["theme"] == [THEMES + "REGI"]
    assert draft.fields["license"] == "cc-zero"
    assert _draft(theme=[THEMES + "TRAN", "ENVI", "Verkehr"]).fields["theme"] == [THEMES + "TRAN", THEMES + "ENVI"]


def test_a_file_keeps_its_id_when_its_address_changes_and_ids_differ():
    def ids(*files: dict[str, str]) -> list[str]:
        return [one.id for one in _draft(distribution=list(files)).distributions]

    old = {"title": "Liste", "format": "CSV", "downloadURL": "https://x.example/1.csv"}
    assert ids(old) == ids({**old, "downloadURL": "https://x.example/2.csv"})
    twins = ids(old, {**old, "downloadURL": "https://x.example/2.csv"}, old)
    assert len(set(twins)) == 3
    assert len(set(ids({"accessURL": "https://x.example"}, {"accessURL": "https://x.example/b"}))) == 2


def test_files_without_an_address_are_left_out():
    assert _draft(distribution=[{"title": "Auf Anfrage"}, {"downloadURL": None}]).distributions == ()
    assert _draft(distribution=None).distributions == ()


@pytest.mark.parametrize(("members", "field", "value"), [
    ({"temporal": "2020-01-01/2020-12"}, "temporal_coverage", [{"start": "2020-01-01", "end": "2020-12"}]),
    ({"temporal": "2020/"}, "temporal_coverage", [{"start": "2020"}]),
    ({"spatial": "Jena"}, "spatial_coverage", [{"text": "Jena"}]),
    ({"spatial": "11.5,50.9,11.5,50.9"}, "spatial_coverage", [{"geom": json.dumps(POINT)}]),
    ({"language": ["de-DE", "de", "en"]}, "language", ["de", "en"]),
    ({"accrualPeriodicity": "R/P1W"}, "frequency", "http://publications.europa.eu/resource/authority/frequency/WEEKLY"),
    ({"modified": "R/P1D"}, "modified", None), ({"publisher": "Stadt"}, "publisher", [{"name": "Stadt"}]),
    ({"contactPoint": {"fn": "Amt", "hasEmail": "mailto:"}}, "contact", [{"name": "Amt"}]),
    ({"references": ["https://a.example", "S. 5"]}, "documentation", ["https://a.example"]),
    ({"license": None}, "license", None), ({"landingPage": ""}, "url", None),
])
def test_values_are_read_as_the_standard_means_them(members: dict[str, Any], field: str, value: Any):
    assert _draft(**members).fields.get(field) == value


@pytest.mark.parametrize(("members", "code", "field"), [
    ({"identifier": None}, "no-id", "identifier"), ({"identifier": "  "}, "no-id", "identifier"),
    ({"identifier": "x" * 1001}, "too-long", "identifier"), ({"identifier": ["a"]}, "not-readable", "identifier"),
    ({"title": ""}, "missing", "title"), ({"title": "ä" * 501}, "too-long", "title"),
    ({"title": "x" * 5_000_000}, "too-long", "title"), ({"title": {"de": "Titel"}}, "not-readable", "title"),
    ({"description": "x" * 100_001}, "too-long", "description"),
    ({"modified": "gestern"}, "not-a-date", "modified"), ({"temporal": "2020-13-01/"}, "not-a-date", "temporal"),
    ({"spatial": "4468000,5640000,4469000,5641000"}, "outside", "spatial"),
    ({"accessLevel": "non-public"}, "not-allowed", "accessLevel"),
    ({"keyword": [1]}, "not-readable", "keyword"), ({"keyword": ["a"] * 1001}, "not-readable", "keyword"),
    ({"distribution": "https://x"}, "not-readable", "distribution"),
    ({"distribution": [{"accessURL": "https://x"}] * 8000}, "not-readable", "distribution"),
    ({"distribution": [{"downloadURL": "javascript:alert(1)"}]}, "not-readable", "downloadURL"),
    ({"landingPage": "file:///etc/passwd"}, "not-readable", "landingPage"),
    ({"temporal": float("nan")}, "not-readable", "temporal"), ({"keyword": ["a\x00"]}, "not-readable", "keyword"),
    ({"license": True}, "not-readable", "license"), ({"contactPoint": "Amt"}, "not-readable", "contactPoint"),
])
def test_what_contradicts_the_standard_is_rejected_alone(members: dict[str, Any], code: str, field: str):
    harvest = _read(_entry(**members), _entry(identifier="gut"))
    assert [(one.code, one.field) for one in harvest.rejected] == [(code, field)]
    assert len(harvest.rejected[0].id) <= 80
    assert len(harvest.rejected[0].message("de")) < 500
    assert [draft.id for draft in harvest.drafts] == ["gut"]


def test_doubled_entries_and_what_is_no_object_are_rejected():
    harvest = _read(_entry(identifier=7), _entry(identifier="7"), None, [], "x")
    assert [draft.id for draft in harvest.drafts] == ["7"]
    assert codes(harvest) == {
        "7": "duplicate-id", "Nr. 3": "not-readable", "Nr. 4": "not-readable", "Nr. 5": "not-readable",
    }
    assert harvest.found == 5


@pytest.mark.parametrize(("body", "code"), [
    (b"", "empty"), (b"<!DOCTYPE html><title>Fehler</title>", "html"), (b'{"dataset": [', "not-the-format"),
    (b"{}", "not-the-format"), (b'{"dataset": {}}', "not-the-format"), (b"7", "not-the-format"),
])
def test_what_is_no_catalogue_is_one_clear_error(body: bytes, code: str):
    with pytest.raises(SourceError) as caught:
        read("data-json", body)
    assert caught.value.code == code


def test_an_empty_catalogue_has_nothing():
    assert _read() == Harvest(found=0)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["name", "fn", "hasEmail", "title", "accessURL", "downloadURL", "license", "coordinates", "x"]),
        inner, max_size=3,
    ), max_leaves=8,
)


@given(st.lists(_JSON | st.dictionaries(st.sampled_from(sorted({*HUB, "temporal", "references", "language"})), _JSON)
                .map(lambda members: _entry(**members)), max_size=5))
def test_every_entry_is_a_draft_or_rejected(entries: list[Any]):
    harvest = _read(*entries)
    assert harvest.found == len(entries) == len(harvest.drafts) + len(harvest.rejected)
    assert len({draft.id for draft in harvest.drafts}) == len(harvest.drafts)
    assert all(one.message("de") and one.message("en") for one in harvest.rejected)
    for draft in harvest.drafts:
        assert len({one.id for one in draft.distributions}) == len(draft.distributions)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_harvest_or_a_source_error(body: bytes):
    try:
        harvest = read("data-json", body)
    except SourceError:
        return
    assert harvest.found == len(harvest.drafts) + len(harvest.rejected)


def test_the_generated_catalogue_is_read_whole():
    harvest = read("data-json", (SAMPLES / "catalogue/data.json").read_bytes())
    assert (harvest.found, len(harvest.drafts), harvest.rejected) == (24, 24, ())
    for draft in harvest.drafts:
        assert draft.title.endswith("(erzeugt)")
        assert len(draft.distributions) == 3
        assert {"license", "theme", "publisher", "contact", "spatial_coverage", "temporal_coverage"} <= {*draft.fields}


def test_thousands_of_entries_are_read_at_once():
    entries = json.loads((SAMPLES / "catalogue/data.json").read_text("utf-8"))["dataset"]
    many = [{**entries[number % 24], "identifier": str(number)} for number in range(2000)]
    body = json.dumps({"dataset": many}, ensure_ascii=False).encode()
    spent = []
    for _ in range(3):
        started = time.process_time()
        assert len(read("data-json", body).drafts) == 2000
        spent.append(time.process_time() - started)
    # a tenth of a second; ten times that is a fault on any machine
    assert min(spent) < 1
