"""GTFS Schedule: a timetable as a ZIP of CSV files.

Standard: https://gtfs.org/documentation/schedule/reference/ (revised 27 April 2026).
Every file of the standard becomes a table, every column of the feed is kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.jenasmartcity.connectors.base import (
    Column,
    Document,
    Harvest,
    Option,
    Reading,
    Rejected,
    Request,
    Source,
    SourceError,
    Table,
    Text,
)
from ckanext.jenasmartcity.connectors.bodies import json_of
from ckanext.jenasmartcity.connectors.logistics import gtfs_archive, gtfs_draft
from ckanext.jenasmartcity.connectors.logistics.gtfs_files import FILES, REQUIRED, Field, File
from ckanext.jenasmartcity.connectors.logistics.gtfs_labels import LABELS
from ckanext.jenasmartcity.connectors.logistics.gtfs_rows import Row, Sheet, sheet
from ckanext.jenasmartcity.connectors.logistics.gtfs_rules import rule
from ckanext.jenasmartcity.connectors.logistics.gtfs_values import COLUMN_TYPES

NAME = "gtfs"
TITLE = Text("GTFS-Fahrplan (ZIP)", "GTFS timetable (ZIP)")
ABOUT = Text(
    "Haltestellen, Linien und Fahrten eines Verkehrsunternehmens, wie sie auch Fahrplan-Apps lesen.",
    "Stops, routes and trips of a transport company, as timetable apps read them.",
)
OPTIONS = (
    Option("draft", "mapping", Text("Datensatz", "Dataset"),
           Text("Kennung (id) und Titel (title) des Datensatzes.", "Identifier (id) and title of the dataset.")),
    Option("leave_out", "list", Text("Ausgelassene Tabellen", "Tables left out"),
           Text("Namen von GTFS-Dateien ohne Endung, die nicht geladen werden, z. B. shapes.",
                "Names of GTFS files without extension that are not loaded, e.g. shapes."), default=()),
)

Known = dict[tuple[str, str], set[Any]]
# The fields that others refer to: only their values are remembered while reading.
_TARGETS = {ref for file in FILES.values() for field in file.fields.values() for ref in field.refs}


def read(source: Source) -> Reading:
    """Read one feed: a draft of type ``logistics`` and a table per file.

    Raises SourceError "broken-archive", "too-large", "missing-part", "empty", "html",
    "not-the-format" or "option".
    """
    left_out = _left_out(source)
    document = yield Request(source.url, accept="application/zip, application/octet-stream, */*;q=0.5")
    sheets = _sheets(document)
    draft = gtfs_draft.draft(source, sheets, gtfs_archive.other_files(document))
    kept = [read for name, read in sheets.items() if name not in left_out]
    rejected: tuple[Rejected, ...] = tuple(entry for read in kept for entry in read.rejected)
    return Harvest(
        found=sum(read.found for read in kept), drafts=(draft,),
        tables=tuple(_table(source, draft.id, read) for read in kept), rejected=rejected,
    )


def _left_out(source: Source) -> frozenset[str]:
    wanted = source.options.get("leave_out") or ()
    unknown = [str(name) for name in wanted if name not in FILES] if not isinstance(wanted, str) else [wanted]
    if unknown:
        raise SourceError("option", source.url, option="leave_out", detail=", ".join(unknown))
    return frozenset(wanted)


def _sheets(document: Document) -> dict[str, Sheet]:
    contents = gtfs_archive.members(document)
    sheets: dict[str, Sheet] = {}
    known: Known = {}
    for name, file in FILES.items():
        member = f"{name}.geojson" if name == "locations" else f"{name}.txt"
        # An optional file without a byte says as much as no file.
        if member not in contents or (not contents[member].strip() and not _required(member)):
            continue
        part = dataclasses.replace(document, content=contents[member], media_type="", charset=None)
        sheets[name] = _locations(file, part) if name == "locations" else sheet(file, part, known, rule(name))
        for field in sheets[name].fields:
            if (name, field.name) in _TARGETS:
                known[(name, field.name)] = set(sheets[name].column(field.name))
    return sheets


def _required(member: str) -> bool:
    return any(member in group for group in REQUIRED)


def _locations(file: File, document: Document) -> Sheet:
    """locations.geojson: areas served on demand, one GeoJSON feature each."""
    label = "GeoJSON (locations.geojson)"
    collection = json_of(document, label)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise SourceError("not-the-format", document.url, expected=label, detail="features")
    rows: list[Row] = []
    rejected: list[Rejected] = []
    seen: set[str] = set()
    for number, feature in enumerate(features, start=1):
        row, code = _location(feature, seen)
        if row is None:
            rejected.append(Rejected(f"locations.geojson#{number}", code, "id"))
        else:
            seen.add(row[0])
            rows.append(row)
    fields = (*file.fields.values(), Field("geometry", "text", False, ()))
    return Sheet(file, fields, len(features), tuple(rows), tuple(rejected))


def _location(feature: Any, seen: set[str]) -> tuple[Row | None, str]:
    if not isinstance(feature, dict) or not feature.get("id"):
        return None, "no-id"
    if str(feature["id"]) in seen:
        return None, "duplicate-id"
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return None, "no-geometry"
    properties = feature.get("properties")
    named = properties if isinstance(properties, dict) else {}
    return (str(feature["id"]), _named(named, "stop_name"), _named(named, "stop_desc"), geometry), ""


def _named(properties: Mapping[str, Any], name: str) -> str | None:
    value = properties.get(name)
    return str(value) if value else None


def _table(source: Source, draft: str, read: Sheet) -> Table:
    columns = tuple(_columns(read))
    rows, geometry = read.rows, "geometry" if read.file.name == "locations" else None
    if read.file.name == "stops":
        taken = {column.id for column in columns}
        added = [_free(name, taken) for name in ("geometry", "ortsteil")]
        geometry = added[0]
        columns += (Column(added[0], "json", LABELS["geometry"]), Column(added[1], "text", LABELS["ortsteil"]))
        rows = tuple(row + _place(source, point) for row, point in zip(rows, gtfs_draft.points(read), strict=True))
    return Table(draft, read.file.name, read.file.title, columns, read.key(), rows, geometry)


def _columns(read: Sheet) -> Iterator[Column]:
    for field in read.fields:
        is_area = read.file.name == "locations" and field.name == "geometry"
        kind = "json" if is_area else COLUMN_TYPES[field.kind]
        yield Column(field.name, kind, LABELS.get(field.name))


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else f"gtfs_{name}"


def _place(source: Source, point: tuple[float, float] | None) -> Row:
    if point is None:
        return (None, None)
    return ({"type": "Point", "coordinates": list(point)}, source.locate(*point))


__all__ = ["NAME", "OPTIONS", "TITLE", "read"]
