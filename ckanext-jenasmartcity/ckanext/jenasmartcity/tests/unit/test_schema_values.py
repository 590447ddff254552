"""Rules for one value: what is accepted, what is corrected, and what the refusal says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas.rules import values
from ckanext.jenasmartcity.schemas.rules.geometry import geojson
from ckanext.jenasmartcity.schemas.rules.words import RuleError, said

LABEL = Text(de="Feldname", en="Field name")

ACCEPTED = [
    ("file_address", " https://jena.de/a b.csv", "https://jena.de/a b.csv"), ("file_address", "werte.csv", "werte.csv"),
    ("leika_key", "99006053006000", "99006053006000"),
    ("leika_key", " 99 006 053 006 000 ", "99006053006000"),
    ("regional_key", "160530000000", "160530000000"),
    ("municipality_key", "16053000", "16053000"),
    ("email", "mailto:opendata@jena.de", "opendata@jena.de"),
    ("phone", "tel:+49 3641 49-0", "+49 3641 49-0"),
    ("phone", "(03641) 49 12 34", "(03641) 49 12 34"),
    ("url", " https://opendata.jena.de/dataset/parken?x=ä ", "https://opendata.jena.de/dataset/parken?x=ä"),
    ("duration", "pt15m", "PT15M"),
    ("duration", "P1DT12H", "P1DT12H"),
    ("duration", "P2W", "P2W"),
    ("duration", "PT0.5S", "PT0.5S"),
    ("date", "24.11.2026", "2026-11-24"),
    ("date", "2026", "2026"),
    ("date", "2026-11", "2026-11"),
    ("date", "20261124", "2026-11-24"),
    ("date", "2026-11-24T08:00:00+01:00", "2026-11-24T08:00:00+01:00"),
    ("positive_number", "0,50", "0.50"),
    ("count", "007", "7"),
    ("musterdatensatz", "https://musterdatenkatalog.de/def/musterdatensatz/verkehr/parken",
     "https://musterdatenkatalog.de/def/musterdatensatz/verkehr/parken"),
    ("contributor", "http://dcat-ap.de/def/contributors/openDataHRO", "http://dcat-ap.de/def/contributors/openDataHRO"),
]
REFUSED = [
    ("file_address", "javascript:alert(1)"), ("file_address", "data:text/html,x"), ("file_address", "file:///etc/passwd"),
    ("leika_key", "98006053006000"), ("leika_key", "9900605300600"), ("leika_key", "990060530060001"),
    ("leika_key", "99٠٠٦٠٥٣٠٠٦٠٠٠"),
    ("regional_key", "16053000"), ("municipality_key", "160530000000"), ("municipality_key", "1605300a"),
    ("email", "jena.de"), ("email", "a@b"), ("email", "a b@jena.de"), ("email", "a@jena.de,b@jena.de"),
    ("phone", "keine"), ("phone", "1234"), ("phone", "+49 3641 49-0 und 49-1"),
    ("url", "jena.de"), ("url", "javascript:alert(1)"), ("url", "ftp://jena.de/x"), ("url", "https://"),
    # pragma: allowlist nextline secret
    ("url", "https://user:secret@jena.de/"), ("url", "https://jena.de/a b"), ("url", "https://jena.de:port/"),
    ("url", "https://[jena"),
    ("duration", "P"), ("duration", "PT"), ("duration", "15 Minuten"), ("duration", "P1WT1H"), ("duration", "P1H"),
    ("date", "gestern"), ("date", "31.02.2026"), ("date", "2026-13"), ("date", "0000"),
    ("positive_number", "0"), ("positive_number", "-1"), ("positive_number", "NaN"), ("positive_number", "viel"),
    ("positive_number", "Infinity"),
    ("count", "-1"), ("count", "1.5"), ("count", "²"), ("count", ""),
    ("musterdatensatz", "https://musterdatenkatalog.de/"), ("contributor", "openDataHRO"),
]
GEOMETRIES = [
    {"type": "Point", "coordinates": [11.586, 50.927]},
    {"type": "Point", "coordinates": [11.586, 50.927, 155.0]},
    {"type": "LineString", "coordinates": [[11.5, 50.9], [11.6, 50.9]]},
    {"type": "Polygon", "coordinates": [[[11.5, 50.9], [11.6, 50.9], [11.6, 51.0], [11.5, 50.9]]]},
    {"type": "MultiPolygon", "coordinates": [[[[11.5, 50.9], [11.6, 50.9], [11.6, 51.0], [11.5, 50.9]]]]},
    {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [11, 50]}]},
]
NO_GEOMETRIES = [
    "kein JSON", "[]", "null", "1", "{}", '{"type":"Point"}', '{"type":"Point","coordinates":["11","50"]}',
    '{"type":"Point","coordinates":[true,false]}', '{"type":"Point","coordinates":[11]}',
    '{"type":"Point","coordinates":[NaN,50]}', '{"type":["Point"],"coordinates":[11,50]}',
    '{"type":"Polygon","coordinates":[[[11,50],[12,50],[12,51],[11,51]]]}',  # not closed
    '{"type":"Polygon","coordinates":[[[11,50],[12,50],[11,50]]]}',  # too few
    '{"type":"GeometryCollection","geometries":[]}',
    '{"type":"Point","coordinates":[681234.5,5644321.0]}',  # UTM 32, as Jena's files have it
    '{"type":"Point","coordinates":[50.9,115.0]}',
    "[" * 100_000,
]


@pytest.mark.parametrize(("rule", "value", "kept"), ACCEPTED)
def test_good_values_are_kept_in_their_usual_spelling(rule: str, value: str, kept: str) -> None:
    assert values.RULES[rule](value, LABEL) == kept


@pytest.mark.parametrize(("rule", "value"), REFUSED)
def test_bad_values_are_refused_with_field_value_and_remedy(rule: str, value: str) -> None:
    with pytest.raises(RuleError) as refusal:
        values.RULES[rule](value, LABEL)
    german, english = said(refusal.value.text, "de"), said(refusal.value.text, "en_GB")
    assert german.startswith(f"Feldname: »{value.strip()}« ") or len(value) > 80 or value != value.strip()
    assert english.startswith("Field name: ")
    # cause, then remedy: two sentences
    assert german.count(". ") >= 1
    assert any(verb in german for verb in ("Geben Sie", "Beispiele"))


@given(st.text(max_size=60), st.sampled_from(sorted(values.RULES)))
def test_any_text_is_either_kept_or_refused_and_what_is_kept_stays(value: str, rule: str) -> None:
    try:
        kept = values.RULES[rule](value, LABEL)
    except RuleError:
        return
    assert values.RULES[rule](kept, LABEL) == kept


@given(st.datetimes(timezones=st.timezones()) | st.dates())
def test_every_date_of_the_calendar_is_one(moment: object) -> None:
    assert values.date(moment.isoformat(), LABEL)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g["type"])
def test_geometries_are_kept(geometry: dict) -> None:
    assert json.loads(geojson(json.dumps(geometry), LABEL)) == geometry
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    assert json.loads(geojson(json.dumps(feature), LABEL)) == geometry


@pytest.mark.parametrize("value", NO_GEOMETRIES, ids=lambda v: v[:40])
def test_what_is_no_geometry_in_wgs_84_is_refused(value: str) -> None:
    with pytest.raises(RuleError, match=r"Field name: .+WGS 84"):
        geojson(value, LABEL)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["type", "coordinates", "geometries", "geometry"]), inner, max_size=4),
)


@given(st.builds(lambda kind, inner: {"type": kind, "coordinates": inner, "geometries": inner},
                 st.sampled_from(["Point", "Polygon", "MultiPolygon", "GeometryCollection", "Feature"]), _json))
def test_any_json_is_either_a_geometry_or_refused(content: object) -> None:
    try:
        kept = geojson(json.dumps(content), LABEL)
    except RuleError:
        return
    assert geojson(kept, LABEL) == kept
