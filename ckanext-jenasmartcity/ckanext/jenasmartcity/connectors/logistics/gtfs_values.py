"""One field of a GTFS file: from its text to a Python value, or Refusal.

Types after https://gtfs.org/documentation/schedule/reference/#field-types.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ckanext.jenasmartcity.connectors.base import ColumnType
from ckanext.jenasmartcity.connectors.logistics.gtfs_files import Kind
from ckanext.jenasmartcity.connectors.values import Refusal

_INT = re.compile(r"[+-]?[0-9]{1,10}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")
_DATE = re.compile(r"[0-9]{8}")
# Hours run past 24 for trips that end after midnight; three digits cover trips of several days.
_TIME = re.compile(r"[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]")
# The DataStore's int is PostgreSQL's int4.
_INT4 = range(-(2**31), 2**31)


def _integer(raw: str) -> int:
    if not _INT.fullmatch(raw) or int(raw) not in _INT4:
        raise Refusal("not-a-number")
    return int(raw)


def _unsigned(raw: str) -> int:
    value = _integer(raw)
    if value < 0:
        raise Refusal("not-a-number")
    return value


def _decimal(raw: str) -> Decimal:
    if not _DECIMAL.fullmatch(raw):
        raise Refusal("not-a-number")
    return Decimal(raw)


def _degrees(limit: int) -> Callable[[str], Decimal]:
    def read(raw: str) -> Decimal:
        value = _decimal(raw)
        if abs(value) > limit:
            raise Refusal("outside")
        return value

    return read


def _date(raw: str) -> dt.date:
    if not _DATE.fullmatch(raw):
        raise Refusal("not-a-date")
    try:
        return dt.date(int(raw[:4]), int(raw[4:6]), int(raw[6:]))
    except ValueError as error:
        raise Refusal("not-a-date") from error


def _time(raw: str) -> str:
    if not _TIME.fullmatch(raw):
        raise Refusal("not-readable", detail=f"»{raw[:40]}« (HH:MM:SS)")
    return raw


def _one_of(allowed: range) -> Callable[[str], int]:
    def read(raw: str) -> int:
        value = _integer(raw)
        if value not in allowed:
            raise Refusal("not-in-list")
        return value

    return read


# Only those lists are closed here on which the meaning of a row depends; the others
# grow with the standard and with extensions (route types above 99, -999 for unknown).
READERS: dict[Kind, Callable[[str], Any]] = {
    "text": str, "int": _integer, "uint": _unsigned, "decimal": _decimal, "lat": _degrees(90), "lon": _degrees(180),
    "date": _date, "time": _time, "flag": _one_of(range(2)), "exception": _one_of(range(1, 3)),
    "location": _one_of(range(5)),
}

COLUMN_TYPES: dict[Kind, ColumnType] = {
    "text": "text", "int": "int", "uint": "int", "decimal": "numeric", "lat": "numeric", "lon": "numeric",
    "date": "date", "time": "text", "flag": "int", "exception": "int", "location": "int",
}

__all__ = ["COLUMN_TYPES", "READERS"]
