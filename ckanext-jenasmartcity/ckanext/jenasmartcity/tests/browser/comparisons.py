"""The running portal's records against a second reader's: by key, field by field, with types.

One comparison for each connector.  It returns the (id, code) that the portal must have
rejected.  What a source's options declare as left out is absent; nothing else is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ckanext.jenasmartcity.tests.browser import asking, places, readers
from ckanext.jenasmartcity.tests.browser.harvested import Harvested, Key, Row

COMPUTED = {"lon", "lat", "geometry", "ortsteil"}
STORED = {"text": "text", "int": "int8", "numeric": "numeric", "bool": "bool", "date": "date"}
# GTFS's reference: what is a number or a day; all else is text, times past midnight included.
GTFS_INT = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "exception_type", "location_type",
    "wheelchair_boarding", "route_type", "direction_id", "wheelchair_accessible", "bikes_allowed", "stop_sequence",
    "shape_pt_sequence", "pickup_type", "drop_off_type", "timepoint", "route_sort_order",
}
GTFS_NUMERIC = {"stop_lat", "stop_lon", "shape_pt_lat", "shape_pt_lon", "shape_dist_traveled"}
GTFS_DATE = {"start_date", "end_date", "date", "feed_start_date", "feed_end_date"}
GTFS_KEYS = {
    "agency": ("agency_id",), "stops": ("stop_id",), "routes": ("route_id",), "trips": ("trip_id",),
    "stop_times": ("trip_id", "stop_sequence"), "calendar": ("service_id",), "calendar_dates": ("service_id", "date"),
    "shapes": ("shape_id", "shape_pt_sequence"), "feed_info": ("feed_publisher_name",),
}
# Parts of the two formats that the portal's tables and offers have no field for, and why nobody misses them.
WEEK = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
LESSON = dt.timedelta(minutes=45)
UNUSED_OFFER = {
    "text/eigenschaft", "webadresse/typ", "webadresse/name", "merkmale/merkmal/name",  # say which value is meant
    "veranstaltungsort/adresse/land",
}


def equal(theirs: Mapping[Key, Row], ours: Mapping[Key, Row], computed: set[str]) -> None:
    """The same keys, the same fields, the same values; beyond them only what is computed."""
    assert set(theirs) == set(ours), f"missing {set(theirs) - set(ours)}, too much {set(ours) - set(theirs)}"
    for key, row in theirs.items():
        mine = ours[key]
        fields = set(mine) - computed ^ set(row) - computed
        assert not fields, f"{key}: only in the portal or only in the feed: {fields}"
        for column, value in row.items():
            assert mine[column] == value, f"{key} {column}: {mine[column]!r} is not {value!r}"


def placed(row: Row, geometry: Mapping[str, Any] | None = None) -> None:
    """A computed place is plausible: the geometry is the source's, the point is in it, the Ortsteil is the point's."""
    found = json.loads(json.dumps(row["geometry"], default=float))
    lon, lat = (float(row[name]) for name in ("lon", "lat"))
    if geometry is not None:
        same = found == {"type": geometry["type"], "coordinates": geometry["coordinates"]}
        assert same, f"the geometry at {lon}, {lat} is not the feed's"
    if found["type"] == "Point":
        assert found["coordinates"] == [lon, lat], f"{found} is not at {lon}, {lat}"
    else:
        assert places.inside(lon, lat, found), f"{lon}, {lat} lies outside its area"
    district = places.district(lon, lat)
    assert row["ortsteil"] == district, f"{lon}, {lat} lies in {district}, not {row['ortsteil']}"


# --- one comparison for each connector ------------------------------------------------


def sheets(source: Row, portal: Harvested, folder: Path) -> set[tuple[str, str]]:
    """CSV with DuckDB: typed as the source's options declare."""
    for spec in source["options"]["tables"]:
        declared = {column: entry["type"] for column, entry in spec["columns"].items()}
        dropped, renamed = set(spec.get("omit", ())), spec.get("rename", {})
        theirs = {}
        for raw in readers.delimited(readers.sample(source).with_name(spec["url"]), spec.get("delimiter", ";")):
            row = {renamed.get(header, readers.column_id(header)): value for header, value in raw.items()}
            surprises = set(row) ^ (dropped | set(declared))
            assert not surprises, f"neither declared nor omitted, or not in the file: {surprises}"
            typed = {name: readers.SHEET[declared[name]](value) for name, value in row.items() if name not in dropped}
            theirs[tuple(typed[name] for name in spec["key"])] = typed
        types, ours = portal.table(spec["name"], tuple(spec["key"]))
        assert {name: types[name] for name in declared} == {name: STORED[type_] for name, type_ in declared.items()}
        equal(theirs, ours, {"geometry", "ortsteil"} if "lon" in spec else set())
        for row in ours.values() if "lon" in spec else ():
            placed(row)
    assert set(portal.tables) == {spec["name"] for spec in source["options"]["tables"]}
    return set()


