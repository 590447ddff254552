"""Each recorded sample, record by record, against a second reader (DuckDB)."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import yaml

from ckanext.jenasmartcity.connectors.sensors.boxes import CATEGORIES
from ckanext.jenasmartcity.tests.browser.places import district, inside
from ckanext.jenasmartcity.tests.browser.readers import day, delimited, features, number, select, text, truth
from ckanext.jenasmartcity.tests.unit.reading import ROOT, SAMPLES, accounted, configured, recorded, rows, table

BERLIN_JUNE = dt.timedelta(hours=2)


def test_soil_moisture_sites_equal_what_duckdb_reads():
    harvest = recorded("bodenfeuchte-stadtbaeume")
    sites = rows(harvest, "stationen")
    second = delimited(SAMPLES / "soil-moisture/Sensorstandorte.csv")
    assert len(second) == len(sites) == 173
    readers = {
        "aktiv": truth, "faellung": truth, "datlr": day, "gefaellt_am": day,
        **dict.fromkeys(("baumhoehe", "st_durchm", "st_umfang", "kr_durchm", "hochwert", "rechtswert",
                         "lon_4326", "lat_4326", "gid", "objectid", "pflanzjahr", "vitalitaet"), number),
    }
    entry = configured("bodenfeuchte-stadtbaeume")["options"]["tables"][0]
    for raw in second:
        site = sites[int(raw["gid"] or 0),]
        for header, value in raw.items():
            name = entry["rename"].get(header, header)
            if name in entry["omit"]:
                assert name not in site
                continue
            assert site[name] == readers.get(header, text)(value), (raw["gid"], header)
        exact = json.loads(raw["geom_4326_json"] or "")
        assert site["geometry"]["coordinates"] == pytest.approx(exact["coordinates"], abs=1e-6)
        assert site["ortsteil"] == district(float(site["lon"]), float(site["lat"])), raw["gid"]


def test_soil_moisture_values_equal_what_duckdb_reads():
    harvest = recorded("bodenfeuchte-stadtbaeume")
    values = rows(harvest, "messwerte")
    second = delimited(SAMPLES / "soil-moisture/Sensormesswerte.csv")
    assert len(second) == len(values) == 1730
    observed = {(entry.stream, entry.time): entry.value for entry in harvest.observations}
    places = {entry.id: (entry.lon, entry.lat) for entry in harvest.streams}
    sites = rows(harvest, "stationen")
    for raw in second:
        gid, date = int(raw["gid"] or 0), day(raw["Datum"])
        value = values[gid, date]
        assert value["wert"] == number(raw["Wert"])
        assert (value["prioritaet"], value["ausschluss"]) == (number(raw["Priorität"]), number(raw["Ausschluss"]))
        midnight = dt.datetime.combine(date or dt.date.min, dt.time(), dt.timezone(BERLIN_JUNE))
        assert observed[f"{gid}/soil_moisture", midnight] == value["wert"]
        assert places[f"{gid}/soil_moisture"] == tuple(sites[gid,]["geometry"]["coordinates"])
    assert len(observed) == len(harvest.observations) == 1730
    assert {entry.unit for entry in harvest.streams} == {None}


def test_soil_moisture_dataset_says_what_the_data_hold():
    harvest = recorded("bodenfeuchte-stadtbaeume")
    assert (harvest.found, len(harvest.rejected)) == (1903, 0)
    assert accounted(harvest)
    (draft,) = harvest.drafts
    assert (draft.type, draft.fields["station_count"]) == ("sensor", 173)
    assert draft.fields["temporal_coverage"] == [{"start": "2023-06-01", "end": "2023-06-10"}]
    (observed,) = draft.fields["observed_property"]
    assert observed == {"property": "Bodenfeuchte (Testwert)", "category": "soil_moisture"}
    assert "Winzerla" in draft.fields["ortsteil"]


def test_soil_moisture_values_are_marked_as_made_up():
    """No soil is equally moist at 173 trees on three days: the file is a test pattern."""
    days = select(
        "SELECT Datum, count(DISTINCT Wert) AS n FROM read_csv(?, delim=';', all_varchar=true) GROUP BY Datum",
        str(SAMPLES / "soil-moisture/Sensormesswerte.csv"),
    )
    assert sum(day["n"] == 1 for day in days) == 3
    entry = configured("bodenfeuchte-stadtbaeume")
    fields = entry["drafts"]["bodenfeuchte"]
    assert entry["organization"] == "beispieldaten"
    assert entry["defaults"]["sample"] is True
    assert "(erzeugt)" in fields["title"]
    assert "keine Messungen" in fields["quality_note"]


@pytest.mark.parametrize(("source", "name", "count"), [
    ("parkplaetze", "parkplaetze", 103), ("ortsteile", "ortsteile", 30),
    ("statistische-bezirke", "statistische_bezirke", 41),
])
def test_geojson_samples_equal_what_duckdb_reads(source: str, name: str, count: int):
    harvest = recorded(source)
    found = rows(harvest, name)
    second = features(SAMPLES / f"jena-geodaten/{source}.geojson")
    assert len(second) == len(found) == harvest.found == count
    assert accounted(harvest)
    assert harvest.rejected == ()
    for properties, geometry in second:
        row = found[properties["id"],]
        # the parking feed's second geometry, which the source's options leave out
        assert (properties.pop("the_geom", None) is not None) == (source == "parkplaetze")
        properties = {"name" if key == "statbez_name" else key: value for key, value in properties.items()}
        assert {key: row[key] for key in properties} == properties
        assert row["geometry"] == {"type": geometry["type"], "coordinates": geometry["coordinates"]}
        assert set(row) == {*properties, "lon", "lat", "geometry", "ortsteil"}
        lon, lat = float(row["lon"]), float(row["lat"])
        assert row["ortsteil"] == district(lon, lat)
        if geometry["type"] == "Point":
            assert [lon, lat] == geometry["coordinates"]
        else:
            assert inside(lon, lat, geometry)


def test_every_ortsteil_is_located_in_itself():
    assert all(row["ortsteil"] == row["name"] for row in rows(recorded("ortsteile"), "ortsteile").values())


def test_opensensemap_stations_equal_what_duckdb_reads():
    harvest = recorded("opensensemap-jena")
    stations = rows(harvest, "stationen")
    path = str(SAMPLES / "opensensemap/boxes-jena.json")
    second = select(
        "SELECT _id AS id, name, model, exposure, currentLocation.coordinates AS place, "
        "createdAt::TIMESTAMP AS created, updatedAt::TIMESTAMP AS updated, "
        "lastMeasurementAt::TIMESTAMP AS last_measurement FROM read_json(?)", path,
    )
    assert len(second) == harvest.found == 21
    outdoors = {raw["id"] for raw in second if raw["exposure"] == "outdoor"}
    assert {key for key, in stations} == outdoors
    assert {entry.id for entry in harvest.rejected} == {raw["id"] for raw in second} - outdoors
    assert {entry.code for entry in harvest.rejected} == {"not-outdoor"}
    for raw in second:
        if raw["id"] not in outdoors:
            continue
        row = stations[raw["id"],]
        lon, lat = raw["place"]
        assert (row["name"], row["model"], row["exposure"]) == (raw["name"], raw["model"], "outdoor")
        assert (float(row["lon"]), float(row["lat"])) == (lon, lat)
        assert row["geometry"] == {"type": "Point", "coordinates": [lon, lat]}
        assert row["ortsteil"] == district(lon, lat)
        for field in ("created", "updated", "last_measurement"):
            expected = raw[field].replace(tzinfo=dt.UTC) if raw[field] else None
            assert row[field] == expected, (raw["id"], field)


def test_opensensemap_sensors_equal_what_duckdb_reads():
    harvest = recorded("opensensemap-jena")
    sensors = rows(harvest, "messgroessen")
    second = select(
        "SELECT _id AS station, unnest(sensors, recursive := true) FROM read_json(?) WHERE exposure = 'outdoor'",
        str(SAMPLES / "opensensemap/boxes-jena.json"),
    )
    assert len(second) == len(sensors) == len(harvest.streams) == 89
    particles = {"PM10": "PM_10", "PM2.5": "PM_2_5"}
    for raw in second:
        row = sensors[raw["station"], raw["_id"]]
        assert (row["title"], row["unit_original"]) == (raw["title"], raw["unit"])
        assert row["sensor_type"] == raw["sensorType"]
        if raw["title"] in particles:
            assert (row["observed_property"], row["unit"]) == (particles[raw["title"]], "µg/m³")
        elif raw["title"] in ("Temperatur", "Temperature"):
            assert (row["observed_property"], row["unit"]) == ("air_temperature", "°C")
    assert harvest.observations == ()
    assert len({entry.id for entry in harvest.streams}) == 89


def test_opensensemap_dataset_says_what_the_data_hold():
    (draft,) = recorded("opensensemap-jena").drafts
    assert (draft.type, draft.fields["station_count"]) == ("sensor", 18)
    assert draft.fields["temporal_coverage"] == [{"end": "2023-02-28"}]
    assert "gerundet" in draft.fields["quality_note"]
    assert "Lobeda-Altstadt" in draft.fields["ortsteil"]
    listed = draft.fields["observed_property"]
    observed = {entry["property"]: (entry["category"], entry.get("unit")) for entry in listed}
    assert observed["Feinstaub (PM 10)"] == ("PM_10", "µg/m³")
    assert observed["Lufttemperatur"] == ("air_temperature", "°C")
    assert observed["UV-Index"] == ("UV_index", None)


def test_parking_dataset_covers_its_points():
    harvest = recorded("parkplaetze")
    (draft,) = harvest.drafts
    box = json.loads(draft.fields["spatial_coverage"][0]["bbox"])
    corners = box["coordinates"][0]
    lons = [float(row["lon"]) for row in rows(harvest, "parkplaetze").values()]
    assert (min(lons), max(lons)) == (corners[0][0], corners[2][0])
    assert draft.type == "logistics"
    assert any("Busbahnhof" in row["name"] for row in rows(harvest, "parkplaetze").values())


def _vocabulary(name: str) -> set[str]:
    entries = yaml.safe_load((ROOT / f"config/vocabularies/{name}.yaml").read_text("utf-8"))["entries"]
    return {entry["value"] for entry in entries}


@pytest.mark.parametrize(("field", "vocabulary"), [
    ("theme", "themes"), ("frequency", "frequency"), ("language", "languages"), ("availability", "availability"),
    ("mobility_theme", "mobility-themes"), ("transport_mode", "transport-modes"), ("rights", "access-conditions"),
    ("network_coverage", "network-coverage"), ("georeferencing_method", "georeferencing-methods"),
])
def test_codes_of_the_sources_are_in_the_vocabularies(field: str, vocabulary: str):
    known, checked = _vocabulary(vocabulary), 0
    for entry in yaml.safe_load((ROOT / "config/sources.yaml").read_text("utf-8")):
        for fields in (entry["defaults"], *entry["drafts"].values()):
            value = fields.get(field, [])
            given = {value} if isinstance(value, str) else set(value)
            assert given <= known, entry["name"]
            checked += len(given)
    assert checked


def test_categories_of_stations_are_in_the_vocabulary():
    found = rows(recorded("opensensemap-jena"), "messgroessen").values()
    assert {row["category"] for row in found} <= _vocabulary("sensor-categories")
    assert set(CATEGORIES.values()) <= _vocabulary("sensor-categories")


@pytest.mark.parametrize("source", [
    "opensensemap-jena", "bodenfeuchte-stadtbaeume", "parkplaetze", "ortsteile", "statistische-bezirke",
])
def test_every_source_is_described_for_people(source: str):
    entry, harvest = configured(source), recorded(source)
    assert {draft.id for draft in harvest.drafts} == set(entry["drafts"])
    for fields in entry["drafts"].values():
        assert all(len(fields[name]) > 100 for name in ("notes", "notes_en"))
        assert all(fields[name] for name in ("title", "title_en", "plain_language", "tags"))
    for column in (column for loaded in harvest.tables for column in loaded.columns):
        assert column.label is not None, column.id
        assert column.label.de, column.id
        assert column.label.en, column.id
    assert entry["defaults"]["license"].startswith("http://dcat-ap.de/def/licenses/")
    assert entry["defaults"]["attribution"]
    assert table(harvest, harvest.tables[0].name).geometry == "geometry"
