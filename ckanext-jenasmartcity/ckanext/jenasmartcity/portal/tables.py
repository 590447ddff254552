"""A page of a DataStore table for readers: labels, units, sorting by link, cut cells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.portal import language, words

ROWS = 20
LONGEST_CELL = 80
SHORT_CELL = 32
# Beyond this PostgreSQL would count through the whole table for one page.
DEEPEST_ROW = 100_000
GEOMETRY = "geometry"
NUMBERS = ("int", "numeric", "float", "double", "bigint", "smallint", "real")


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: id, label and unit from the data dictionary, whether it holds numbers.

    sort: "ascending", "descending" or "none" as aria-sort says it; link: address that
    sorts by this column, the other way round where it is sorted already.
    """

    id: str
    label: str
    unit: str
    notes: str
    numeric: bool
    sort: str
    link: str


@dataclass(frozen=True, slots=True)
class Cell:
    """text: what fits; full: everything, where text was cut; short: to be kept on one line."""

    text: str
    full: str | None
    numeric: bool
    short: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a table; first and last count rows from 1, pages from 1; cut: it has rows beyond the last page."""

    headings: list[Heading]
    rows: list[list[Cell]]
    total: int
    first: int
    last: int
    number: int
    pages: int
    previous: str | None
    next: str | None
    has_geometry: bool
    cut: bool


def page(resource: Mapping[str, Any]) -> Page | None:
    """The page of the table that the address asks for; None where the reader gets no table.

    ``?seite=2&sortierung=<column>&richtung=ab``: what is not understood is ignored.
    """
    fields = columns(str(resource["id"]))
    if not fields:
        return None
    shown = [field for field in fields if field["id"] != GEOMETRY]
    wanted = tk.request.args.get("sortierung", "")
    column = wanted if wanted in {field["id"] for field in shown} else ""
    down = tk.request.args.get("richtung") == "ab"
    number = _number(tk.request.args.get("seite", ""))
    found = _search(str(resource["id"]), [field["id"] for field in shown], column, down, number)
    if found is None:
        return None
    total = found["total"]
    pages = max(1, math.ceil(min(total, DEEPEST_ROW) / ROWS))
    return Page(
        headings=[_heading(field, column, down) for field in shown],
        rows=[[_cell(record.get(field["id"]), field) for field in shown] for record in found["records"]],
        total=total, first=(number - 1) * ROWS + 1, last=(number - 1) * ROWS + len(found["records"]),
        number=number, pages=pages,
        previous=_link(seite=number - 1) if 1 < number <= pages else None,
        next=_link(seite=number + 1) if number < pages else None,
        has_geometry=len(shown) < len(fields), cut=total > DEEPEST_ROW,
    )


def columns(resource_id: str) -> list[dict[str, Any]]:
    """The table's columns with their dictionary; empty where there is none for this reader."""
    try:
        found = tk.get_action("datastore_search")({}, {"resource_id": resource_id, "limit": 0})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return []
    return [field for field in found["fields"] if field["id"] != "_id"]


def labels(resource_id: str) -> dict[str, str]:
    """Label and unit of every column but the geometry, by id, for a map's popups."""
    return {
        field["id"]: f"{label(field)} ({unit(field)})" if unit(field) else label(field)
        for field in columns(resource_id) if field["id"] != GEOMETRY
    }


def label(field: Mapping[str, Any]) -> str:
    """What the data dictionary calls a column; its id where it says nothing."""
    return language.text(field.get("info") or {}, "label") or str(field["id"])


def unit(field: Mapping[str, Any]) -> str:
    """The unit of a column's values, "" for none."""
    return str((field.get("info") or {}).get("unit") or "")


def _search(resource_id: str, names: list[str], column: str, down: bool, number: int) -> dict[str, Any] | None:
    order = f'"{column}" {"desc" if down else "asc"} nulls last, _id' if column else "_id"
    try:
        return tk.get_action("datastore_search")({}, {
            "resource_id": resource_id, "fields": names, "sort": order, "limit": ROWS,
            "offset": (number - 1) * ROWS,
        })
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        return 1
    return min(max(int(text[:9]), 1), DEEPEST_ROW // ROWS)


def _heading(field: Mapping[str, Any], column: str, down: bool) -> Heading:
    mine = field["id"] == column
    return Heading(
        id=field["id"], label=label(field), unit=unit(field),
        notes=language.text(field.get("info") or {}, "notes"), numeric=_is_number(field),
        sort=("descending" if down else "ascending") if mine else "none",
        link=_link(sortierung=field["id"], richtung="auf" if mine and down or not mine else "ab", seite=None),
    )


def _link(**changes: Any) -> str:
    """This page's address with other parameters; one that is None goes."""
    kept = {
        key: value for key, value in tk.request.args.items()
        if key in ("seite", "sortierung", "richtung") and key not in changes
    }
    arguments = {**kept, **{key: value for key, value in changes.items() if value is not None}}
    return tk.url_for(tk.request.endpoint, **(tk.request.view_args or {}), **arguments) + "#tabelle"


def _is_number(field: Mapping[str, Any]) -> bool:
    return str(field.get("type", "")).startswith(NUMBERS)


def _cell(value: Any, field: Mapping[str, Any]) -> Cell:
    shown = _shown(value, str(field.get("type", "")))
    cut = len(shown) > LONGEST_CELL
    return Cell(
        text=shown[: LONGEST_CELL - 1] + "…" if cut else shown, full=shown if cut else None,
        numeric=_is_number(field), short=len(shown) <= SHORT_CELL,
    )


def _shown(value: Any, type_: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return tk._("yes") if value else tk._("no")
    if isinstance(value, int | float):
        return _localised(value)
    if type_.startswith("timestamp"):
        return tk.h.render_datetime(str(value), with_hours=True) or str(value)
    if type_ == "date":
        return words.date(str(value))
    return str(value)


def _localised(number: int | float) -> str:
    # years and numbers of stops must not become "2.023"
    plain = repr(number) if isinstance(number, float) else str(number)
    return plain.replace(".", ",") if language.code() == "de" else plain
