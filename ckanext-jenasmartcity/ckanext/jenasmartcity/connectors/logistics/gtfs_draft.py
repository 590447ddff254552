"""What a GTFS feed says of itself as a dataset (type ``logistics``).

The vocabularies are those of mobilityDCAT-AP, https://w3id.org/mobilitydcat-ap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ckanext.jenasmartcity.connectors.base import Draft, Source
from ckanext.jenasmartcity.connectors.extent import districts, known, spatial_coverage, temporal_coverage
from ckanext.jenasmartcity.connectors.logistics.gtfs_rows import Sheet
from ckanext.jenasmartcity.connectors.values import BERLIN

_MOBILITY = "https://w3id.org/mobilitydcat-ap"
_THEMES = (f"{_MOBILITY}/mobility-theme/public-transport-scheduled-transport",
           f"{_MOBILITY}/mobility-theme/timetables-static")
# route_type of the standard and, from 100 on, of the extended list in use in Germany (hundreds = family).
_MODES = {
    0: "tram-light-rail", 1: "metro-subway-train", 2: "regional-and-local-rail", 3: "bus", 4: "maritime",
    5: "tram-light-rail", 11: "bus", 101: "long-distance-rail", 102: "long-distance-rail", 105: "long-distance-rail",
}
_FAMILIES = {
    1: "regional-and-local-rail", 2: "long-distance-coach", 4: "metro-subway-train", 7: "bus", 8: "bus",
    9: "tram-light-rail", 10: "maritime", 11: "air", 12: "maritime", 15: "taxi",
}
_NETWORKS = {
    "tram-light-rail": "metro-subway-tram-or-light-rail-network",
    "metro-subway-train": "metro-subway-tram-or-light-rail-network",
    "regional-and-local-rail": "rail-network", "long-distance-rail": "rail-network",
    "maritime": "waterways", "air": "air-network",
}
_LANGUAGES = {"de": "DEU", "en": "ENG", "fr": "FRA", "pl": "POL", "cs": "CES", "it": "ITA", "es": "SPA", "nl": "NLD"}
_LANGUAGE_IRI = "http://publications.europa.eu/resource/authority/language/"
# A timetable that ends within a week leaves journey planners without data (practice of the GTFS validator).
WARNING = dt.timedelta(days=7)


def draft(source: Source, sheets: Mapping[str, Sheet], others: Iterable[str]) -> Draft:
    """The dataset of a feed; others: names of files that are in the ZIP but not in the standard."""
    start, end = period(sheets)
    wanted = source.options.get("draft") or {}
    modes = _modes(sheets["routes"])
    fields: dict[str, Any] = {
        "temporal_coverage": temporal_coverage((start, end)),
        "spatial_coverage": spatial_coverage(filter(None, points(sheets.get("stops")))),
        "ortsteil": districts(source.locate(*point) for point in points(sheets.get("stops")) if point),
        "version": _first(sheets, "feed_version") or "",
        "language": _languages(sheets),
        "creator": _creator(sheets),
        "mobility_theme": list(_THEMES),
        "transport_mode": [f"{_MOBILITY}/transport-mode/{mode}" for mode in modes],
        "network_coverage": [f"{_MOBILITY}/network-coverage/{network}" for network in _networks(modes)],
        "georeferencing_method": f"{_MOBILITY}/georeferencing-method/geocoordinates",
        "quality_note": _quality(source.now, end, others),
    }
    return Draft(
        id=str(wanted.get("id") or "gtfs"), type="logistics", title=str(wanted.get("title") or source.title),
        tags=("Fahrplan", "GTFS", "Öffentlicher Nahverkehr"),
        fields=known(**fields),
    )


def period(sheets: Mapping[str, Sheet]) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of the timetable: feed_info's, else the hull of the calendars."""
    starts: list[dt.date] = []
    ends: list[dt.date] = []
    if calendar := sheets.get("calendar"):
        starts += calendar.column("start_date")
        ends += calendar.column("end_date")
    if dates := sheets.get("calendar_dates"):
        at, kind = dates.at("date"), dates.at("exception_type")
        added = [row[at] for row in dates.rows if at is not None and kind is not None and row[kind] == 1]
        starts += added
        ends += added
    return (_first(sheets, "feed_start_date") or min(starts, default=None),
            _first(sheets, "feed_end_date") or max(ends, default=None))


def _first(sheets: Mapping[str, Sheet], column: str) -> Any:
    info = sheets.get("feed_info")
    return next(info.column(column), None) if info else None


def points(stops: Sheet | None) -> Iterator[tuple[float, float] | None]:
    """Position of each stop, (longitude, latitude) in degrees, in the order of the rows."""
    if stops is None:
        return
    lon, lat = stops.at("stop_lon"), stops.at("stop_lat")
    for row in stops.rows:
        x, y = (None, None) if lon is None or lat is None else (row[lon], row[lat])
        yield (float(x), float(y)) if x is not None and y is not None else None


def _languages(sheets: Mapping[str, Sheet]) -> list[str]:
    tag = str(_first(sheets, "feed_lang") or next(sheets["agency"].column("agency_lang"), ""))
    code = _LANGUAGES.get(tag.lower().split("-")[0])
    return [_LANGUAGE_IRI + code] if code else []


def _creator(sheets: Mapping[str, Sheet]) -> list[dict[str, str]]:
    name, url = _first(sheets, "feed_publisher_name"), _first(sheets, "feed_publisher_url")
    return [{"name": name, "url": url or ""}] if name else []


def _modes(routes: Sheet) -> list[str]:
    types = set(routes.column("route_type"))
    return sorted({_MODES.get(kind) or _FAMILIES.get(kind // 100 if kind >= 100 else 0, "other") for kind in types})


def _networks(modes: Iterable[str]) -> list[str]:
    return sorted({_NETWORKS.get(mode, "other-public-transport-network") for mode in modes})


def _quality(now: dt.datetime, end: dt.date | None, others: Iterable[str]) -> str:
    notes = []
    today = now.astimezone(BERLIN).date()
    if end and end < today:
        notes.append(f"Der Fahrplan ist am {end:%d.%m.%Y} abgelaufen.")
    elif end and end < today + WARNING:
        notes.append(f"Der Fahrplan endet am {end:%d.%m.%Y}; ein neuer liegt noch nicht vor.")
    if unread := ", ".join(others):
        notes.append(f"Nicht Teil des Standards GTFS und daher nicht als Tabelle geladen: {unread}.")
    return " ".join(notes)


__all__ = ["WARNING", "draft", "period", "points"]