def areas(source: Row, portal: Harvested, folder: Path) -> set[tuple[str, str]]:
    """GeoJSON with DuckDB."""
    options = source["options"]
    dropped, renamed = set(options.get("omit", ())), options.get("rename", {})
    theirs, geometries = {}, {}
    for properties, geometry in readers.features(readers.sample(source)):
        row = {renamed.get(name, name): value for name, value in properties.items() if name not in dropped}
        key = tuple(row[name] for name in options["key"])
        theirs[key], geometries[key] = row, geometry
    types, ours = portal.table(options["table"]["name"], tuple(options["key"]))
    equal(theirs, ours, COMPUTED)
    declared = {name: STORED[entry["type"]] for name, entry in options["columns"].items()}
    assert {name: types[name] for name in declared} == declared
    for key, row in ours.items():
        placed(row, geometries[key])
    return set()


def timetable(source: Row, portal: Harvested, folder: Path) -> set[tuple[str, str]]:
    """GTFS with DuckDB: every member, typed as GTFS's reference says."""
    path, compared = readers.sample(source), set(readers.members(readers.sample(source)))
    compared -= set(source["options"].get("leave_out", ()))
    assert set(portal.tables) == compared
    for member in compared:
        types, ours = portal.table(member, GTFS_KEYS[member])
        theirs = {}
        for raw in readers.zipped(path, f"{member}.txt", folder):
            row = {name: _gtfs(name)(value) for name, value in raw.items()}
            assert {name: types[name] for name in row} == {name: _gtfs_type(name) for name in row}
            theirs[tuple(row[name] for name in GTFS_KEYS[member])] = row
        equal(theirs, ours, {"geometry", "ortsteil"} if member == "stops" else set())
        for row in ours.values() if member == "stops" else ():
            placed({**row, "lon": row["stop_lon"], "lat": row["stop_lat"]})
    return set()


def _gtfs(name: str) -> Callable[[str | None], Any]:
    return {"int8": readers.whole, "numeric": readers.number, "date": readers.iso_day, "text": readers.text}[
        _gtfs_type(name)]


def _gtfs_type(name: str) -> str:
    return ("int8" if name in GTFS_INT else "numeric" if name in GTFS_NUMERIC else
            "date" if name in GTFS_DATE else "text")


def boxes(source: Row, portal: Harvested, folder: Path) -> set[tuple[str, str]]:
    """openSenseMap with jq: outdoor stations and what they measure; the others are rejected."""
    path = readers.sample(source)
    fields = set(readers.jq(path, '.[] | del(.sensors) | paths(scalars or . == null) | map(strings) | join(".")'))
    told = {"_id", "name", "exposure", "model", "createdAt", "updatedAt", "lastMeasurementAt", "currentLocation.type",
            "currentLocation.coordinates", "currentLocation.timestamp"}
    assert fields == told, f"nobody reads {fields - told}"
    found = readers.jq(path, ".[]")
    stations, sensors = {}, {}
    for box in (box for box in found if box["exposure"] == "outdoor"):
        lon, lat = (round(value, 3) for value in box["currentLocation"]["coordinates"])
        times = {"created": "createdAt", "updated": "updatedAt", "last_measurement": "lastMeasurementAt"}
        stations[box["_id"],] = {
            "id": box["_id"], **{name: box[name] for name in ("name", "model", "exposure")}, "lon": lon, "lat": lat,
            **{name: dt.datetime.fromisoformat(box[at]) if box[at] else None for name, at in times.items()},
            "position_set": dt.datetime.fromisoformat(box["currentLocation"]["timestamp"]),
        }
        for sensor in box["sensors"]:
            assert set(sensor) == {"_id", "title", "unit", "sensorType"}
            sensors[box["_id"], sensor["_id"]] = {
                "station_id": box["_id"], "sensor_id": sensor["_id"], "title": sensor["title"],
                "unit_original": sensor["unit"], "sensor_type": sensor["sensorType"],
            }
    _, ours = portal.table("stationen", ("id",))
    equal(stations, ours, {"geometry", "ortsteil"})
    for row in ours.values():
        placed(row)
    _, measured = portal.table("messgroessen", ("station_id", "sensor_id"))
    equal(sensors, measured, {"observed_property", "category", "unit"})
    for row in measured.values():
        _named_alike(row)
    return {(box["_id"], "not-outdoor") for box in found if box["exposure"] != "outdoor"}


