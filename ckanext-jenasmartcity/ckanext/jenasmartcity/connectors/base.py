"""What every connector takes and gives.

A connector knows one *standard* (GTFS, Open-vhs, GeoJSON …), not one feed.  It is
pure: it opens no socket, no file and no database, and it does not look at the
clock.  It is written as a generator that asks for documents and is sent them::

    def read(source: Source) -> Reading:
        document = yield Request(source.url)
        ...
        return Harvest(found=3, drafts=(…,), rejected=(…,))

Whoever drives it (the engine, a test) fetches what it asks for.  So paging,
several files per source and conditional requests need no second mechanism, and
every connector is tested by handing it recorded bytes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ckanext.jenasmartcity.connectors.reasons import REASONS, Reason

DatasetType = Literal["dataset", "sensor", "logistics", "learning-offer", "service"]
ColumnType = Literal["text", "int", "numeric", "bool", "date", "timestamp", "json"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text that people see: German first, English second."""

    de: str
    en: str


@dataclass(frozen=True, slots=True)
class Option:
    """One setting that a connector understands; the steward's form is made from it."""

    name: str
    type: Literal["text", "int", "bool", "list", "mapping"]
    label: Text
    help: Text
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Request:
    """One document that a connector wants.

    url: absolute http(s) address.  max_bytes: cap on the decoded body, None for the
    client's own.  accept: value of the Accept header.
    """

    url: str
    accept: str = "*/*"
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A fetched document: the bytes as they came and what the server said of them."""

    url: str
    content: bytes
    media_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a connector may know of the source it reads.

    now: aware time of the run, passed in so that a connector needs no clock.
    locate: (longitude, latitude) in degrees, WGS 84 -> name of the Ortsteil, or None
    outside all of them ("unknown" is an answer).
    options: checked against the connector's ``options`` by the engine.
    """

    name: str
    title: str
    url: str
    now: dt.datetime
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    locate: Callable[[float, float], str | None] = lambda lon, lat: None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, as it enters the data dictionary."""

    id: str
    type: ColumnType
    label: Text | None = None
    notes: Text | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a dataset, loaded into the DataStore.

    draft: id of the draft whose dataset the table belongs to.  key: the column ids
    that identify a row; rows are unique by them.  rows: tuples in the order of
    ``columns`` with Python values (str, int, Decimal, bool, date, aware datetime,
    dict/list for json, None for missing).  geometry: id of the json column that
    holds a GeoJSON geometry in WGS 84, if there is one.
    """

    draft: str
    name: str
    title: Text
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    geometry: str | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file that stays where it is: a resource that only points to it.

    id: stable within the draft, so that the resource keeps its id when the address
    changes.  Empty texts where the source says nothing.
    """

    id: str
    url: str
    title: str = ""
    format: str = ""
    media_type: str = ""
    description: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A dataset as the source describes it, before the steward's own metadata.

    id: stable within the source.  fields: values for the schema of ``type`` (see
    schemas/*.yaml), only what the data themselves say.  Licence, organisation,
    contact and themes come from the source's row, never from a guess here; where the
    source is a catalogue, it says them for each dataset.  name: words for the dataset's
    address, where the id is nothing that people could read; it may not be unique.
    """

    id: str
    type: DatasetType
    title: str
    notes: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    distributions: tuple[Distribution, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One learning offer (names after schema.org Course, CourseInstance and Offer).

    Times are aware datetimes in Europe/Berlin or dates; price is in euro; None means
    that the source does not say.  place_accessible follows the source's word for
    "barrierefrei".  valid_until: last day on which the offer is of use.
    """

    id: str
    draft: str
    name: str
    description: str = ""
    subjects: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    course_code: str | None = None
    course_mode: Literal["onsite", "online", "blended", "self-paced"] | None = None
    start: dt.datetime | dt.date | None = None
    end: dt.datetime | dt.date | None = None
    sessions: tuple[tuple[dt.datetime, dt.datetime | None], ...] = ()
    place_name: str | None = None
    place_street: str | None = None
    place_postcode: str | None = None
    place_town: str | None = None
    place_district: str | None = None
    place_accessible: bool | None = None
    price: Any = None
    price_note: str | None = None
    free_of_charge: bool | None = None
    places_minimum: int | None = None
    places_total: int | None = None
    places_taken: int | None = None
    language: str | None = None
    level: str | None = None
    certificate: str | None = None
    contact_email: str | None = None
    url: str | None = None
    category: str | None = None
    valid_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """One series of measurements: what is observed, where, in which unit.

    unit None: the source does not say.  lon/lat in degrees, WGS 84.
    """

    id: str
    draft: str
    name: str
    observed_property: str
    unit: str | None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of a stream at an aware time."""

    stream: str
    time: dt.datetime
    value: Any


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is not published, and why.

    code: a key of ``reasons.REASONS``; values fill the reason's sentences.
    """

    id: str
    code: str
    field: str | None = None
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def message(self, lang: str = "de") -> str:
        """Cause and remedy in one text, German or English."""
        return REASONS[self.code].text(lang, {"field": self.field or "", "id": self.id, **self.values})


@dataclass(frozen=True, slots=True)
class Harvest:
    """All that one reading of a source gives.

    found: number of records in the source; every one of them is in a draft, a table,
    an item or in ``rejected``.
    """

    found: int
    drafts: tuple[Draft, ...] = ()
    items: tuple[Item, ...] = ()
    tables: tuple[Table, ...] = ()
    streams: tuple[Stream, ...] = ()
    observations: tuple[Observation, ...] = ()
    rejected: tuple[Rejected, ...] = ()


class SourceError(Exception):
    """The source as a whole cannot be read: nothing changes in the portal.

    code: a key of ``reasons.REASONS``; values fill the reason's sentences.  Caught in
    one place, by the engine.
    """

    def __init__(self, code: str, url: str, **values: str) -> None:
        self.code, self.url, self.values = code, url, values
        super().__init__(self.message("en"))

    def __reduce__(self) -> Any:
        return (_source_error, (self.code, self.url, self.values))

    def message(self, lang: str = "de") -> str:
        """Cause and remedy in one text, German or English."""
        return REASONS[self.code].text(lang, {"url": self.url, **self.values})


def _source_error(code: str, url: str, values: dict[str, str]) -> SourceError:
    return SourceError(code, url, **values)


Reading = Generator[Request, Document, Harvest]


class Connector(Protocol):
    """A module in ``connectors/<room>/`` that offers one standard.

    ABOUT: one sentence by which a steward finds the right one.
    """

    NAME: str
    TITLE: Text
    ABOUT: Text
    OPTIONS: tuple[Option, ...]

    @staticmethod
    def read(source: Source) -> Reading:
        """Ask for documents, be sent them, return all that they hold.

        Raises SourceError where the source as a whole cannot be read.
        """
        ...


def drive(reading: Reading, fetch: Callable[[Request], Document]) -> Harvest:
    """Run a connector to its end with ``fetch`` answering its requests."""
    try:
        request = next(reading)
        while True:
            request = reading.send(fetch(request))
    except StopIteration as done:
        return done.value


def spread(points: Iterable[tuple[float, float]]) -> tuple[float, float, float, float] | None:
    """Bounding box (west, south, east, north) in degrees of lon/lat points, None for none."""
    listed = list(points)
    if not listed:
        return None
    lons, lats = zip(*listed, strict=True)
    return (min(lons), min(lats), max(lons), max(lats))


__all__ = [
    "Column", "ColumnType", "Connector", "DatasetType", "Distribution", "Document", "Draft", "Harvest", "Item",
    "Observation", "Option", "Reading", "Reason", "Rejected", "Request", "Source", "SourceError",
    "Stream", "Table", "Text", "drive", "spread",
]
