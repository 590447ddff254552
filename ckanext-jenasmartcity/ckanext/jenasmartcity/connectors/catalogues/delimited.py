"""CSV files: one or more tables of one dataset.

Named after what it reads, because a module ``csv`` would stand beside Python's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from ckanext.jenasmartcity.connectors import bodies
from ckanext.jenasmartcity.connectors.base import (
    Column,
    Draft,
    Harvest,
    Observation,
    Option,
    Reading,
    Rejected,
    Request,
    Source,
    SourceError,
    Stream,
    Text,
)
from ckanext.jenasmartcity.connectors.columns import column_id, column_ids, free_id
from ckanext.jenasmartcity.connectors.extent import districts, known, spatial_coverage, temporal_coverage
from ckanext.jenasmartcity.connectors.geometries import checked, in_degrees
from ckanext.jenasmartcity.connectors.series import series
from ckanext.jenasmartcity.connectors.sheets import Line, Sheet, sheet, sound
from ckanext.jenasmartcity.connectors.specs import ColumnSpec, DraftSpec, TableSpec, draft_spec, table_spec
from ckanext.jenasmartcity.connectors.tables import Built, Layout, Record, build, column_of, require
from ckanext.jenasmartcity.connectors.values import Decimals, Refusal, ambiguous, kind_of, typed

NAME = "csv"
TITLE = Text("CSV-Tabellen", "CSV tables")
ABOUT = Text(
    "Eine oder mehrere Tabellen mit einer Zeile je Eintrag, zum Beispiel aus Excel als CSV gespeichert.",
    "One or several tables with one line per record, for instance saved from Excel as CSV.",
)
OPTIONS = (
    Option(
        "draft", "mapping", Text("Datensatz", "Dataset"),
        Text("id, type (dataset, sensor, logistics …) und title des Datensatzes.",
             "id, type (dataset, sensor, logistics …) and title of the dataset."),
    ),
    Option(
        "tables", "list", Text("Tabellen", "Tables"),
        Text(
            "Je Tabelle: name, title, url (auch relativ), key, columns (type, label, notes, unit, decimals), omit, "
            "rename, lon und lat oder geometry_from, time, references, delimiter, observations.",
            "Per table: name, title, url (may be relative), key, columns (type, label, notes, unit, decimals), omit, "
            "rename, lon and lat or geometry_from, time, references, delimiter, observations.",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class _Cell:
    """How one column of the sheet is read: its place there, its type and decimal mark."""

    place: int
    column: Column
    decimals: Decimals


def read(source: Source) -> Reading:
    """Ask for each table's file; found counts the lines after the headers.

    Raises SourceError for a file that is no CSV and for options that do not fit it.
    """
    draft, specs = draft_spec(source), _specs(source)
    built: dict[str, Built] = {}
    found = 0
    for spec in specs:
        document = yield Request(urljoin(source.url, spec.url), accept="text/csv, text/plain;q=0.9, */*;q=0.1")
        lines = sound(sheet(bodies.text(document, "CSV"), document.url, spec.delimiter), spec.key)
        found += len(lines.lines) + len(lines.rejected)
        built[spec.name] = _table(source, draft, spec, lines, document.url, built)
    tables = tuple(entry.table for entry in built.values())
    rejected = tuple(rejected for entry in built.values() for rejected in entry.rejected)
    streams, observations = _series(specs, built)
    return Harvest(
        found=found, drafts=(Draft(draft.id, draft.type, draft.title, fields=_fields(draft, specs, built)),),
        tables=tables, streams=streams, observations=observations, rejected=rejected,
    )


def _specs(source: Source) -> tuple[TableSpec, ...]:
    declared = source.options.get("tables")
    if not declared:
        stem = column_id(PurePosixPath(urlsplit(source.url).path).stem) or "tabelle"
        return (TableSpec(name=stem, title=Text(source.title or stem, source.title or stem)),)
    if not isinstance(declared, list | tuple):
        raise SourceError("option", source.url, option="tables", detail="[{name: …}, …]")
    specs = tuple(table_spec(raw, f"tables[{place}]", source.url) for place, raw in enumerate(declared))
    earlier: set[str] = set()
    for spec in specs:
        if spec.name in earlier:
            raise SourceError("option", source.url, option="tables", detail=f"2 × {spec.name}")
        for target in (*spec.references.values(), *filter(None, [spec.observations and spec.observations.stations])):
            if target not in earlier | {spec.name}:
                raise SourceError("option", source.url, option=f"tables.{spec.name}", detail=f"{target}?")
        earlier.add(spec.name)
    return specs


def _table(
    source: Source, draft: DraftSpec, spec: TableSpec, lines: Sheet, url: str, built: Mapping[str, Built]
) -> Built:
    cells = _cells(spec, lines, url)
    require(spec, [cell.column.id for cell in cells], url)
    key, numbered = _key(spec, cells, lines)
    columns = tuple(cell.column for cell in cells)
    if numbered:
        columns += (Column(key[0], "int", Text("Zeile der Datei", "Line of the file")),)
    parents = {column: _keys(built, target, spec, url) for column, target in spec.references.items()}
    layout = Layout(draft.id, spec, columns, key, placed=bool(spec.geometry_from or (spec.lon and spec.lat)))
    result = build(layout, _read_lines(spec, cells, lines, key, numbered), source.locate, parents)
    return Built(result.table, lines.rejected + result.rejected, result.corners, result.ortsteil, result.times)


def _cells(spec: TableSpec, lines: Sheet, url: str) -> tuple[_Cell, ...]:
    ids = [spec.rename.get(name, name) for name in column_ids(lines.headers)]
    if len(set(ids)) != len(ids):
        raise SourceError("option", url, option=f"{spec.name}.rename", detail=", ".join(sorted(ids)))
    return tuple(
        _cell(spec, place, name, lines, url) for place, name in enumerate(ids) if name not in spec.omit
    )


def _cell(spec: TableSpec, place: int, name: str, lines: Sheet, source_url: str) -> _Cell:
    declared = spec.columns.get(name, ColumnSpec())
    texts = [line.cells[place] for line in lines.lines]
    kind, decimals = kind_of(texts)
    if declared.type == "json" or (name in _measured(spec) and not declared.type and ambiguous(texts)):
        raise SourceError("option", source_url, option=f"{spec.name}.columns.{name}", detail="type, decimals?")
    if name in (spec.lon, spec.lat):
        kind = "numeric"
    if spec.observations and name == spec.observations.value and kind not in ("int", "bool"):
        kind = "numeric"
    if spec.observations and name == spec.observations.time and kind != "date":
        kind = "timestamp"
    header = lines.headers[place] or name
    column = Column(
        name, declared.type or kind, declared.label or Text(header, header), declared.notes, declared.unit
    )
    return _Cell(place, column, declared.decimals or decimals)


def _measured(spec: TableSpec) -> tuple[str, ...]:
    return (spec.observations.value,) if spec.observations else ()


def _key(spec: TableSpec, cells: tuple[_Cell, ...], lines: Sheet) -> tuple[tuple[str, ...], bool]:
    """The declared key; else the first column if it identifies the rows; else the line's number."""
    if spec.key:
        return spec.key, False
    if cells:
        first = [line.cells[cells[0].place] for line in lines.lines]
        if all(first) and len(set(first)) == len(first) and cells[0].column.type in ("text", "int"):
            return (cells[0].column.id,), False
    return (free_id("zeile", [cell.column.id for cell in cells]),), True


