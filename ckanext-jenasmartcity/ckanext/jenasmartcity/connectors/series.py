"""Measurements that stand in a table: station, time and value by row."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ckanext.jenasmartcity.connectors.base import Observation, Stream, Table
from ckanext.jenasmartcity.connectors.geometries import point_of
from ckanext.jenasmartcity.connectors.specs import SeriesSpec
from ckanext.jenasmartcity.connectors.tables import column_of
from ckanext.jenasmartcity.connectors.values import BERLIN


def series(
    spec: SeriesSpec, table: Table, stations: Table | None
) -> tuple[tuple[Stream, ...], tuple[Observation, ...]]:
    """One stream per station, one observation per row that has a time and a value.

    A date stands for its midnight in Europe/Berlin.  stations: the table whose first
    key column the station refers to, for the coordinates; None: unknown.
    """
    places = _places(stations) if stations else {}
    streams: dict[Any, Stream] = {}
    observations: list[Observation] = []
    cells = (column_of(table, column) for column in (spec.station, spec.time, spec.value))
    for station, time, value in zip(*cells, strict=True):
        if station is None:
            continue
        if station not in streams:
            lon, lat = places.get(station, (None, None))
            streams[station] = Stream(
                id=f"{station}/{spec.property}", draft=table.draft, name=f"{spec.name.de} {station}",
                observed_property=spec.property, unit=spec.unit, lon=lon, lat=lat,
            )
        if time is not None and value is not None:
            observations.append(Observation(streams[station].id, _aware(time), value))
    return tuple(streams.values()), tuple(observations)


def _aware(time: dt.date | dt.datetime) -> dt.datetime:
    return time if isinstance(time, dt.datetime) else dt.datetime.combine(time, dt.time(), BERLIN)


def _places(stations: Table) -> dict[Any, tuple[float, float]]:
    if stations.geometry is None or len(stations.key) != 1:
        return {}
    keys, geometries = column_of(stations, stations.key[0]), column_of(stations, stations.geometry)
    return {key: point_of(geometry) for key, geometry in zip(keys, geometries, strict=True) if geometry}


__all__ = ["series"]
