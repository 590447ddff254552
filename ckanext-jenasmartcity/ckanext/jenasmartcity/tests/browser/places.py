"""Where a point lies, by the even-odd rule: written here so that nothing of the tested code is used."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

from ckanext.jenasmartcity.tests.browser.readers import ROOT


@functools.cache
def _districts() -> list[tuple[str, dict[str, Any]]]:
    parsed = json.loads((ROOT / "config/places/ortsteile.geojson").read_text("utf-8"))
    return [(entry["properties"]["name"], entry["geometry"]) for entry in parsed["features"]]


def district(lon: float, lat: float) -> str | None:
    """The Ortsteil of a point; degrees, WGS 84."""
    return next((name for name, geometry in _districts() if inside(lon, lat, geometry)), None)


def inside(lon: float, lat: float, geometry: dict[str, Any]) -> bool:
    """Whether a point lies in a polygon or in one of several."""
    return any(_crossings(lon, lat, rings) % 2 == 1 for rings in _polygons(geometry))


def positions(geometry: dict[str, Any]) -> Iterator[list[float]]:
    """Every position of a point, a polygon or several."""
    if geometry["type"] == "Point":
        yield geometry["coordinates"]
        return
    yield from (position for rings in _polygons(geometry) for ring in rings for position in ring)


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    return geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]


def _crossings(lon: float, lat: float, rings: list[list[list[float]]]) -> int:
    count = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False):
            if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                count += 1
    return count
