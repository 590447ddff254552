"""GeoJSON geometries (RFC 7946) in WGS 84 degrees, as fields of a dataset."""

from __future__ import annotations

import json
import math
from typing import Any

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas.rules.words import RuleError, broken

# How deep the coordinates of each kind are nested.
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_REMEDY = Text(
    de="Geben Sie eine GeoJSON-Geometrie in WGS 84 ein: erst die Länge, dann die Breite, in Grad.",
    en="Enter a GeoJSON geometry in WGS 84: longitude first, then latitude, in degrees.",
)


def geojson(value: str, label: Text) -> str:
    """The geometry as compact JSON; raises RuleError if it is none or leaves the globe."""
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        raise _not_a_geometry(value, label) from None
    if isinstance(content, dict) and content.get("type") == "Feature":
        content = content.get("geometry")
    _check(content, value, label)
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def _check(content: Any, value: str, label: Text) -> None:
    if not isinstance(content, dict):
        raise _not_a_geometry(value, label)
    if content.get("type") == "GeometryCollection":
        parts = content.get("geometries")
        if not isinstance(parts, list) or not parts:
            raise _not_a_geometry(value, label)
        for part in parts:
            if isinstance(part, dict) and part.get("type") == "GeometryCollection":
                raise _not_a_geometry(value, label)  # RFC 7946, 3.1.8: not nested
            _check(part, value, label)
        return
    kind = content.get("type")
    depth = _DEPTH.get(kind) if isinstance(kind, str) else None
    positions = None if depth is None else _positions(content.get("coordinates"), depth)
    if not positions:
        raise _not_a_geometry(value, label)
    if kind in {"Polygon", "MultiPolygon"} and not _rings_closed(content["coordinates"], kind):
        raise _not_a_geometry(value, label)
    for lon, lat in positions:
        if abs(lon) > 180 or abs(lat) > 90:
            raise _outside(lon, lat, label)


def _positions(coordinates: Any, depth: int) -> list[tuple[float, float]] | None:
    """All (lon, lat) below ``depth`` levels of lists, None where the nesting is wrong."""
    if not isinstance(coordinates, list) or not coordinates:
        return None
    if depth == 0:
        numbers = [c for c in coordinates if isinstance(c, int | float) and not isinstance(c, bool)]
        if len(numbers) != len(coordinates) or not 2 <= len(numbers) <= 4 or not all(map(math.isfinite, numbers)):
            return None
        return [(numbers[0], numbers[1])]
    found: list[tuple[float, float]] = []
    for part in coordinates:
        inner = _positions(part, depth - 1)
        if inner is None:
            return None
        found += inner
    return found


def _rings_closed(coordinates: list[Any], kind: str) -> bool:
    polygons = coordinates if kind == "MultiPolygon" else [coordinates]
    return all(len(ring) >= 4 and ring[0] == ring[-1] for polygon in polygons for ring in polygon)


def _not_a_geometry(value: str, label: Text) -> RuleError:
    return broken(label, value, Text(de="ist keine GeoJSON-Geometrie.", en="is not a GeoJSON geometry."), _REMEDY)


def _outside(lon: float, lat: float, label: Text) -> RuleError:
    return broken(
        label,
        f"{lon}, {lat}",
        Text(de="liegt außerhalb von WGS 84.", en="lies outside WGS 84."),
        _REMEDY,
    )
