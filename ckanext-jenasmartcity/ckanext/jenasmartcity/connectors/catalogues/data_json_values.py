"""Single values of data.json: each reader takes an entry and returns what is said, or raises Refusal.

What the standard leaves open (a theme in words, a place by name) is kept where the
portal has a field for it and left out where it has none; what contradicts the standard
is refused.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Mapping
from typing import Any

from ckanext.jenasmartcity.connectors.values import Refusal

_SHOWN = 80
_MOST = 1_000
_LONGEST = 10_000
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_THEMES = _AUTHORITY + "data-theme/"
_FREQUENCIES = _AUTHORITY + "frequency/"
# ISO 8601 repetitions as the standard lists them, and what the EU's table calls them.
_RHYTHMS = {
    "R/P10Y": "DECENNIAL", "R/P4Y": "QUADRENNIAL", "R/P3Y": "TRIENNIAL", "R/P2Y": "BIENNIAL", "R/P1Y": "ANNUAL",
    "R/P6M": "ANNUAL_2", "R/P4M": "ANNUAL_3", "R/P3M": "QUARTERLY", "R/P2M": "BIMONTHLY", "R/P1M": "MONTHLY",
    "R/P0.5M": "MONTHLY_2", "R/P0.33M": "MONTHLY_3", "R/P2W": "BIWEEKLY", "R/P1W": "WEEKLY", "R/P7D": "WEEKLY",
    "R/P3.5D": "WEEKLY_2", "R/P0.33W": "WEEKLY_3", "R/P1D": "DAILY", "R/PT1H": "HOURLY", "R/PT1S": "CONT",
    "irregular": "IRREG",
}
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_PARTIAL = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-.*)?", re.IGNORECASE | re.DOTALL)
_BOX = re.compile(r"\s*-?[0-9]+(?:\.[0-9]+)?(?:\s*,\s*-?[0-9]+(?:\.[0-9]+)?){3}\s*")


def kind(value: Any) -> str:
    """What JSON calls a value, for messages."""
    if isinstance(value, dict):
        return "{…}"
    return "[…]" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)[:_SHOWN]


def _refused(name: str, value: Any) -> Refusal:
    return Refusal("not-readable", name, detail=f"{name}: {kind(value)}")


def text(entry: Mapping[str, Any], name: str) -> str:
    """A text or number without blanks at its ends; "" where there is none."""
    value = entry.get(name)
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _refused(name, value)


def texts(entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts, or one text; empty ones are left out."""
    value = entry.get(name)
    listed = [value] if isinstance(value, str) else value
    if listed is None:
        return ()
    if not isinstance(listed, list) or len(listed) > _MOST or not all(isinstance(one, str) for one in listed):
        raise _refused(name, value)
    return tuple(stripped for one in listed if (stripped := one.strip()) and len(stripped) <= _LONGEST)


def entries(entry: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects, or one object."""
    value = entry.get(name)
    listed = [value] if isinstance(value, dict) else value
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise _refused(name, value)
    return listed


def prose(raw: str) -> str:
    """A description without HTML, which ArcGIS Hub writes."""
    return html.unescape(_TAG.sub(" ", raw)).strip() if "<" in raw else raw


def address(entry: Mapping[str, Any], name: str) -> str:
    """An http, https or ftp address; "" where there is none."""
    url = text(entry, name)
    if url and not url.startswith(("https://", "http://", "ftp://")) or len(url) > _LONGEST:
        raise Refusal("not-readable", name, detail=f"»{url[:_SHOWN]}« ≠ https://…")
    return url


def addresses(entry: Mapping[str, Any], name: str) -> list[str]:
    """Those of the texts that are http or https addresses."""
    return [one for one in texts(entry, name) if one.startswith(("https://", "http://"))]


def day(entry: Mapping[str, Any], name: str) -> str:
    """A year, month, day or moment as ISO 8601; "" for none and for a repetition (R/P1D)."""
    raw = text(entry, name)
    return "" if raw.startswith("R/") else _date(name, raw)


def _date(name: str, raw: str) -> str:
    if not raw or _PARTIAL.fullmatch(raw):
        return raw
    try:
        dt.datetime.fromisoformat(raw)
    except ValueError as error:
        raise Refusal("not-a-date", name, value=raw[:_SHOWN]) from error
    return raw


def period(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    """``temporal_coverage`` of "start/end"; one end will do."""
    start, _, end = text(entry, "temporal").partition("/")
    said = {"start": _date("temporal", start.strip()), "end": _date("temporal", end.strip())}
    said = {name: value for name, value in said.items() if value}
    return [said] if said else []


def area(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    """``spatial_coverage`` of "west,south,east,north" in degrees, of a GeoJSON object, or of a place's name."""
    value = entry.get("spatial")
    if isinstance(value, dict):
        return [{"geom": json.dumps(value)}] if "coordinates" in value else []
    raw = text(entry, "spatial")
    if not _BOX.fullmatch(raw):
        return [{"text": raw[:_LONGEST]}] if raw else []
    west, south, east, north = (float(part) for part in raw.split(","))
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90 and west <= east):
        raise Refusal("outside", "spatial", value=raw[:_SHOWN])
    if west == east or south == north:
        return [{"geom": json.dumps({"type": "Point", "coordinates": [(west + east) / 2, (south + north) / 2]})}]
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return [{"bbox": json.dumps({"type": "Polygon", "coordinates": [ring]})}]


def themes(entry: Mapping[str, Any], translated: Mapping[str, str]) -> list[str]:
    """The EU's data themes among the themes; ``translated`` says what a source's own words mean."""
    found = (translated.get(one, one).removeprefix(_THEMES) for one in texts(entry, "theme"))
    return list(dict.fromkeys(_THEMES + code for code in found if len(code) == 4 and code.isalpha() and code.isupper()))


def languages(entry: Mapping[str, Any]) -> list[str]:
    """Two letters for each language tag: "de-DE" is "de"."""
    return list(dict.fromkeys(one[:2].lower() for one in texts(entry, "language") if _LANGUAGE.fullmatch(one)))


def frequency(entry: Mapping[str, Any]) -> str:
    """The EU's name of the rhythm, "" where it has none."""
    raw = text(entry, "accrualPeriodicity")
    if raw.startswith(_FREQUENCIES):
        return raw
    return _FREQUENCIES + _RHYTHMS[raw] if raw in _RHYTHMS else ""


def publisher(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    """``publisher``: its name, which some feeds give without an object around it."""
    value = entry.get("publisher")
    if value is None:
        return []
    name = text(value if isinstance(value, dict) else entry, "name" if isinstance(value, dict) else "publisher")
    return [{"name": name}] if name else []


def contact(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    """``contact``: name and e-mail address of the vCard."""
    found = []
    for card in entries(entry, "contactPoint"):
        email = text(card, "hasEmail").removeprefix("mailto:")
        said = {"name": text(card, "fn"), "email": email if "@" in email else ""}
        found.append({name: value for name, value in said.items() if value})
    return [one for one in found if one]
