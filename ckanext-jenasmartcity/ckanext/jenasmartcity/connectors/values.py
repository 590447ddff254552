"""Reading numbers, dates and truth values as German and international feeds write them.

Each reader returns None where the text is not of its kind; nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ckanext.jenasmartcity.connectors.base import ColumnType, Rejected

Decimals = Literal[",", "."]

BERLIN = ZoneInfo("Europe/Berlin")

_TRUE = frozenset({"wahr", "true", "ja", "yes"})
_FALSE = frozenset({"falsch", "false", "nein", "no"})
_POINT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_COMMA = re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?")
_GERMAN_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,6})[0-9]*)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?")
# Values without leading zeros or plus sign: AGS, postcodes and telephone numbers stay text.
_PLAIN_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_PLAIN_POINT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_PLAIN_COMMA = re.compile(r"-?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|0|[1-9][0-9]*)(?:,[0-9]+)?")
_AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_LONGEST_NUMBER = 100
_LARGEST_INT = 2**63 - 1  # PostgreSQL's int8


class Refusal(ValueError):  # noqa: N818 - a value of the domain, not a fault of the program
    """One record that cannot be taken: a code of ``reasons.REASONS`` and its values."""

    def __init__(self, code: str, field: str | None = None, **values: str) -> None:
        super().__init__(code)
        self.code, self.field, self.values = code, field, values

    def rejected(self, record: str) -> Rejected:
        """The same as an entry of ``Harvest.rejected``."""
        return Rejected(id=record, code=self.code, field=self.field, values=self.values)


def truth(text: str) -> bool | None:
    """WAHR/FALSCH, ja/nein, true/false, yes/no in any case, and 1/0."""
    word = text.lower()
    if word in _TRUE or word == "1":
        return True
    return False if word in _FALSE or word == "0" else None


def number(text: str, decimals: Decimals = ".") -> Decimal | None:
    """A number with decimal point, or in German writing (1.234,5) with ``decimals`` ","."""
    if len(text) > _LONGEST_NUMBER:
        return None
    if decimals == ",":
        return Decimal(text.replace(".", "").replace(",", ".")) if _COMMA.fullmatch(text) else None
    return Decimal(text) if _POINT.fullmatch(text) else None


def whole(text: str, decimals: Decimals = ".") -> int | None:
    """An integer in PostgreSQL's int8 range, else None."""
    value = number(text, decimals)
    if value is None or value != value.to_integral_value() or abs(value) > _LARGEST_INT:
        return None
    return int(value)


def date(text: str) -> dt.date | None:
    """1.6.2023, 01.06.2023 or 2023-06-01."""
    if match := _GERMAN_DATE.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := _ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def moment(text: str) -> dt.datetime | None:
    """Aware time: date and clock time; without an offset it is Europe/Berlin's.

    A date alone is midnight in Europe/Berlin.
    """
    head, _, tail = text.replace("T", " ", 1).partition(" ")
    day = date(head)
    if day is None:
        return None
    match = _CLOCK.fullmatch(tail.strip() or "00:00")
    if match is None:
        return None
    hour, minute, second, fraction, offset = match.groups()
    try:
        clock = dt.time(int(hour), int(minute), int(second or 0), int((fraction or "").ljust(6, "0")))
        value = dt.datetime.combine(day, clock, _zone(offset))
        value.astimezone(dt.UTC), value.astimezone(BERLIN)  # OverflowError at the ends of the calendar
        return value
    except (ValueError, OverflowError):
        return None


def _zone(offset: str | None) -> dt.tzinfo:
    if offset is None:
        return BERLIN
    if offset == "Z":
        return dt.UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return dt.timezone((-1 if offset[0] == "-" else 1) * dt.timedelta(hours=hours, minutes=minutes))


_READERS: Mapping[ColumnType, Callable[[str, Decimals], Any]] = {
    "int": whole, "numeric": number, "bool": lambda text, _: truth(text), "date": lambda text, _: date(text),
    "timestamp": lambda text, _: moment(text),
}
_CODES: Mapping[ColumnType, str] = {
    "int": "not-a-number", "numeric": "not-a-number", "bool": "not-a-truth-value",
    "date": "not-a-date", "timestamp": "not-a-date",
}


def typed(text: str, kind: ColumnType, decimals: Decimals, field: str) -> Any:
    """The Python value of a stripped text; None for an empty one.

    Raises Refusal (not-a-number, not-a-date, not-a-truth-value) naming ``field``.
    """
    if not text:
        return None
    reader = _READERS.get(kind)
    if reader is None:
        return text
    value = reader(text, decimals)
    if value is None:
        raise Refusal(_CODES[kind], field, value=text[:80])
    return value


def decimals_of(texts: Sequence[str]) -> Decimals:
    """The decimal mark of a column: "," if any of its values has one, else ".".

    So "1.234" is 1234 beside "0,5".
    """
    return "," if any("," in text and _COMMA.fullmatch(text) for text in texts) else "."


def kind_of(texts: Sequence[str]) -> tuple[ColumnType, Decimals]:
    """Type and decimal mark that all non-empty values of a column share, else text.

    A column whose only separators are those of "1.234" stays text: thousand or
    one and a bit cannot be told.
    """
    filled = [text for text in texts if text]
    decimals = decimals_of(filled)
    if not filled:
        return "text", decimals
    if all(text.lower() in _TRUE | _FALSE for text in filled):
        return "bool", decimals
    if all(_PLAIN_INT.fullmatch(text) and len(text) <= _LONGEST_NUMBER for text in filled):
        return ("int" if all(whole(text) is not None for text in filled) else "numeric"), decimals
    if _all_numbers(filled, decimals):
        return "numeric", decimals
    if all(date(text) for text in filled):
        return "date", decimals
    return ("timestamp" if all(moment(text) for text in filled) else "text"), decimals


def ambiguous(texts: Sequence[str]) -> bool:
    """Whether the only separators of a column of numbers are those of "1.234"."""
    dotted = [text for text in texts if "." in text]
    return bool(dotted) and decimals_of(texts) == "." and all(_AMBIGUOUS.fullmatch(text) for text in dotted)


def _all_numbers(filled: Sequence[str], decimals: Decimals) -> bool:
    pattern = _PLAIN_COMMA if decimals == "," else _PLAIN_POINT
    if not all(pattern.fullmatch(text) and len(text) <= _LONGEST_NUMBER for text in filled):
        return False
    return decimals == "," or any("." in text and not _AMBIGUOUS.fullmatch(text) for text in filled)


__all__ = [
    "BERLIN", "Decimals", "Refusal", "ambiguous", "date", "decimals_of", "kind_of", "moment", "number", "truth",
    "typed", "whole",
]
