"""From one box of the openSenseMap API to a station that may be shown."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ckanext.jenasmartcity.connectors.base import Observation, Rejected
from ckanext.jenasmartcity.connectors.geometries import in_degrees
from ckanext.jenasmartcity.connectors.sensors.boxes import observed_property, shown_name, shown_term, unit
from ckanext.jenasmartcity.connectors.values import Refusal, moment, number

_EXPOSURES = frozenset({"indoor", "mobile", "unknown"})
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_PLACES = 3  # decimals of a degree: some 100 m


@dataclass(frozen=True, slots=True)
class Sensor:
    """One quantity that a station measures."""

    id: str
    title: str
    observed: str
    unit: str | None
    unit_original: str | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class Station:
    """A box as it may be shown; lon/lat rounded, degrees, WGS 84."""

    id: str
    name: str
    model: str | None
    lon: float
    lat: float
    ortsteil: str | None
    created: dt.datetime | None
    updated: dt.datetime | None
    last: dt.datetime | None
    position_set: dt.datetime | None = None
    sensors: tuple[Sensor, ...] = ()
    observations: tuple[Observation, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def is_id(value: Any) -> bool:
    """Whether a value can be shown as an identifier: letters, digits, "_" and "-"."""
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def station_of(box: Any, locate: Callable[[float, float], str | None]) -> Station:
    """One box of the API.  Raises Refusal (not-readable, no-id, not-outdoor, no-geometry, outside, not-a-date)."""
    if not isinstance(box, dict):
        raise Refusal("not-readable", None, detail="{_id: …}?")
    if not is_id(box.get("_id")):
        raise Refusal("no-id", "_id")
    exposure = box.get("exposure")
    if exposure != "outdoor":
        shown = exposure if isinstance(exposure, str) and exposure in _EXPOSURES else "?"
        raise Refusal("not-outdoor", "exposure", value=shown)
    lon, lat = _position(box)
    neutral = f"Station {box['_id'][-4:]}"
    sensors, observations, rejected = _sensors(box)
    return Station(
        id=box["_id"], name=shown_name(box.get("name"), neutral), model=shown_term(box.get("model"), "") or None,
        lon=lon, lat=lat, ortsteil=locate(lon, lat),
        created=_time(box, "createdAt"), updated=_time(box, "updatedAt"), last=_time(box, "lastMeasurementAt"),
        position_set=_time(box["currentLocation"], "timestamp"),
        sensors=sensors, observations=observations, rejected=rejected,
    )


def _position(box: dict[str, Any]) -> tuple[float, float]:
    location = box.get("currentLocation")
    coordinates = location.get("coordinates") if isinstance(location, dict) else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise Refusal("no-geometry", "currentLocation")
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in coordinates[:2]):
        raise Refusal("no-geometry", "currentLocation")
    in_degrees(coordinates[0], coordinates[1])
    return round(float(coordinates[0]), _PLACES), round(float(coordinates[1]), _PLACES)


def _time(record: dict[str, Any], field: str) -> dt.datetime | None:
    value = record.get(field)
    if value is None:
        return None
    time = moment(value) if isinstance(value, str) else None
    if time is None:
        raise Refusal("not-a-date", field, value=str(value)[:40] if isinstance(value, int | float) else "?")
    return time


def _sensors(box: dict[str, Any]) -> tuple[tuple[Sensor, ...], tuple[Observation, ...], tuple[Rejected, ...]]:
    raw = box.get("sensors")
    taken: dict[str, Sensor] = {}
    observations: list[Observation] = []
    rejected: list[Rejected] = []
    for place, entry in enumerate(raw if isinstance(raw, list) else (), start=1):
        part = entry.get("_id") if isinstance(entry, dict) else None
        name = f"{box['_id']}/{part if is_id(part) else place}"
        try:
            sensor = _sensor(entry)
            if sensor.id in taken:
                raise Refusal("duplicate-id", "sensors._id")
            taken[sensor.id] = sensor
            observations += _last_value(entry, f"{box['_id']}/{sensor.id}")
        except Refusal as refusal:
            rejected.append(refusal.rejected(name))
    return tuple(taken.values()), tuple(observations), tuple(rejected)


def _sensor(entry: Any) -> Sensor:
    if not isinstance(entry, dict) or not is_id(entry.get("_id")):
        raise Refusal("no-id", "sensors._id")
    title = shown_term(entry.get("title"), f"Sensor {entry['_id'][-4:]}")
    observed = observed_property(title)
    original = shown_term(entry.get("unit"), "") or None
    kind = shown_term(entry.get("sensorType"), "") or None
    return Sensor(entry["_id"], title, observed, unit(original, observed), original, kind)


def _last_value(entry: dict[str, Any], stream: str) -> Iterator[Observation]:
    """The live API carries each sensor's last value; older answers only its id, or nothing."""
    last = entry.get("lastMeasurement")
    if not isinstance(last, dict) or last.get("value") is None:
        return
    value = number(str(last["value"]).strip()) if isinstance(last["value"], str | int | float) else None
    if value is None or isinstance(last["value"], bool):
        raise Refusal("not-a-number", "lastMeasurement", value="?")
    time = _time(last, "createdAt")
    if time is not None:
        yield Observation(stream, time, value)


__all__ = ["Sensor", "Station", "is_id", "station_of"]