def _keys(built: Mapping[str, Built], target: str, spec: TableSpec, url: str) -> frozenset[Any]:
    if target not in built:
        raise SourceError("option", url, option=f"{spec.name}.references", detail=target)
    table = built[target].table
    return frozenset(column_of(table, table.key[0]))


def _read_lines(
    spec: TableSpec, cells: tuple[_Cell, ...], lines: Sheet, key: tuple[str, ...], numbered: bool
) -> Iterator[Record | Rejected]:
    places = {cell.column.id: cell.place for cell in cells}
    for line in lines.lines:
        named = [line.cells[places[column]] for column in key if column in places]
        where = "/".join(named) if named and all(named) else line.where
        try:
            values = {cell.column.id: _value(cell, line) for cell in cells}
            geometry = _geometry(spec, values)
        except Refusal as refusal:
            yield refusal.rejected(where)
            continue
        yield Record(where, {**values, key[0]: line.number} if numbered else values, geometry)


def _value(cell: _Cell, line: Line) -> Any:
    return typed(line.cells[cell.place], cell.column.type, cell.decimals, cell.column.id)


def _geometry(spec: TableSpec, values: Mapping[str, Any]) -> dict[str, Any] | None:
    if spec.geometry_from:
        text = values[spec.geometry_from]
        try:
            return checked(json.loads(text)) if text else None
        except (ValueError, RecursionError) as error:
            raise error if isinstance(error, Refusal) else Refusal("no-geometry", spec.geometry_from) from error
    if not (spec.lon and spec.lat) or values[spec.lon] is None or values[spec.lat] is None:
        return None
    lon, lat = float(values[spec.lon]), float(values[spec.lat])
    in_degrees(lon, lat)
    return {"type": "Point", "coordinates": [lon, lat]}


def _series(
    specs: tuple[TableSpec, ...], built: Mapping[str, Built]
) -> tuple[tuple[Stream, ...], tuple[Observation, ...]]:
    streams: tuple[Stream, ...] = ()
    observations: tuple[Observation, ...] = ()
    for spec in specs:
        if spec.observations:
            stations = spec.observations.stations
            more = series(spec.observations, built[spec.name].table, built[stations].table if stations else None)
            streams, observations = streams + more[0], observations + more[1]
    return streams, observations


def _fields(draft: DraftSpec, specs: tuple[TableSpec, ...], built: Mapping[str, Built]) -> dict[str, Any]:
    fields = known(
        spatial_coverage=spatial_coverage(corner for entry in built.values() for corner in entry.corners),
        temporal_coverage=temporal_coverage(time for entry in built.values() for time in entry.times),
        ortsteil=districts(name for entry in built.values() for name in entry.ortsteil),
    )
    measured = [spec for spec in specs if spec.observations]
    if draft.type != "sensor" or not measured:
        return fields
    stations = {
        station for spec in measured if spec.observations
        for station in column_of(built[spec.name].table, spec.observations.station) if station is not None
    }
    observed = [
        known(
            property=told.label.de if told.label else told.property, category=told.category, unit=told.unit
        )
        for told in (spec.observations for spec in measured) if told
    ]
    return {**fields, "observed_property": observed, "station_count": len(stations)}
