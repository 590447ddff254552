"""What a source's options say about a table, checked once and typed.

The connectors for CSV and GeoJSON share this: which columns, of which type, which of
them identify a row and where its place is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, get_args

from ckanext.jenasmartcity.connectors.base import ColumnType, DatasetType, Source, SourceError, Text
from ckanext.jenasmartcity.connectors.values import Decimals


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """Declared properties of one column; None: by inspection."""

    type: ColumnType | None = None
    label: Text | None = None
    notes: Text | None = None
    unit: str | None = None
    decimals: Decimals | None = None


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """Which columns of a table are measurements: station, time, value.

    stations: name of the table with the stations' coordinates.  property: key of the
    observed property; label: its name for people; name: start of each stream's name.
    """

    station: str
    time: str
    value: str
    property: str
    name: Text
    label: Text | None = None
    stations: str | None = None
    category: str = ""
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table of a source.  Column names are ids after ``rename``."""

    name: str
    title: Text
    url: str = ""
    key: tuple[str, ...] = ()
    columns: Mapping[str, ColumnSpec] = field(default_factory=dict)
    omit: frozenset[str] = frozenset()
    rename: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    lon: str | None = None
    lat: str | None = None
    geometry_from: str | None = None
    time: str | None = None
    delimiter: str | None = None
    observations: SeriesSpec | None = None


@dataclass(frozen=True, slots=True)
class DraftSpec:
    """The dataset that the tables belong to."""

    id: str
    type: DatasetType
    title: str


class _Reader:
    """Typed access to one mapping of the options; every fault names its path."""

    def __init__(self, raw: Any, path: str, url: str) -> None:
        self.path, self.url = path, url
        if not isinstance(raw, Mapping):
            self.fail("", "mapping")
        self.raw = raw

    def fail(self, name: str, detail: str) -> NoReturn:
        option = f"{self.path}.{name}".strip(".")
        raise SourceError("option", self.url, option=option, detail=detail)

    def only(self, *names: str) -> None:
        for name in self.raw:
            if name not in names:
                self.fail(str(name), f"≠ {', '.join(names)}")

    def text(self, name: str, default: str | None = None) -> str | None:
        value = self.raw.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.fail(name, "text")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            self.fail(name, "text")
        return str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.raw.get(name) or ()
        if isinstance(value, str) or not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            self.fail(name, "[text, …]")
        return tuple(value)

    def pairs(self, name: str) -> Mapping[str, str]:
        value = self.raw.get(name) or {}
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for pair in value.items() for v in pair):
            self.fail(name, "{text: text}")
        return dict(value)

    def within(self, name: str) -> _Reader:
        return _Reader(self.raw.get(name) or {}, f"{self.path}.{name}".strip("."), self.url)

    def bilingual(self, name: str) -> Text | None:
        value = self.raw.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            return Text(value, value)
        inner = self.within(name)
        german = inner.needed("de")
        return Text(german, inner.text("en", german) or german)


def draft_spec(source: Source) -> DraftSpec:
    """Option ``draft``; without it, a dataset named after the source."""
    reader = _Reader(source.options, "", source.url).within("draft")
    reader.only("id", "type", "title")
    kind = reader.text("type", "dataset")
    if kind not in get_args(DatasetType):
        reader.fail("type", " | ".join(get_args(DatasetType)))
    return DraftSpec(
        id=reader.text("id", source.name) or source.name,
        type=kind,  # type: ignore[arg-type]  # checked against the literal above
        title=reader.text("title", source.title) or source.name,
    )


def table_spec(raw: Any, path: str, url: str) -> TableSpec:
    """One table of the options.  Raises SourceError "option" with the path of a fault."""
    reader = _Reader(raw, path, url)
    reader.only(*TableSpec.__dataclass_fields__)
    name = reader.needed("name")
    columns = reader.within("columns")
    return TableSpec(
        name=name,
        title=reader.bilingual("title") or Text(name, name),
        url=reader.text("url", "") or "",
        key=reader.texts("key"),
        columns={str(column): _column(columns.within(column)) for column in columns.raw},
        omit=frozenset(reader.texts("omit")),
        rename=reader.pairs("rename"),
        references=reader.pairs("references"),
        lon=reader.text("lon"),
        lat=reader.text("lat"),
        geometry_from=reader.text("geometry_from"),
        time=reader.text("time"),
        delimiter=_delimiter(reader),
        observations=_series(reader.within("observations")) if reader.raw.get("observations") else None,
    )


def _delimiter(reader: _Reader) -> str | None:
    value = reader.text("delimiter") if reader.raw.get("delimiter") != "\t" else "\t"
    if value is not None and value not in (";", ",", "\t", "|"):
        reader.fail("delimiter", "; , | \\t")
    return value


def _column(reader: _Reader) -> ColumnSpec:
    reader.only(*ColumnSpec.__dataclass_fields__)
    kind, decimals = reader.text("type"), reader.text("decimals")
    if kind is not None and kind not in get_args(ColumnType):
        reader.fail("type", " | ".join(get_args(ColumnType)))
    if decimals is not None and decimals not in get_args(Decimals):
        reader.fail("decimals", " | ".join(get_args(Decimals)))
    return ColumnSpec(
        type=kind,  # type: ignore[arg-type]  # checked against the literal above
        label=reader.bilingual("label"),
        notes=reader.bilingual("notes"),
        unit=reader.text("unit"),
        decimals=decimals,  # type: ignore[arg-type]  # checked against the literal above
    )


def _series(reader: _Reader) -> SeriesSpec:
    reader.only(*SeriesSpec.__dataclass_fields__)
    observed = reader.needed("property")
    return SeriesSpec(
        station=reader.needed("station"),
        time=reader.needed("time"),
        value=reader.needed("value"),
        property=observed,
        name=reader.bilingual("name") or Text(observed, observed),
        label=reader.bilingual("label"),
        stations=reader.text("stations"),
        category=reader.text("category", "") or "",
        unit=reader.text("unit"),
    )


__all__ = ["ColumnSpec", "DraftSpec", "SeriesSpec", "TableSpec", "draft_spec", "table_spec"]
