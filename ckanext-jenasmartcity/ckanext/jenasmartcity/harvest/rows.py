"""A table's rows as PostgreSQL's COPY reads them, and their hash.  Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from ckanext.jenasmartcity.connectors.base import Column, Table

# Times in a source are aware; a column with an offset keeps a reader from guessing.
TYPES = {
    "text": "text", "int": "int8", "numeric": "numeric", "bool": "bool", "date": "date",
    "timestamp": "timestamptz", "json": "json",
}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


def fields(table: Table) -> list[dict[str, Any]]:
    """The columns with their dictionary, as ``datastore_create`` takes them."""
    return [{"id": column.id, "type": TYPES[column.type], "info": _info(column)} for column in table.columns]


def _info(column: Column) -> dict[str, str]:
    info = {
        "label": column.label.de if column.label else "", "label_en": column.label.en if column.label else "",
        "notes": column.notes.de if column.notes else "", "notes_en": column.notes.en if column.notes else "",
        "unit": column.unit or "",
    }
    return {key: value for key, value in info.items() if value}


def lines(table: Table) -> Iterator[bytes]:
    """One line per row, its number first, in COPY's text format."""
    types = [column.type for column in table.columns]
    for number, row in enumerate(table.rows):
        cells = [str(number), *(_cell(value, type_) for value, type_ in zip(row, types, strict=True))]
        yield ("\t".join(cells) + "\n").encode("utf-8", "replace")


def _cell(value: Any, type_: str) -> str:
    if value is None or (value == "" and type_ != "text"):
        return r"\N"
    if type_ == "json":
        # the same text that datastore_upsert would store
        return json.dumps(value).translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return str(value).translate(_ESCAPES)


def digest(table: Table) -> str:
    """SHA-256 of all rows in their order."""
    found = hashlib.sha256()
    for line in lines(table):
        found.update(line)
    return found.hexdigest()


class Stream:
    """The lines as a file that COPY reads, without holding them all."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source, self._rest = source, b""

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes at most, b"" at the end."""
        parts, length = [self._rest], len(self._rest)
        while length < size:
            line = next(self._source, None)
            if line is None:
                break
            parts.append(line)
            length += len(line)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]
