"""openSenseMap: what of a station may be seen, and what happens to the rest."""

from __future__ import annotations

import copy
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import SourceError
from ckanext.jenasmartcity.tests.unit.reading import accounted, codes, read, rows

BOX: dict[str, Any] = {
    "_id": "5eba5fbad46fb8001b799786", "createdAt": "2022-03-30T11:25:43.857Z", "updatedAt": "2026-07-10T13:09:47.587Z",
    "name": "Messpunkt am Paradies", "exposure": "outdoor", "model": "luftdaten_sds011_bme280",
    "currentLocation": {"type": "Point", "coordinates": [11.5867849, 50.9274321, 150.0]},
    "lastMeasurementAt": "2026-07-10T13:09:47.578Z",
    "sensors": [
        {"_id": "a1", "title": "PM10", "unit": "μm/m3", "sensorType": "SDS 011",
         "lastMeasurement": {"createdAt": "2026-07-10T13:09:47.578Z", "value": "3.20"}},
        {"_id": "a2", "title": "Strecke", "unit": "μm/m3", "sensorType": "X"},
    ],
}


def _box(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BOX), **changes}


def _read(*boxes: Any) -> Any:
    return read("opensensemap", json.dumps(boxes).encode())


@pytest.mark.parametrize("name", [
    "Jena, Musterpfad 9", "Musterstraße 12a", "Musterstr.9", "Am Mustermarkt 3-5", "Unterm Muster 7", "9 Musterweg",
    "07743 Jena", "Balkon Musterallee 101 b", "Familie Beispiel", "station@beispiel.example", "beispiel.net (lora)",
    "Wetter 03641 123456", "https://beispiel.example/",
])
def test_a_name_that_tells_an_address_or_a_person_is_nowhere_in_the_output(name: str):
    harvest = _read(_box(name=name, description=name, weblink=name, grouptag=[name]))
    # pragma: allowlist nextline secret
    assert rows(harvest, "stationen")["5eba5fbad46fb8001b799786",]["name"] == "Station 9786"
    assert name not in repr(harvest)
    assert harvest.streams[0].name == "Station 9786: PM10"


@pytest.mark.parametrize("name", [
    "Schule Muster 1.0", "Krautgarten", "WS3080", "Lobeda-Altstadt_test", "Station 3", "senseBox 2", "Feinstaub-Jena",
])
def test_a_harmless_name_is_kept(name: str):
    # pragma: allowlist nextline secret
    assert rows(_read(_box(name=name)), "stationen")["5eba5fbad46fb8001b799786",]["name"] == name


def test_free_texts_and_links_are_not_carried():
    harvest = _read(_box(description="Wir wohnen im dritten Stock", weblink="beispielseite", image="bild.jpg"))
    for told in ("dritten Stock", "beispielseite", "bild.jpg"):
        assert told not in repr(harvest)


@pytest.mark.parametrize("exposure", ["indoor", "mobile", "unknown", None, "Musterstraße 9"])
def test_only_what_stands_outdoors_is_published(exposure: str | None):
    harvest = _read(_box(exposure=exposure))
    # pragma: allowlist nextline secret
    assert codes(harvest) == {"5eba5fbad46fb8001b799786": "not-outdoor"}
    assert harvest.tables[0].rows == harvest.tables[1].rows == harvest.streams == ()
    assert "Musterstraße" not in harvest.rejected[0].message("de")
    assert "11.58" not in repr(harvest)


def test_positions_are_rounded_and_said_to_be_the_owners():
    harvest = _read(_box())
    row = rows(harvest, "stationen")["5eba5fbad46fb8001b799786",]
    assert (row["lon"], row["lat"]) == (Decimal("11.587"), Decimal("50.927"))
    assert row["geometry"] == {"type": "Point", "coordinates": [11.587, 50.927]}
    assert (harvest.streams[0].lon, harvest.streams[0].lat) == (11.587, 50.927)
    assert "50.9274" not in repr(harvest)
    assert "stammen von den Betreibenden" in harvest.drafts[0].fields["quality_note"]


def test_the_unit_is_corrected_for_particulate_matter_only():
    found = rows(_read(_box()), "messgroessen")
    particles, other = found["5eba5fbad46fb8001b799786", "a1"], found["5eba5fbad46fb8001b799786", "a2"]
    assert (particles["unit"], particles["unit_original"]) == ("µg/m³", "μm/m3")
    assert other["unit"] == "µm/m3"


def test_the_live_form_gives_the_last_value():
    (value,) = _read(_box()).observations
    assert value.stream == "5eba5fbad46fb8001b799786/a1"
    assert (value.value, value.time) == (Decimal("3.20"), dt.datetime(2026, 7, 10, 13, 9, 47, 578000, dt.UTC))


