"""Rules of GTFS that look at more than one field of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.jenasmartcity.connectors.values import Refusal

# location_type: 3 generic nodes and 4 boarding areas may do without a position.
_PLACELESS = (3, 4)


def _stop(row: Mapping[str, Any]) -> None:
    if row.get("location_type") in _PLACELESS:
        return
    lat, lon = row.get("stop_lat"), row.get("stop_lon")
    # 0/0 is what exports write for "no position"; it lies in the Gulf of Guinea.
    if lat is None or lon is None or (lat == 0 and lon == 0):
        raise Refusal("no-geometry", "stop_lat")


def _route(row: Mapping[str, Any]) -> None:
    if not (row.get("route_short_name") or row.get("route_long_name")):
        raise Refusal("missing", "route_short_name")


def _stop_time(row: Mapping[str, Any]) -> None:
    if not (row.get("stop_id") or row.get("location_group_id") or row.get("location_id")):
        raise Refusal("missing", "stop_id")


def _span(start: str, end: str) -> Callable[[Mapping[str, Any]], None]:
    def check(row: Mapping[str, Any]) -> None:
        first, last = row.get(start), row.get(end)
        if first and last and last < first:
            raise Refusal("not-readable", end, detail=f"{end} {last} < {start} {first}")

    return check


_RULES: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "stops": _stop, "routes": _route, "stop_times": _stop_time,
    "calendar": _span("start_date", "end_date"), "feed_info": _span("feed_start_date", "feed_end_date"),
}


def rule(file: str) -> Callable[[Mapping[str, Any]], None] | None:
    """The check for rows of a file, which raises Refusal; None where its fields' own rules are all."""
    return _RULES.get(file)


__all__ = ["rule"]
