"""GeoJSON: properties and geometry of each feature, or the reason why not."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import SourceError
from ckanext.jenasmartcity.tests.unit.reading import accounted, codes, read, rows

POINT = {"type": "Point", "coordinates": [11.5861, 50.9271]}
SQUARE = {"type": "Polygon", "coordinates": [[[11, 50], [12, 50], [12, 51], [11, 51], [11, 50]]]}


def _feature(geometry: Any = POINT, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _read(*features: Any, options: dict[str, Any] | None = None, **members: Any) -> Any:
    body = json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()
    return read("geojson", body, {"table": {"name": "t"}, **(options or {})})


def test_properties_keep_their_types_and_the_place_is_added():
    harvest = _read(
        _feature(id=7, name=" Eichplatz ", frei=1.5, offen=True, seit="2023-06-01", extra={"a": [1]}, leer="")
    )
    row = rows(harvest, "t")[7,]
    assert row == {
        "id": 7, "name": "Eichplatz", "frei": Decimal("1.5"), "offen": True, "seit": dt.date(2023, 6, 1),
        "extra": {"a": [1]}, "leer": None, "lon": Decimal("11.5861"), "lat": Decimal("50.9271"), "geometry": POINT,
        "ortsteil": None,
    }
    assert {column.id: column.type for column in harvest.tables[0].columns}["extra"] == "json"


def test_digits_that_the_publisher_wrote_as_text_stay_text():
    assert rows(_read(_feature(id=1, plz="07743")), "t")[1,]["plz"] == "07743"


def test_the_features_own_id_is_the_key_where_there_is_one():
    harvest = _read({**_feature(name="a"), "id": "x1"}, {**_feature(name="b"), "id": "x2"})
    assert harvest.tables[0].key == ("feature_id",)
    assert rows(harvest, "t")["x2",]["name"] == "b"


def test_without_any_identifier_features_are_numbered():
    assert list(rows(_read(_feature(name="a"), _feature(name="a")), "t")) == [(1,), (2,)]


def test_a_second_geometry_is_left_out_and_old_members_of_the_first_too():
    feature = _feature({**POINT, "crs": {"type": "name"}, "bbox": [1, 2, 3, 4]}, id=1, the_geom={"type": "Point"})
    row = rows(_read(feature, options={"omit": ["the_geom"]}), "t")[1,]
    assert "the_geom" not in row
    assert row["geometry"] == POINT


def test_an_area_has_a_point_inside_and_a_box():
    harvest = _read(_feature(SQUARE, id=1))
    row = rows(harvest, "t")[1,]
    assert (row["lon"], row["lat"]) == (Decimal("11.5"), Decimal("50.5"))
    box = json.loads(harvest.drafts[0].fields["spatial_coverage"][0]["bbox"])
    assert box["coordinates"][0][2] == [12, 51]


@pytest.mark.parametrize(("geometry", "code"), [
    (None, "no-geometry"), ({}, "no-geometry"), ({"type": "Point", "coordinates": []}, "no-geometry"),
    ({"type": "Point", "coordinates": ["11.5", "50.9"]}, "no-geometry"),
    ({"type": "Point", "coordinates": [True, False]}, "no-geometry"),
    ({"type": "Kreis", "coordinates": [1, 2]}, "no-geometry"), ({"type": ["Point"], "coordinates": 1}, "no-geometry"),
    ({"type": "Polygon", "coordinates": [[[11, 50], [12, 50], [11, 50]]]}, "no-geometry"),
    ({"type": "LineString", "coordinates": [[11, 50]]}, "no-geometry"),
    ({"type": "GeometryCollection", "geometries": []}, "no-geometry"),
    ({"type": "Point", "coordinates": [684988.06, 5640608.5]}, "outside"),
    ({"type": "Point", "coordinates": [50.9, 111.5]}, "outside"),
])
def test_a_feature_without_a_usable_place_is_rejected(geometry: Any, code: str):
    harvest = _read(_feature(geometry, id=1), _feature(id=2))
    assert codes(harvest) == {"1": code}
    assert list(rows(harvest, "t")) == [(2,)]


def test_what_is_no_feature_doubled_or_of_another_type_is_rejected():
    harvest = _read(
        _feature(id=1, n=1), _feature(id=1, n=2), _feature(n=3), None, {"type": "Point"}, _feature(id=4, n="x"),
        options={"key": ["id"], "columns": {"n": {"type": "int"}}},
    )
    assert [entry.code for entry in harvest.rejected] == [
        "duplicate-id", "no-id", "not-readable", "not-readable", "not-a-number"]
    assert (harvest.found, len(harvest.tables[0].rows)) == (6, 1)


@pytest.mark.parametrize("name", [
    "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84",
])
def test_an_old_name_for_wgs84_is_tolerated(name: str):
    assert _read(_feature(id=1), crs={"type": "name", "properties": {"name": name}}).found == 1


@pytest.mark.parametrize("system", [
    {"type": "name", "properties": {"name": "EPSG:25832"}}, {"type": "name", "properties": {"name": "EPSG:43260"}},
    {"type": "link"}, "EPSG:4326", {"properties": {"name": None}},
])
def test_another_coordinate_system_is_refused(system: Any):
    with pytest.raises(SourceError) as caught:
        _read(_feature(id=1), crs=system)
    assert caught.value.code == "not-the-format"


@pytest.mark.parametrize(("body", "code"), [
    (b"", "empty"), (b"<!DOCTYPE HTML><title>Fehler</title>", "html"),
    (b'{"type":"FeatureCollection","features":[', None),
    (b"[]", None), (b'{"type":"Topology"}', None), (b'{"type":"FeatureCollection","features":{}}', None),
    (b"\x00\x01", None),
    ('{"type":"FeatureCollection","features":["ä"'.encode("cp1252"), None),
])
def test_what_is_no_collection_is_one_clear_error(body: bytes, code: str | None):
    with pytest.raises(SourceError) as caught:
        read("geojson", body)
    assert caught.value.code == (code or "not-the-format")


@pytest.mark.parametrize(("mark", "told"), [
    (b'"a\\u0000"', "NUL"), (b'"a\x00b"', "NUL"), (b"NaN", "NaN"), (b"-Infinity", "Infinity"), (b"1e999", "Infinity"),
    (b"9" * 5000, "Infinity"), ('"Ä'.encode() + b'\xff"', "UTF-8"), (b'{"tief":["\xc3"]}', "UTF-8"),
])
def test_a_feature_that_nobody_can_store_is_refused_by_itself(mark: bytes, told: str):
    good = '{"type":"Feature","properties":{"id":%d,"n":"Löbstedter Straße"},"geometry":null}'
    features = [(good % number).encode() for number in range(50)]
    features[7] = b'{"type":"Feature","properties":{"id":7,"n":%s},"geometry":null}' % mark
    harvest = read("geojson", b'{"type":"FeatureCollection","features":[' + b",".join(features) + b"]}")
    [rejected] = [one for one in harvest.rejected if one.code != "no-geometry"]
    assert (rejected.id, rejected.code) == ("7", "not-readable")
    assert told in rejected.message("de")
    assert accounted(harvest)


def test_half_an_emoji_is_marked_not_lost():
    body = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":1,"n":"a\\ud800"},' \
           b'"geometry":{"type":"Point","coordinates":[11,50]}}]}'
    assert rows(read("geojson", body, {"table": {"name": "t"}}), "t")[1,]["n"] == "a�"


_NUMBERS = st.floats(-190, 190, allow_nan=False) | st.integers()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=8,
)
_POSITION = st.lists(_NUMBERS, min_size=1, max_size=3)
_GEOMETRY = st.fixed_dictionaries({
    "type": st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "MultiPoint", "GeometryCollection"]),
    "coordinates": _POSITION | st.lists(_POSITION, max_size=4) | st.lists(st.lists(_POSITION, max_size=5), max_size=2),
    "geometries": st.lists(st.just(POINT) | _JSON, max_size=2),
}) | st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=3, max_size=7).map(
    lambda ring: {"type": "Polygon", "coordinates": [[list(p) for p in [*ring, ring[0]]]]})
_FEATURE = st.fixed_dictionaries({"type": st.just("Feature")}, optional={
    "id": _JSON, "geometry": _GEOMETRY | _JSON,
    "properties": _JSON | st.dictionaries(
        st.sampled_from(["id", "name", "Größe", "groesse", "lon", "geometry"]), _JSON
    ),
})


@given(st.binary(max_size=200))
def test_any_bytes_give_a_harvest_or_a_source_error(body: bytes):
    try:
        harvest = read("geojson", body)
    except SourceError:
        return
    assert accounted(harvest)


@given(st.lists(_FEATURE | _JSON, max_size=5), st.sampled_from([{}, {"key": ["id"]}]))
def test_every_feature_is_a_row_or_rejected(features: list[Any], options: dict[str, Any]):
    harvest = _read(*features, _feature(id=1), options=options)
    assert harvest.found == len(features) + 1
    assert accounted(harvest)
    assert all(entry.message("de") and entry.message("en") for entry in harvest.rejected)
