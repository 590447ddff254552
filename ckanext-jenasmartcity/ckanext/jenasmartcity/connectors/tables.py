"""From typed records to a table: keys, references, places; what does not fit is rejected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ckanext.jenasmartcity.connectors.base import Column, Rejected, SourceError, Table, Text, spread
from ckanext.jenasmartcity.connectors.columns import free_id
from ckanext.jenasmartcity.connectors.extent import districts
from ckanext.jenasmartcity.connectors.geometries import point_of, positions
from ckanext.jenasmartcity.connectors.specs import TableSpec
from ckanext.jenasmartcity.connectors.values import Refusal

Locate = Callable[[float, float], str | None]

_LON = Text("Länge", "Longitude")
_LAT = Text("Breite", "Latitude")
_GEOMETRY = Text("Geometrie", "Geometry")
_GEOMETRY_NOTES = Text("GeoJSON, WGS 84 (EPSG:4326)", "GeoJSON, WGS 84 (EPSG:4326)")
_ORTSTEIL = Text("Ortsteil", "District")
_ORTSTEIL_NOTES = Text(
    "Aus der Lage berechnet; leer, wenn der Ort in keinem Ortsteil liegt.",
    "Derived from the position; empty if it lies in none of the districts.",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record that could be read: where it stood, its values by column id, its geometry."""

    where: str
    values: Mapping[str, Any]
    geometry: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A table and what became of the records that are not in it.

    corners: south-west and north-east of all geometries, lon/lat in degrees, or none.
    """

    table: Table
    rejected: tuple[Rejected, ...]
    corners: tuple[tuple[float, float], ...] = ()
    ortsteil: tuple[str, ...] = ()
    times: tuple[dt.date | dt.datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of the table to build.  with_point: add lon/lat columns of the geometry."""

    draft: str
    spec: TableSpec
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    placed: bool
    with_point: bool = False


def build(
    layout: Layout, records: Iterable[Record | Rejected], locate: Locate, parents: Mapping[str, frozenset[Any]]
) -> Built:
    """The table of the records that hold; every other one is in ``rejected``.

    parents: for each column that refers to another table, the keys that exist there.
    """
    columns, ids = _all_columns(layout)
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    rejected: list[Rejected] = []
    points: list[tuple[float, float]] = []
    for record in records:
        if isinstance(record, Rejected):
            rejected.append(record)
            continue
        try:
            key = _key(layout, record, rows)
            _check_references(layout.spec, record, parents)
        except Refusal as refusal:
            rejected.append(refusal.rejected(_name(layout, record)))
            continue
        rows[key] = _row(layout, record, ids, locate)
        points.extend(positions(record.geometry) if record.geometry else ())
    values = tuple(rows.values())
    table = Table(
        draft=layout.draft, name=layout.spec.name, title=layout.spec.title, columns=columns, key=layout.key,
        rows=values, geometry=ids.get("geometry") if layout.placed else None,
    )
    box = spread(points)
    return Built(
        table=table, rejected=tuple(rejected), times=_times(layout.spec, table),
        corners=(box[:2], box[2:]) if box else (),
        ortsteil=tuple(districts(column_of(table, ids["ortsteil"]))) if layout.placed else (),
    )


def _all_columns(layout: Layout) -> tuple[tuple[Column, ...], dict[str, str]]:
    """The feed's columns and ours; ids of ours that avoid the feed's."""
    if not layout.placed:
        return layout.columns, {}
    taken = {column.id for column in layout.columns}
    names = ("lon", "lat", "geometry", "ortsteil") if layout.with_point else ("geometry", "ortsteil")
    ids = {name: free_id(name, taken) for name in names}
    ours = {
        "lon": Column(ids.get("lon", ""), "numeric", _LON, unit="°"),
        "lat": Column(ids.get("lat", ""), "numeric", _LAT, unit="°"),
        "geometry": Column(ids["geometry"], "json", _GEOMETRY, _GEOMETRY_NOTES),
        "ortsteil": Column(ids["ortsteil"], "text", _ORTSTEIL, _ORTSTEIL_NOTES),
    }
    return (*layout.columns, *(ours[name] for name in names)), ids


def _key(layout: Layout, record: Record, rows: Mapping[tuple[Any, ...], Any]) -> tuple[Any, ...]:
    key = tuple(record.values[column] for column in layout.key)
    for column, value in zip(layout.key, key, strict=True):
        if value is None:
            raise Refusal("no-id", column)
    if key in rows:
        raise Refusal("duplicate-id", layout.key[0])
    return key


def _check_references(spec: TableSpec, record: Record, parents: Mapping[str, frozenset[Any]]) -> None:
    for column, target in spec.references.items():
        value = record.values[column]
        if value is not None and value not in parents[column]:
            raise Refusal("dangling", column, value=str(value), target=target)


def _name(layout: Layout, record: Record) -> str:
    key = [record.values[column] for column in layout.key]
    return record.where if None in key else "/".join(str(part) for part in key)


def _row(layout: Layout, record: Record, ids: Mapping[str, str], locate: Locate) -> tuple[Any, ...]:
    row = [record.values[column.id] for column in layout.columns]
    if not ids:
        return tuple(row)
    lon, lat = point_of(record.geometry) if record.geometry else (None, None)
    if layout.with_point:
        row += [as_decimal(lon), as_decimal(lat)]
    row += [record.geometry, locate(lon, lat) if lon is not None and lat is not None else None]
    return tuple(row)


def _times(spec: TableSpec, table: Table) -> tuple[dt.date | dt.datetime, ...]:
    column = spec.time or (spec.observations.time if spec.observations else None)
    if column is None:
        return ()
    return tuple(value for value in column_of(table, column) if isinstance(value, dt.date))


def column_of(table: Table, column: str) -> list[Any]:
    """All values of one column, in the order of the rows."""
    place = [entry.id for entry in table.columns].index(column)
    return [row[place] for row in table.rows]


def as_decimal(value: float | None) -> Decimal | None:
    """The shortest decimal that reads back as the same double."""
    return None if value is None else Decimal(repr(value))


def require(spec: TableSpec, present: Sequence[str], url: str) -> None:
    """Raise SourceError "missing-part" if an option names a column that the feed lacks."""
    places = (spec.lon, spec.lat, spec.geometry_from, spec.time)
    named = {*spec.key, *spec.references, *(name for name in places if name)}
    if series := spec.observations:
        named |= {series.station, series.time, series.value}
    for column in sorted(named - set(present)):
        raise SourceError("missing-part", url, part=f"{spec.name}.{column}")


__all__ = ["Built", "Layout", "Record", "as_decimal", "build", "column_of", "require"]