def test_a_single_box_is_read_like_a_list_of_one():
    assert read("opensensemap", json.dumps(BOX).encode()).tables == _read(BOX).tables


def test_a_station_that_never_measured_has_no_time_and_the_dataset_invents_none():
    harvest = _read(_box(lastMeasurementAt=None))
    # pragma: allowlist nextline secret
    assert rows(harvest, "stationen")["5eba5fbad46fb8001b799786",]["last_measurement"] is None
    assert "temporal_coverage" not in harvest.drafts[0].fields


@pytest.mark.parametrize(("change", "code"), [
    ({"_id": None}, "no-id"), ({"_id": "Musterweg 9"}, "no-id"), ({"currentLocation": None}, "no-geometry"),
    ({"currentLocation": {"coordinates": ["11.5", "50.9"]}}, "no-geometry"),
    ({"currentLocation": {"coordinates": [684988.0, 5640608.5]}}, "outside"),
    ({"createdAt": "gestern"}, "not-a-date"), ({"lastMeasurementAt": 5}, "not-a-date"),
])
def test_a_broken_box_is_rejected_and_its_neighbour_stays(change: dict[str, Any], code: str):
    harvest = _read(_box(**change), _box(_id="other"))
    assert [entry.code for entry in harvest.rejected] == [code]
    assert list(rows(harvest, "stationen")) == [("other",)]
    assert "Musterweg" not in repr(harvest)


def test_a_box_that_comes_twice_is_taken_once():
    harvest = _read(_box(), _box(name="zweite"))
    # pragma: allowlist nextline secret
    assert codes(harvest) == {"5eba5fbad46fb8001b799786": "duplicate-id"}
    assert accounted(harvest, "stationen")


def test_a_broken_sensor_is_rejected_by_itself():
    sensors = [{"_id": "a1", "title": "PM10"}, {"_id": "a1", "title": "PM10"}, {"title": "ohne"}, None,
               {"_id": "a4", "title": "Temperatur", "lastMeasurement": {"value": "warm"}}]
    harvest = _read(_box(sensors=sensors))
    assert sorted(entry.code for entry in harvest.rejected) == ["duplicate-id", "no-id", "no-id", "not-a-number"]
    assert accounted(harvest, "stationen")
    assert len(rows(harvest, "messgroessen")) == 2


@pytest.mark.parametrize(("body", "code"), [
    (b"", "empty"), (b" \n", "empty"), (b"<!DOCTYPE html><html><body>Anmelden</body></html>", "html"),
    (b'[{"_id": "5eba', "not-the-format"),
    (b'{"message": "Not Found"}', "not-the-format"), (b"\xff\xfe\x00", "not-the-format"), (b"[\x00]", "not-the-format"),
    (b"[" * 100_000, "not-the-format"),
])
def test_what_is_no_list_of_boxes_is_one_clear_error(body: bytes, code: str):
    with pytest.raises(SourceError) as caught:
        read("opensensemap", body)
    assert caught.value.code == code
    assert "?" not in caught.value.message("de").replace("…}, …]?", "")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=8,
)
_BOX_PARTS = st.fixed_dictionaries({}, optional={
    "_id": st.text("ab1", max_size=3) | _JSON, "name": _JSON, "exposure": st.just("outdoor") | _JSON,
    "createdAt": st.sampled_from(["2022-03-30T11:25:43Z", "9999-12-31T23:59:59-12:00", "0001-01-01"]) | _JSON,
    "currentLocation": _JSON | st.fixed_dictionaries(
        {"coordinates": st.lists(st.floats(-200, 200) | _JSON, max_size=3)}
    ),
    "sensors": st.lists(st.fixed_dictionaries({}, optional={
        "_id": st.text("ab", max_size=2), "title": _JSON, "unit": _JSON,
        "lastMeasurement": _JSON | st.fixed_dictionaries(
            {"value": st.text("0123456789.e-", max_size=5) | _JSON, "createdAt": _JSON}
        ),
    }) | _JSON, max_size=3) | _JSON,
})


@given(st.binary(max_size=200))
def test_any_bytes_give_a_harvest_or_a_source_error(body: bytes):
    try:
        harvest = read("opensensemap", body)
    except SourceError:
        return
    assert accounted(harvest, "stationen")


@given(st.lists(_BOX_PARTS | _JSON, max_size=5))
def test_every_box_is_a_station_or_rejected(boxes: list[Any]):
    harvest = read("opensensemap", json.dumps(boxes).encode())
    assert accounted(harvest, "stationen")
    assert all(entry.message("de") and entry.message("en") for entry in harvest.rejected)
