"""One file of a GTFS feed: from its CSV to typed rows and rejections."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.jenasmartcity.connectors import soundness
from ckanext.jenasmartcity.connectors.base import Document, Rejected, SourceError
from ckanext.jenasmartcity.connectors.bodies import text
from ckanext.jenasmartcity.connectors.logistics.gtfs_files import Field, File
from ckanext.jenasmartcity.connectors.logistics.gtfs_values import READERS
from ckanext.jenasmartcity.connectors.values import Refusal

Row = tuple[Any, ...]
Known = Mapping[tuple[str, str], Collection[Any]]
Check = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read: fields in the order of its columns, good rows, and the others.

    found: records in the file, blank lines not counted; found = rows + rejected.
    """

    file: File
    fields: tuple[Field, ...]
    found: int
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]

    def at(self, name: str) -> int | None:
        """Position of a column, None if the feed lacks it."""
        return next((index for index, field in enumerate(self.fields) if field.name == name), None)

    def column(self, name: str) -> Iterator[Any]:
        """Values of a column without the missing ones."""
        index = self.at(name)
        if index is not None:
            yield from (row[index] for row in self.rows if row[index] not in (None, ""))

    def key(self) -> tuple[str, ...]:
        """Names of the columns that identify a row: those of the standard that the feed has, else all."""
        names = tuple(field.name for field in self.fields)
        return tuple(name for name in self.file.key if name in names) or names


def sheet(file: File, document: Document, known: Known, check: Check | None) -> Sheet:
    """Read one CSV file.

    known: values of (file, field) that a reference may point to; a reference whose
    files are all absent is not checked.  check: rules on a whole row, by raising
    Refusal.  Raises SourceError "not-the-format".
    """
    label = f"GTFS ({file.name}.txt)"
    records = filter(None, csv.reader(io.StringIO(text(document, label), newline="")))
    try:
        fields = tuple(_fields(file, next(records), document, label))
        reader = _Reader(file, fields, known, check)
        for record in records:
            reader.take([value.strip() for value in record])
    except StopIteration:
        raise SourceError("empty", document.url) from None
    except csv.Error as error:
        raise SourceError("not-the-format", document.url, expected=label, detail=str(error)) from error
    return _without_orphans(Sheet(file, fields, reader.found, tuple(reader.rows), tuple(reader.rejected)))


def _fields(file: File, header: Sequence[str], document: Document, label: str) -> Iterator[Field]:
    names = [_column_id(name, position) for position, name in enumerate(header, start=1)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceError("not-the-format", document.url, expected=label, detail=f"2 × {twice[0]}")
    absent = [field.name for field in file.fields.values() if field.required and field.name not in names]
    if absent:
        part = ", ".join(f"{file.name}.txt: {name}" for name in absent)
        raise SourceError("missing-part", document.url, part=part)
    for name in names:
        yield file.fields.get(name) or Field(name, "text", False, ())


def _column_id(name: str, position: int) -> str:
    """A name that the DataStore accepts: no quotes, no leading underscore, at most 63 bytes."""
    cleaned = re.sub(r"[^0-9A-Za-z_]+", "_", name.strip()).strip("_")[:60]
    return cleaned or f"column_{position}"


class _Reader:
    def __init__(self, file: File, fields: tuple[Field, ...], known: Known, check: Check | None) -> None:
        self.file, self.fields, self.known, self.check = file, fields, known, check
        self.found = 0
        self.rows: list[Row] = []
        self.rejected: list[Rejected] = []
        names = [field.name for field in fields]
        self.names = names
        self.key = [names.index(name) for name in file.key if name in names] or list(range(len(names)))
        self.key_names = {names[index] for index in self.key}
        self.seen: set[Row] = set()
        # The same few values fill most columns: each is converted and kept once.
        self.cache: list[dict[str, Any]] = [{} for _ in fields]

    def take(self, record: list[str]) -> None:
        self.found += 1
        line = f"{self.file.name}.txt#{self.found}"
        try:
            if len(record) != len(self.fields):
                raise Refusal("wrong-length", found=str(len(record)), expected=str(len(self.fields)))
            row = tuple(self._value(index, raw) for index, raw in enumerate(record))
            if self.check:
                self.check(dict(zip(self.names, row, strict=True)))
            key = tuple(row[index] for index in self.key)
            line = f"{self.file.name}.txt:{'/'.join(str(part) for part in key)}"[:200]
            if key in self.seen:
                raise Refusal("duplicate-id", self.names[self.key[0]])
        except Refusal as bad:
            self.rejected.append(bad.rejected(line))
            return
        self.seen.add(key)
        self.rows.append(row)

    def _value(self, index: int, raw: str) -> Any:
        cache = self.cache[index]
        if raw not in cache:
            cache[raw] = self._converted(self.fields[index], raw)
        return cache[raw]

    def _converted(self, field: Field, raw: str) -> Any:
        if not raw:
            if field.required:
                raise Refusal("no-id" if self.file.key == (field.name,) else "missing", field.name)
            # Rows are merged by key, and NULL equals nothing: an empty part of a key is an empty text.
            return "" if field.name in self.key_names and field.kind == "text" else None
        soundness.check(raw, field.name)
        try:
            value = READERS[field.kind](raw)
        except Refusal as bad:
            values = {name: f"{field.name} {text}" for name, text in bad.values.items()} or {"value": raw[:80]}
            raise Refusal(bad.code, field.name, **values) from bad
        self._follow(field, value)
        return value

    def _follow(self, field: Field, value: Any) -> None:
        targets = [ref for ref in field.refs if ref[0] != self.file.name and ref in self.known]
        if targets and not any(value in self.known[ref] for ref in targets):
            target = "/".join(dict.fromkeys(f"{file}.txt" for file, _ in targets))
            raise Refusal("dangling", field.name, value=str(value)[:80], target=target)


def _without_orphans(read: Sheet) -> Sheet:
    """Reject rows that refer to a row of the same file which is not there (a stop's station)."""
    own = [field for field in read.fields if any(file == read.file.name for file, _ in field.refs)]
    rows, rejected = list(read.rows), list(read.rejected)
    for field in own:
        here, there = read.at(field.name), read.at(field.refs[0][1])
        orphans = [0]
        while orphans and here is not None and there is not None:
            ids = {row[there] for row in rows}
            orphans = [index for index, row in enumerate(rows) if row[here] and row[here] not in ids]
            for index in orphans:
                values = {"value": str(rows[index][here])[:80], "target": f"{read.file.name}.txt"}
                rejected.append(Rejected(f"{read.file.name}.txt:{rows[index][there]}", "dangling", field.name, values))
            gone = set(orphans)
            rows = [row for index, row in enumerate(rows) if index not in gone]
    return Sheet(read.file, read.fields, read.found, tuple(rows), tuple(rejected))


__all__ = ["Check", "Known", "Row", "Sheet", "sheet"]