def _named_alike(row: Row) -> None:
    """The portal's own name of a quantity, where the source's leaves no doubt, and its spelling of the unit."""
    known = {"PM10": "PM_10", "PM2.5": "PM_2_5", "Temperatur": "air_temperature", "Temperature": "air_temperature",
             "rel. Luftfeuchte": "air_humidity", "Luftdruck": "air_pressure"}
    title, named, unit = row["title"], row["observed_property"], "".join((row["unit_original"] or "").split())
    assert named == known.get(title, named), f"{title}: {named}"
    written = "µg/m³" if title in ("PM10", "PM2.5") else unit.replace("\u03bc", "\u00b5")
    assert row["unit"] in (written, None), f"{title}: {row['unit']}"
    assert row["unit"] or not any(map(str.isalpha, unit)), f"{title}: no unit for {unit}"


def offers(source: Row, portal: Harvested, folder: Path) -> set[tuple[str, str]]:
    """Open-vhs with xmllint: every offer, those that are over too, in the list and in the index of the search."""
    path = readers.sample(source)
    _nothing_unread(path)
    theirs = {raw["guid"]: raw for raw in readers.offers(path)}
    listed = asking.offers(source["name"])
    ours = {one["source_id"]: one for one in listed}
    assert set(ours) == set(theirs), f"missing {set(theirs) - set(ours)}, too much {set(ours) - set(theirs)}"
    assert len(listed) == len(ours), "two offers with one id"
    for key, raw in theirs.items():
        _offer(ours[key], raw)
        assert ours[key]["dataset_id"] in portal.packages
    indexed = {one["id"]: one for one in asking.found_offers() if one["source"] == source["name"]}
    assert set(indexed) == {one["id"] for one in listed}, "the search does not know the offers that the list does"
    shown = ("name", "description", "subjects", "audience", "course_mode", "place_name", "place_district",
             "place_accessible", "free_of_charge", "price", "url")
    for one in listed:
        said = {name: one[name] for name in shown if one[name] not in (None, "", [])}
        found = {name: indexed[one["id"]].get(name) for name in said}
        assert found == said, f"{one['source_id']}: the search shows {found}"
    return set()


def _nothing_unread(path: Path) -> None:
    """Every leaf of every veranstaltung is one of those that are read or known to be unused."""
    entry = "/*/*[local-name()='veranstaltung']"
    known = {re.sub(r"\[.*?\]", "", step) for step in readers.OFFER.values()} | UNUSED_OFFER
    union = " | ".join(f"{entry}/{step}" for step in sorted(known))
    leaves, read = (readers.xmllint(path, f"count({nodes})") for nodes in (f"{entry}//*[not(*)]", union))
    assert leaves == read, f"the feed has {leaves} values, {read} are read or known to be unused"
    more = f"termin[{readers.MOST_DAYS + 1}] or schlagwort[{readers.MOST_WORDS + 1}] or text[2]"
    count = readers.xmllint(path, f"count({entry}[{more} or zielgruppe[{readers.MOST_GROUPS + 1}]])")
    assert count == "0", f"{count} offers say more than the second reader reads"


def _offer(mine: Row, raw: dict[str, str]) -> None:
    expected = readers.offered(raw)
    shown: Row = {name: readers.squeezed(mine[name]) if isinstance(mine[name], str) else mine[name] for name in mine}
    sessions = [tuple(dt.datetime.fromisoformat(time) for time in session) for session in mine["sessions"]]
    begin, end = (dt.datetime.fromisoformat(mine[name]) if mine[name] else None for name in ("start", "end"))
    shown |= {
        "sessions": sessions, "start": begin and begin.date(), "end": end and end.date(),
        "valid_until": readers.iso_day(mine["valid_until"]),
    }
    for name, value in expected.items():
        assert shown[name] == value, f"{raw['guid']} {name}: {shown[name]!r} is not {value!r}"
    for name, beginning in readers.beginnings(raw).items():
        assert (shown[name] or "").startswith(beginning), (raw["guid"], name)
    assert bool(mine["price_note"]) == bool(readers.beginnings(raw)["price_note"])
    assert raw["text"] in shown["description"], raw["guid"]
    if sessions:
        lasts = sum((last - first for first, last in sessions), dt.timedelta())
        follows = (sessions[0][0], str(len(sessions)), lasts, WEEK[sessions[0][0].weekday()])
        said = (begin, raw["anzahl"], LESSON * float(raw["dauer"]), raw["wochentag"])
        assert follows == said, f"{raw['guid']}: {follows} is not {said}"


COMPARISONS: dict[str, Callable[[Row, Harvested, Path], set[tuple[str, str]]]] = {
    "csv": sheets, "geojson": areas, "gtfs": timetable, "opensensemap": boxes, "open-vhs": offers,
}
