"""Checking GeoJSON geometries (RFC 7946) before anything trusts them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry import shape

from ckanext.jenasmartcity.connectors.values import Refusal

# Depth of the coordinates array per type: RFC 7946, section 3.1.
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_DEEPEST = 8
# A derived point: 0.1 m is enough, and the digits behind differ from one GEOS to the next.
_PLACES = 6


def checked(raw: Any, depth: int = 0) -> dict[str, Any]:
    """The geometry with type and coordinates only, or a Refusal (no-geometry, outside).

    Members that RFC 7946 does not know (an old ``crs``) are left out.
    """
    if not isinstance(raw, dict) or depth > _DEEPEST:
        raise Refusal("no-geometry")
    kind = raw.get("type")
    if kind == "GeometryCollection":
        parts = raw.get("geometries")
        if not isinstance(parts, list) or not parts:
            raise Refusal("no-geometry")
        return {"type": kind, "geometries": [checked(part, depth + 1) for part in parts]}
    if not isinstance(kind, str) or kind not in _DEPTHS:
        raise Refusal("no-geometry")
    coordinates = raw.get("coordinates")
    _check(coordinates, _DEPTHS[kind])
    _check_counts(kind, coordinates)
    return {"type": kind, "coordinates": coordinates}


def _check(value: Any, depth: int) -> None:
    if not isinstance(value, list) or not value:
        raise Refusal("no-geometry")
    if depth:
        for part in value:
            _check(part, depth - 1)
        return
    if not 2 <= len(value) <= 4 or not all(_is_number(part) for part in value):
        raise Refusal("no-geometry")
    in_degrees(value[0], value[1])


def _is_number(value: Any) -> bool:
    # An int beyond a double's range cannot become a coordinate.
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def in_degrees(lon: float, lat: float) -> None:
    """Raise Refusal "outside" unless the pair is longitude and latitude in degrees."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refusal("outside", value=f"{lon:.6g} {lat:.6g}")


def _check_counts(kind: str, coordinates: Any) -> None:
    rings = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])
    if any(len(ring) < 4 or ring[0] != ring[-1] for polygon in rings for ring in polygon):
        raise Refusal("no-geometry")
    lines = {"LineString": [coordinates], "MultiLineString": coordinates}.get(kind, [])
    if any(len(line) < 2 for line in lines):
        raise Refusal("no-geometry")


def positions(geometry: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """All lon/lat positions of a checked geometry."""
    if geometry["type"] == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from positions(part)
        return
    yield from _flat(geometry["coordinates"])


def _flat(value: list[Any]) -> Iterator[tuple[float, float]]:
    if isinstance(value[0], list):
        for part in value:
            yield from _flat(part)
    else:
        yield value[0], value[1]


def point_of(geometry: dict[str, Any]) -> tuple[float, float]:
    """A lon/lat point that lies on the checked geometry (the point itself for a Point)."""
    if geometry["type"] == "Point":
        return geometry["coordinates"][0], geometry["coordinates"][1]
    try:
        inner = shapely.force_2d(shape(geometry)).representative_point()
    except shapely.errors.GEOSException:
        return next(positions(geometry))
    # Nothing to represent, such as a ring without an area: its first corner lies on it.
    return next(positions(geometry)) if inner.is_empty else (round(inner.x, _PLACES), round(inner.y, _PLACES))


__all__ = ["checked", "in_degrees", "point_of", "positions"]
