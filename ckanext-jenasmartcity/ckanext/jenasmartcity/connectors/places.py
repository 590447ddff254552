"""In which Ortsteil a point lies, from a GeoJSON of their areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import shapely
from shapely.geometry import shape


def locator(collection: Mapping[str, Any], name: str = "name") -> Callable[[float, float], str | None]:
    """A function (longitude, latitude) in degrees, WGS 84 -> name of the area, or None.

    collection: a parsed GeoJSON FeatureCollection of (multi)polygons; ``name`` is the
    property that names each.  A point on a shared border belongs to the area that comes
    first in the collection.  Raises KeyError or ValueError for anything else: the file
    is the portal's own, so a fault in it is one of the installation.
    """
    names, areas = [], []
    for feature in collection["features"]:
        area = shapely.make_valid(shape(feature["geometry"]))
        if area.is_empty or not area.area:
            raise ValueError(f"no area: {feature['properties'][name]}")
        names.append(str(feature["properties"][name]))
        areas.append(area)
    tree = shapely.STRtree(areas)

    def locate(lon: float, lat: float) -> str | None:
        hits = tree.query(shapely.Point(lon, lat), predicate="intersects")
        return names[min(hits)] if len(hits) else None

    return locate


__all__ = ["locator"]
