"""CSV after RFC 4180 and its German relatives: from text to a header and its lines."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ckanext.jenasmartcity.connectors import soundness
from ckanext.jenasmartcity.connectors.base import Rejected, SourceError
from ckanext.jenasmartcity.connectors.columns import column_ids
from ckanext.jenasmartcity.connectors.values import Refusal

_DELIMITERS = (";", ",", "\t", "|")
_LOOKED_AT = 50
_MOST_COLUMNS = 1000  # PostgreSQL allows some 1600 per table
_EXCEL_HINT = re.compile(r"sep=([;,|\t])\r?\n", re.IGNORECASE)
# An area written as WKT in a cell is longer than the module's own 128 KiB.
csv.field_size_limit(2**24)


@dataclass(frozen=True, slots=True)
class Line:
    """One record: the number of its last line in the file and its stripped cells."""

    number: int
    cells: tuple[str, ...]

    @property
    def where(self) -> str:
        """Name of a record that has no usable key."""
        return f"Zeile {self.number}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Header, the lines that have its width, and those that have not."""

    headers: tuple[str, ...]
    lines: tuple[Line, ...]
    rejected: tuple[Rejected, ...]


def sheet(text: str, url: str, delimiter: str | None = None) -> Sheet:
    """Split a CSV text.

    delimiter None: the one of ; , tab | that gives the first lines one common width.
    Columns without header and without any value (a delimiter at the end of each
    line) are left out.  Raises SourceError "empty" without a header,
    "not-the-format" where a quote is never closed: the file is cut off.
    """
    if hint := _EXCEL_HINT.match(text):
        text, delimiter = text[hint.end():], delimiter or hint[1]
    records = _records(text, url, delimiter or _likeliest(text))
    first = next(records, None)
    if first is None or isinstance(first, Rejected):
        detail = first.values["detail"] if first else ""
        raise SourceError("not-the-format", url, expected="CSV", detail=detail) if first else SourceError("empty", url)
    lines: list[Line] = []
    rejected: list[Rejected] = []
    for record in records:
        if isinstance(record, Rejected):
            rejected.append(record)
        elif len(record.cells) != len(first.cells):
            lengths = {"found": str(len(record.cells)), "expected": str(len(first.cells))}
            rejected.append(Refusal("wrong-length", None, **lengths).rejected(record.where))
        else:
            lines.append(record)
    if len(first.cells) > _MOST_COLUMNS:
        raise SourceError("not-the-format", url, expected="CSV", detail=f"> {_MOST_COLUMNS} Spalten/columns")
    return _without_blank_columns(Sheet(first.cells, tuple(lines), tuple(rejected)))


def sound(whole: Sheet, key: Sequence[str]) -> Sheet:
    """The sheet without the lines that nobody can store; they say nothing of a column's type.

    key: ids of the columns whose values name a line.
    """
    ids = column_ids(whole.headers)
    places = [ids.index(name) for name in key if name in ids]
    kept: list[Line] = []
    rejected: list[Rejected] = []
    for line in whole.lines:
        try:
            for name, cell in zip(ids, line.cells, strict=True):
                soundness.check(cell, name)
            kept.append(line)
        except Refusal as refusal:
            named = [line.cells[place] for place in places]
            usable = bool(named) and all(named) and soundness.is_sound(named)
            rejected.append(refusal.rejected("/".join(named)[:200] if usable else line.where))
    return Sheet(whole.headers, tuple(kept), (*whole.rejected, *rejected)) if rejected else whole


def _records(text: str, url: str, delimiter: str) -> Iterator[Line | Rejected]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error):
                raise SourceError("not-the-format", url, expected="CSV", detail=str(error)) from error
            yield Refusal("not-readable", None, detail=str(error)).rejected(f"Zeile {reader.line_num}")
            continue
        if any(cell.strip() for cell in cells):
            yield Line(reader.line_num, tuple(cell.strip() for cell in cells))


def _likeliest(text: str) -> str:
    head = "".join(itertools.islice(io.StringIO(text, newline=""), _LOOKED_AT))
    return max(_DELIMITERS, key=lambda delimiter: _fit(head, delimiter))


def _fit(head: str, delimiter: str) -> tuple[bool, float, int]:
    """More than one column first, then how many lines have the header's width, then the width."""
    try:
        widths = [len(cells) for cells in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if cells]
    except csv.Error:
        return (False, 0.0, 0)
    if not widths:
        return (False, 0.0, 0)
    return (widths[0] > 1, widths.count(widths[0]) / len(widths), widths[0])


def _without_blank_columns(whole: Sheet) -> Sheet:
    kept = [
        place for place, header in enumerate(whole.headers)
        if header or any(line.cells[place] for line in whole.lines)
    ]
    if len(kept) == len(whole.headers):
        return whole
    return Sheet(
        tuple(whole.headers[place] for place in kept),
        tuple(Line(line.number, tuple(line.cells[place] for place in kept)) for line in whole.lines),
        whole.rejected,
    )


__all__ = ["Line", "Sheet", "sheet", "sound"]
