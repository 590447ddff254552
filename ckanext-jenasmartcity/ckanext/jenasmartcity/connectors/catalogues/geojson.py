"""GeoJSON after RFC 7946: one FeatureCollection becomes one table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.jenasmartcity.connectors import bodies, soundness
from ckanext.jenasmartcity.connectors.base import (
    Column,
    ColumnType,
    Draft,
    Harvest,
    Option,
    Reading,
    Rejected,
    Request,
    Source,
    SourceError,
    Text,
)
from ckanext.jenasmartcity.connectors.columns import column_id, column_ids, free_id
from ckanext.jenasmartcity.connectors.extent import known, spatial_coverage, temporal_coverage
from ckanext.jenasmartcity.connectors.geometries import checked
from ckanext.jenasmartcity.connectors.specs import ColumnSpec, TableSpec, draft_spec, table_spec
from ckanext.jenasmartcity.connectors.tables import Layout, Record, build, require
from ckanext.jenasmartcity.connectors.values import Refusal, kind_of, typed, whole

NAME = "geojson"
TITLE = Text("GeoJSON", "GeoJSON")
ABOUT = Text(
    "Orte, Linien oder Flächen mit Eigenschaften, zum Beispiel aus einem Geoinformationssystem.",
    "Places, lines or areas with properties, for instance from a geographic information system.",
)
OPTIONS = (
    Option(
        "draft", "mapping", Text("Datensatz", "Dataset"),
        Text("id, type (dataset, sensor, logistics …) und title des Datensatzes.",
             "id, type (dataset, sensor, logistics …) and title of the dataset."),
    ),
    Option(
        "table", "mapping", Text("Tabelle", "Table"),
        Text("name und title der Tabelle.", "name and title of the table."),
    ),
    Option(
        "key", "list", Text("Schlüssel", "Key"),
        Text("Spalten, die eine Zeile bezeichnen; feature_id ist die Kennung des Features.",
             "Columns that identify a row; feature_id is the feature's own id."),
    ),
    Option(
        "columns", "mapping", Text("Spalten", "Columns"),
        Text("Je Spalte: type, label, notes, unit.", "Per column: type, label, notes, unit."),
    ),
    Option(
        "omit", "list", Text("Ohne Spalten", "Columns left out"),
        Text("Eigenschaften, die nicht übernommen werden, etwa eine zweite Geometrie.",
             "Properties that are not taken, such as a second geometry."),
    ),
    Option(
        "rename", "mapping", Text("Umbenennen", "Rename"),
        Text("Kennung der Spalte: neue Kennung.", "Column id: new id."),
    ),
    Option(
        "time", "text", Text("Zeitspalte", "Time column"),
        Text("Spalte, aus der der Zeitraum folgt.", "Column that the temporal extent follows from."),
    ),
)

_TABLE_OPTIONS = ("key", "columns", "omit", "rename", "time")
# RFC 7946 knows WGS 84 only; older files name it so.
_WGS84 = re.compile(r"(?:urn:ogc:def:crs:)?(?:EPSG:[\d.]*:?4326|OGC:(?:[\d.]*:)?CRS84)", re.IGNORECASE)
_FEATURE_ID = "feature_id"
_IDENTIFIERS = (_FEATURE_ID, "id", "gid", "objectid", "fid", "uuid")


@dataclass(frozen=True, slots=True)
class _Property:
    """One property of the features and the column it becomes; source None: the feature's own id."""

    source: str | None
    column: Column


def read(source: Source) -> Reading:
    """Ask for one FeatureCollection; found counts its features.

    Raises SourceError for another format or another coordinate system than WGS 84.
    """
    draft, spec = draft_spec(source), _spec(source)
    document = yield Request(source.url, accept="application/geo+json, application/json;q=0.9")
    features = _sound(_features(bodies.json_of(document, "GeoJSON", marked=True), document.url))
    properties = _properties(spec, features, document.url)
    columns = tuple(entry.column for entry in properties)
    require(spec, [column.id for column in columns], document.url)
    key, numbered = _key(spec, properties, features)
    if numbered:
        columns += (Column(key[0], "int", Text("Laufende Nummer", "Number")),)
    layout = Layout(draft.id, spec, columns, key, placed=True, with_point=True)
    built = build(layout, _records(features, properties, key, numbered), source.locate, {})
    fields = known(
        spatial_coverage=spatial_coverage(built.corners), temporal_coverage=temporal_coverage(built.times),
        ortsteil=list(built.ortsteil), station_count=len(built.table.rows) if draft.type == "sensor" else None,
    )
    return Harvest(
        found=len(features), drafts=(Draft(draft.id, draft.type, draft.title, fields=fields),),
        tables=(built.table,), rejected=built.rejected,
    )


def _spec(source: Source) -> TableSpec:
    table = source.options.get("table") or {}
    if not isinstance(table, Mapping):
        raise SourceError("option", source.url, option="table", detail="{name: …, title: …}")
    named = {"name": column_id(source.name) or "objekte", "title": source.title or None, **table}
    chosen = {name: source.options[name] for name in _TABLE_OPTIONS if name in source.options}
    return table_spec({**named, **chosen}, "table", source.url)


