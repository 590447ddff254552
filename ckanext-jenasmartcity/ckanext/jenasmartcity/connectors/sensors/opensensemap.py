"""openSenseMap: stations that people run themselves, from the ``/boxes`` API (JSON).

Only stations outdoors are taken; those in rooms and on the move tell of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ckanext.jenasmartcity.connectors import bodies, soundness
from ckanext.jenasmartcity.connectors.base import (
    Draft,
    Harvest,
    Option,
    Reading,
    Rejected,
    Request,
    Source,
    SourceError,
    Stream,
    Table,
    Text,
)
from ckanext.jenasmartcity.connectors.extent import districts, known, spatial_coverage
from ckanext.jenasmartcity.connectors.sensors.box_reading import Station, is_id, station_of
from ckanext.jenasmartcity.connectors.sensors.box_tables import sensors_table, stations_table
from ckanext.jenasmartcity.connectors.sensors.boxes import category, label
from ckanext.jenasmartcity.connectors.specs import DraftSpec, draft_spec
from ckanext.jenasmartcity.connectors.values import BERLIN, Refusal

NAME = "opensensemap"
TITLE = Text("openSenseMap (Stationen)", "openSenseMap (stations)")
ABOUT = Text(
    "Messstationen einer openSenseMap-Abfrage: Standorte und was sie messen.",
    "Stations of an openSenseMap query: their places and what they measure.",
)
OPTIONS = (
    Option(
        "draft", "mapping", Text("Datensatz", "Dataset"),
        Text("id und title des Datensatzes; die Art ist immer sensor.",
             "id and title of the dataset; its type is always sensor."),
    ),
)

_TITLE = "Umweltmessstationen der openSenseMap"
_NOTES = (
    "Messstationen, die Bürgerinnen und Bürger, Schulen und Vereine selbst betreiben und auf der openSenseMap "
    "veröffentlichen: wo sie stehen und was sie messen. Aufgenommen sind nur Stationen im Freien."
)
_QUALITY = (
    "Die Koordinaten stammen von den Betreibenden selbst und sind nicht geprüft. Weil viele Stationen an "
    "Wohnhäusern hängen, sind sie auf drei Nachkommastellen (rund 100 Meter) gerundet; Namen, die eine Adresse "
    "oder eine Person erkennen lassen, sind durch »Station …« ersetzt, Beschreibungen und Links nicht übernommen. "
    "Einheiten stehen so da, wie die Quelle sie nennt, in einer einheitlichen Schreibweise; nur bei Feinstaub ist "
    "die falsche Angabe »μm/m3« zu »µg/m³« berichtigt."
)


def read(source: Source) -> Reading:
    """Ask for one list of boxes (or one box).

    found counts boxes, and each sensor or value of a taken box that is rejected by
    itself.  Raises SourceError for a body that is no such list.
    """
    document = yield Request(source.url, accept="application/json")
    content = bodies.json_of(document, marked=True)
    boxes = [content] if isinstance(content, dict) and "_id" in content else content
    if not isinstance(boxes, list):
        raise SourceError("not-the-format", document.url, expected="openSenseMap-JSON", detail="[{_id: …}, …]?")
    spec = draft_spec(source)
    stations, rejected = _stations(boxes, source)
    parts = tuple(part for station in stations for part in station.rejected)
    return Harvest(
        found=len(boxes) + len(parts),
        drafts=(_draft(source, spec, stations),),
        tables=_tables(spec, stations),
        streams=tuple(stream for station in stations for stream in _streams(spec.id, station)),
        observations=tuple(value for station in stations for value in station.observations),
        rejected=rejected + parts,
    )


def _stations(boxes: list[Any], source: Source) -> tuple[tuple[Station, ...], tuple[Rejected, ...]]:
    taken: dict[str, Station] = {}
    rejected: list[Rejected] = []
    for place, box in enumerate(boxes, start=1):
        name = box["_id"] if isinstance(box, dict) and is_id(box.get("_id")) else f"Nr. {place}"
        try:
            soundness.check(box)
            station = station_of(box, source.locate)
            if station.id in taken:
                raise Refusal("duplicate-id", "_id")
        except Refusal as refusal:
            rejected.append(refusal.rejected(name))
            continue
        taken[station.id] = station
    return tuple(taken.values()), tuple(rejected)


def _streams(draft: str, station: Station) -> Iterator[Stream]:
    for sensor in station.sensors:
        yield Stream(
            id=f"{station.id}/{sensor.id}", draft=draft, name=f"{station.name}: {sensor.title}",
            observed_property=sensor.observed, unit=sensor.unit, lon=station.lon, lat=station.lat,
        )


def _tables(spec: DraftSpec, stations: tuple[Station, ...]) -> tuple[Table, Table]:
    places = tuple(
        (
            station.id, station.name, station.model, "outdoor", Decimal(repr(station.lon)), Decimal(repr(station.lat)),
            station.ortsteil, station.created, station.updated, station.last, station.position_set,
            {"type": "Point", "coordinates": [station.lon, station.lat]},
        )
        for station in stations
    )
    measured = tuple(
        (
            station.id, sensor.id, sensor.title, sensor.observed, category(sensor.observed), sensor.unit,
            sensor.unit_original, sensor.kind,
        )
        for station in stations for sensor in station.sensors
    )
    return stations_table(spec.id, places), sensors_table(spec.id, measured)


def _draft(source: Source, spec: DraftSpec, stations: tuple[Station, ...]) -> Draft:
    last = max((station.last for station in stations if station.last), default=None)
    kinds = {
        (label(sensor.observed, sensor.title), category(sensor.observed), sensor.unit or "")
        for station in stations for sensor in station.sensors
    }
    observed = [known(property=name, category=key, unit=measure) for name, key, measure in sorted(kinds)]
    fields = known(
        observed_property=observed, sensor_network="openSenseMap", position_source="unknown", quality_note=_QUALITY,
        spatial_coverage=spatial_coverage((station.lon, station.lat) for station in stations),
        # When a station began to measure is not said: createdAt is the day of a move to a new server.
        temporal_coverage=[{"end": last.astimezone(BERLIN).date().isoformat()}] if last else [],
        ortsteil=districts(station.ortsteil for station in stations),
    )
    title = spec.title if source.options.get("draft") else source.title or _TITLE
    return Draft(spec.id, "sensor", title, _NOTES, fields={**fields, "station_count": len(stations)})
