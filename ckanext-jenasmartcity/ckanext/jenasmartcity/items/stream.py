"""Single offers as PostgreSQL's COPY reads them, and their hash.  Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from ckanext.jenasmartcity.connectors.base import Item

BERLIN = ZoneInfo("Europe/Berlin")
_NAMESPACE = uuid.UUID("8f0f3f0e-5b0a-5c7e-9b0c-0a4b8a7d6c11")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})
_OWN = ("source", "source_id", "uid", "package_id", "provider", "whole_days", "content_hash", "first_seen",
        "last_changed")
_FIELDS = tuple(field.name for field in dataclasses.fields(Item) if field.name not in ("id", "draft"))

COLUMNS = (*_OWN, *_FIELDS)


def uid(source: str, source_id: str) -> str:
    """An offer's public id: the same in every run."""
    return str(uuid.uuid5(_NAMESPACE, f"{source}\n{source_id}"))


def lines(
    source: str, items: Iterable[Item], packages: Mapping[str, Mapping[str, str]], now: dt.datetime
) -> Iterator[bytes]:
    """One line per offer in the order of COLUMNS.

    packages: draft id -> {id, provider} of its dataset.
    """
    for item in items:
        stored = {**record(source, item, packages[item.draft]), "first_seen": now, "last_changed": now}
        yield ("\t".join(_cell(name, stored[name]) for name in COLUMNS) + "\n").encode("utf-8", "replace")


def record(source: str, item: Item, package: Mapping[str, str]) -> dict[str, Any]:
    """An offer by column, with the hash that tells whether it changed.  package: id, provider."""
    values = {name: _value(getattr(item, name)) for name in _FIELDS}
    own: dict[str, Any] = {
        "source": source, "source_id": item.id, "uid": uid(source, item.id), "package_id": package["id"],
        "provider": package.get("provider"),
        "whole_days": not any(isinstance(value, dt.datetime) for value in (item.start, item.end)),
    }
    text = json.dumps([own, values], sort_keys=True, ensure_ascii=False, default=str)
    return {**own, **values, "content_hash": hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()}


def _value(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return value


def _cell(name: str, value: Any) -> str:
    if value is None:
        return r"\N"
    if name == "sessions":
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    if isinstance(value, list):
        return _array(value).translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime) and name != "valid_until":
        return dt.datetime(value.year, value.month, value.day, tzinfo=BERLIN).isoformat()
    return str(value).translate(_ESCAPES)


def _array(values: list[Any]) -> str:
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


class Stream:
    """Lines as a file that COPY reads, without holding them all."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source, self._rest = source, b""

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes at most, b"" at the end."""
        parts, length = [self._rest], len(self._rest)
        while length < size and (line := next(self._source, None)) is not None:
            parts.append(line)
            length += len(line)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]
