"""Values of Open-vhs as they are met in exports: dates, times, numbers, truth values.

Each reader takes the text of a field and returns None for "not said", which exports
write as an empty element, -1, 0000-00-00 or 9999-12-31, and raises Refusal for what it cannot read.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from ckanext.jenasmartcity.connectors.values import BERLIN, Refusal

_UNSAID = frozenset(("", "-1", "-1.0", "-1.00", "0000-00-00", "9999-12-31", "null", "none"))
_YEARS = range(1900, 2200)
_ISO_DAY = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?:[T ].*)?", re.DOTALL)
_GERMAN_DAY = re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})")
_TIME = re.compile(r"(?P<h>[0-9]{1,2})[:.](?P<min>[0-9]{2})(?:[:.](?P<s>[0-9]{2})(?:\.[0-9]+)?)?"
                   r"(?:\s*Uhr)?\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?")
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,9})(?:[.,](?P<cents>[0-9]{1,4}))?\s*(?:€|EUR|Euro)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=[0-9])\.(?=[0-9]{3}(?:,|\b))(?=.*,)")
_FREE = frozenset(("kostenlos", "kostenfrei", "gebührenfrei", "entgeltfrei", "frei"))
# "fasle" stands in real exports.
_TRUTH = {"true": True, "1": True, "ja": True, "wahr": True,
          "false": False, "0": False, "nein": False, "falsch": False, "fasle": False}
_UNKNOWN = _UNSAID | {"unbekannt", "k. a.", "k.a.", "keine angabe"}


def _refused(code: str, raw: str) -> Refusal:
    return Refusal(code, value=raw[:80])


def day(raw: str) -> dt.date | None:
    """2026-11-24 (a time after it is ignored) or 24.11.2026."""
    if raw.lower() in _UNSAID:
        return None
    match = _ISO_DAY.fullmatch(raw) or _GERMAN_DAY.fullmatch(raw)
    if match is None or int(match["y"]) not in _YEARS:
        raise _refused("not-a-date", raw)
    try:
        return dt.date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError as error:
        raise _refused("not-a-date", raw) from error


def moment(on: dt.date, raw: str) -> dt.datetime | None:
    """Day and time in Europe/Berlin: 18:30:00, 18:30, 18.30 Uhr, 13:00:00+02:00; 24:00 is the next day's 0:00."""
    if raw.lower() in _UNSAID:
        return None
    match = _TIME.fullmatch(raw)
    if match is None:
        raise _refused("not-readable", raw)
    hour, minute, second = int(match["h"]), int(match["min"]), int(match["s"] or 0)
    try:
        if (hour, minute, second) == (24, 0, 0):
            hour, on = 0, on + dt.timedelta(days=1)
        naive = dt.datetime.combine(on, dt.time(hour, minute, second))
        if not match["zone"]:
            return naive.replace(tzinfo=BERLIN)
        offset = "+0000" if match["zone"] == "Z" else match["zone"].replace(":", "")
        zone = dt.datetime.strptime(offset, "%z").tzinfo
        return naive.replace(tzinfo=zone).astimezone(BERLIN)
    except (ValueError, OverflowError) as error:
        raise _refused("not-readable", raw) from error


def count(raw: str) -> int | None:
    """Number of places: 12 or "12.0"."""
    if raw.lower() in _UNSAID:
        return None
    if not re.fullmatch(r"[0-9]{1,6}(?:\.0+)?", raw):
        raise _refused("not-a-number", raw)
    return int(raw.partition(".")[0])


def euro(raw: str) -> Decimal | None:
    """82.8, "82,80 €", "1.200,00" or a word for "free" (0)."""
    if raw.lower() in _UNSAID:
        return None
    if raw.lower() in _FREE:
        return Decimal(0)
    match = _AMOUNT.fullmatch(_THOUSANDS.sub("", raw))
    if match is None:
        raise _refused("not-a-number", raw)
    return Decimal(f"{match['whole']}.{match['cents']}" if match["cents"] else match["whole"])


def truth(raw: str) -> bool | None:
    """true/false, 1/0, ja/nein."""
    if raw.lower() in _UNKNOWN:
        return None
    if raw.lower() not in _TRUTH:
        raise _refused("not-a-truth-value", raw)
    return _TRUTH[raw.lower()]


__all__ = ["count", "day", "euro", "moment", "truth"]