def _features(content: Any, url: str) -> list[Any]:
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise SourceError("not-the-format", url, expected="GeoJSON", detail="FeatureCollection?")
    system = content.get("crs")
    if system is not None and not _is_wgs84(system):
        named = json.dumps(system)[:120]
        raise SourceError("not-the-format", url, expected="GeoJSON (WGS 84)", detail=named)
    return features


def _sound(features: list[Any]) -> list[Any]:
    """The same list, with a Rejected in place of each feature that nobody can store."""
    found: list[Any] = []
    for place, feature in enumerate(features, start=1):
        try:
            soundness.check(feature)
            found.append(feature)
        except Refusal as refusal:
            named = soundness.first_sound([_raw(feature, None), *(_of(feature).get(name) for name in _IDENTIFIERS)])
            found.append(refusal.rejected(named or f"Nr. {place}"))
    return found


def _is_wgs84(system: Any) -> bool:
    inner = system.get("properties") if isinstance(system, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    return isinstance(name, str) and bool(_WGS84.fullmatch(name))


def _of(feature: Any) -> dict[str, Any]:
    inner = feature.get("properties") if isinstance(feature, dict) else None
    return inner if isinstance(inner, dict) else {}


def _raw(feature: Any, name: str | None) -> Any:
    value = feature.get("id") if name is None and isinstance(feature, dict) else _of(feature).get(name or "")
    return value.strip() or None if isinstance(value, str) else value


def _properties(spec: TableSpec, features: list[Any], url: str) -> tuple[_Property, ...]:
    names = list(dict.fromkeys(name for feature in features for name in _of(feature)))
    ids = [spec.rename.get(name, name) for name in column_ids(names)]
    sources: list[str | None] = list(names)
    if any(_raw(feature, None) is not None for feature in features):
        sources, ids = [None, *names], [free_id(_FEATURE_ID, ids), *ids]
    if len(set(ids)) != len(ids):
        raise SourceError("option", url, option="rename", detail=", ".join(sorted(ids)))
    if len(ids) > 1000:  # PostgreSQL allows some 1600 columns per table
        raise SourceError("not-the-format", url, expected="GeoJSON", detail="> 1000 properties")
    return tuple(
        _property(spec, name, wanted, [_raw(feature, name) for feature in features])
        for name, wanted in zip(sources, ids, strict=True) if wanted not in spec.omit
    )


def _property(spec: TableSpec, name: str | None, wanted: str, values: Sequence[Any]) -> _Property:
    declared = spec.columns.get(wanted, ColumnSpec())
    label = declared.label or Text(name or "Kennung", name or "Identifier")
    kind = declared.type or _kind([value for value in values if value is not None])
    return _Property(name, Column(wanted, kind, label, declared.notes, declared.unit))


def _kind(values: Sequence[Any]) -> ColumnType:
    """Type by inspection: JSON's own types, and dates among texts; a mixture is text."""
    if any(isinstance(value, dict | list) for value in values):
        return "json"
    if values and all(isinstance(value, bool) for value in values):
        return "bool"
    if values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        texts = [_text(value) for value in values]
        return "int" if all(isinstance(v, int) for v in values) and None not in map(whole, texts) else "numeric"
    if values and all(isinstance(value, str) for value in values):
        kind, _ = kind_of(values)
        return kind if kind in ("date", "timestamp") else "text"
    return "text"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _key(
    spec: TableSpec, properties: tuple[_Property, ...], features: list[Any]
) -> tuple[tuple[str, ...], bool]:
    """The declared key; else the first usual identifier that is unique; else a running number."""
    kinds = {entry.column.id: entry.column.type for entry in properties}
    if spec.key and all(kinds[column] != "json" for column in spec.key):
        return spec.key, False
    whole_features = [feature for feature in features if not isinstance(feature, Rejected)]
    for entry in properties:
        values = [_raw(feature, entry.source) for feature in whole_features]
        texts = {_text(value) for value in values}
        usual = entry.column.id in _IDENTIFIERS and entry.column.type in ("int", "text")
        if usual and values and None not in values and len(texts) == len(values):
            return (entry.column.id,), False
    return (free_id("nr", kinds),), True


def _records(
    features: list[Any], properties: tuple[_Property, ...], key: tuple[str, ...], numbered: bool
) -> Iterator[Record | Rejected]:
    for place, feature in enumerate(features, start=1):
        if isinstance(feature, Rejected):
            yield feature
            continue
        named = [_raw(feature, entry.source) for entry in properties if entry.column.id in key]
        where = "/".join(_text(value) for value in named) if named and None not in named else f"Nr. {place}"
        try:
            if not isinstance(feature, dict) or feature.get("type") != "Feature":
                raise Refusal("not-readable", None, detail="type ≠ Feature")
            values = {entry.column.id: _value(entry, feature) for entry in properties}
            geometry = checked(feature.get("geometry"))
        except Refusal as refusal:
            yield refusal.rejected(where)
            continue
        yield Record(where, {**values, key[0]: place} if numbered else values, geometry)


def _value(entry: _Property, feature: dict[str, Any]) -> Any:
    raw = _raw(feature, entry.source)
    if raw is None or entry.column.type == "json":
        return raw
    return typed(_text(raw), entry.column.type, ".", entry.column.id)
