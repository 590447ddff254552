"""Records that carry what nobody can store or show: they are refused one by one, by name.

Reading a document keeps such marks (``bodies``) instead of failing: one record with a
broken byte must not keep a thousand good ones from being read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sized
from typing import Any

from ckanext.jenasmartcity.connectors.values import Refusal

# Characters of one text.  A row of a table holds less than this (harvest.account).
LONGEST = 600_000
# Entries of one list or object; a timetable's shape has some thousand points.
MOST = 100_000
NUL = "\x00"
# Python keeps a byte that is no UTF-8 as one of these (PEP 383).
_BROKEN = re.compile("[\udc80-\udcff]")
_SHOWN = 60


def check(value: Any, field: str = "") -> None:
    """Raise Refusal (not-readable, too-long) for a text, number or list that cannot be taken.

    value: what JSON can say, at any depth.  field: its name, for the message.
    """
    if isinstance(value, str):
        _check_text(value, field)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refusal("not-readable", field, detail=f"{field}: {'NaN' if math.isnan(value) else 'Infinity'}")
    elif isinstance(value, dict):
        check_number_of(value, field)
        for name, entry in value.items():
            _check_text(name, field)
            check(entry, name[:_SHOWN])
    elif isinstance(value, list | tuple):
        check_number_of(value, field)
        for entry in value:
            check(entry, field)


def is_sound(value: Any) -> bool:
    """Whether ``check`` lets it pass."""
    try:
        check(value)
    except Refusal:
        return False
    return True


def flaws(text: str) -> int:
    """Number of NUL characters and of bytes that are no text."""
    return text.count(NUL) + (0 if text.isascii() else len(_BROKEN.findall(text)))


def _check_text(text: str, field: str) -> None:
    if len(text) > LONGEST:
        raise Refusal("too-long", field, found=_grouped(len(text)), limit=_grouped(LONGEST))
    if NUL in text:
        raise Refusal("not-readable", field, detail=f"{field}: NUL (0x00)")
    if not text.isascii() and _BROKEN.search(text):
        raise Refusal("not-readable", field, detail=f"{field}: UTF-8")


def check_number_of(entries: Sized, field: str) -> None:
    """Raise Refusal "too-many" for more entries than a record can have."""
    if len(entries) > MOST:
        raise Refusal("too-many", field, found=_grouped(len(entries)), limit=_grouped(MOST))


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def first_sound(values: Iterable[Any]) -> str | None:
    """The first value that can name a record: a short sound text or a number."""
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and 0 < len(value.strip()) <= 200 and is_sound(value):
            return value.strip()
    return None


__all__ = ["LONGEST", "MOST", "NUL", "check", "check_number_of", "first_sound", "flaws", "is_sound"]
