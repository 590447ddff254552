"""Column ids for the DataStore, made from the headers of a feed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NO_WORD = re.compile(r"[^a-z0-9]+")
_LONGEST = 60  # PostgreSQL cuts names after 63 bytes; room for a suffix


def column_id(header: str) -> str:
    """"Priorität" -> "prioritaet"; "" if nothing of the header is left.

    Lower case ASCII, digits and underscores, none at the start: CKAN keeps names
    with a leading underscore for itself.
    """
    lowered = unicodedata.normalize("NFC", header).lower().translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    return _NO_WORD.sub("_", plain).strip("_")[:_LONGEST].rstrip("_")


def column_ids(headers: Iterable[str]) -> tuple[str, ...]:
    """One id per header, in order; doubled ones are numbered, empty ones named after their place."""
    given: set[str] = set()
    ids: list[str] = []
    for place, header in enumerate(headers, start=1):
        ids.append(free_id(column_id(header) or f"spalte_{place}", given))
        given.add(ids[-1])
    return tuple(ids)


def free_id(wanted: str, taken: Iterable[str]) -> str:
    """``wanted``, or ``wanted_2``, ``wanted_3`` … if it is taken."""
    used = set(taken)
    name, count = wanted, 1
    while name in used:
        count += 1
        suffix = f"_{count}"
        name = wanted[: 63 - len(suffix)] + suffix
    return name


__all__ = ["column_id", "column_ids", "free_id"]
