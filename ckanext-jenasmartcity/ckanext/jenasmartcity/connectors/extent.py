"""Where and when the records of a dataset lie, as fields of its schema."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from ckanext.jenasmartcity.connectors.base import spread
from ckanext.jenasmartcity.connectors.values import BERLIN


def spatial_coverage(points: Iterable[tuple[float, float]]) -> list[dict[str, str]]:
    """``spatial_coverage`` of lon/lat points in degrees: the bounding box as a GeoJSON string.

    Points on one spot or line have no box with an area, which spatial indexes refuse:
    they give their middle as ``geom`` instead.  No points: an empty list.
    """
    box = spread(points)
    if box is None:
        return []
    west, south, east, north = box
    if west == east or south == north:
        middle = {"type": "Point", "coordinates": [(west + east) / 2, (south + north) / 2]}
        return [{"geom": json.dumps(middle)}]
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return [{"bbox": json.dumps({"type": "Polygon", "coordinates": [ring]})}]


def temporal_coverage(times: Iterable[dt.date | dt.datetime | None]) -> list[dict[str, str]]:
    """``temporal_coverage``: first and last day (ISO 8601, in Europe/Berlin) of what is known."""
    days = [_day(time) for time in times if time is not None]
    if not days:
        return []
    return [{"start": min(days).isoformat(), "end": max(days).isoformat()}]


def _day(time: dt.date | dt.datetime) -> dt.date:
    return time.astimezone(BERLIN).date() if isinstance(time, dt.datetime) else time


def districts(names: Iterable[str | None]) -> list[str]:
    """``ortsteil``: the names that occur, each once, sorted."""
    return sorted({name for name in names if name})


def known(**fields: Any) -> dict[str, Any]:
    """The fields that have a value: an empty list or text says nothing and is left out."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], ())}


__all__ = ["districts", "known", "spatial_coverage", "temporal_coverage"]
