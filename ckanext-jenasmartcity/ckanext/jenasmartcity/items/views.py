"""The pages of single learning offers: list with search, and one page for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import pysolr
from ckan.types import Response
from flask import Blueprint

from ckanext.jenasmartcity.items.stream import BERLIN

PAGE = 20
_ASKED = ("q", "district", "from", "to", "free", "accessible", "past")

lernangebote = Blueprint("jenasmartcity_items", __name__)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A search that many people make: its name, its address, whether it is on; when on, the address takes it off."""

    label: str
    url: str
    active: bool


def search() -> str | tuple[str, int]:
    """List and search of offers, by GET and without a session."""
    asked = {name: tk.request.args.get(name, "") for name in _ASKED}
    number = _number(tk.request.args.get("page"))
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    found: dict[str, Any] = {"count": 0, "results": [], "districts": [], "quarters": []}
    errors: dict[str, list[str]] = {}
    status = 200
    try:
        found = tk.get_action("jenasmartcity_item_search")(
            {"user": tk.g.user}, {**given, "rows": PAGE, "start": (number - 1) * PAGE}
        )
    except tk.ValidationError as error:
        errors = error.error_dict
    except pysolr.SolrError:
        errors, status = {"search": [tk._("The search does not answer at the moment. Please try again later.")]}, 503
    last = max(1, -(-found["count"] // PAGE))
    body = tk.render("jenasmartcity/items/search.html", {
        "asked": asked, "found": found, "errors": errors, "page_number": number, "last_page": last,
        "address": lambda page: _address(given, page), "samples": _samples(found["results"]),
        "shortcuts": list(_shortcuts(given, found["quarters"], dt.datetime.now(BERLIN).date())),
    })
    return body, status


def read(item_id: str) -> str | Response:
    """One offer."""
    try:
        item = tk.get_action("jenasmartcity_item_show")({"user": tk.g.user}, {"id": item_id})
        dataset = tk.get_action("package_show")({"user": tk.g.user}, {"id": item["dataset_id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("This offer does not exist or is over."))
    return tk.render("jenasmartcity/items/read.html", {"item": item, "dataset": dataset})


def _samples(offers: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The datasets of offers that are samples, by id."""
    ids = {offer["dataset_id"] for offer in offers}
    shown = (tk.get_action("package_show")({"user": tk.g.user}, {"id": id_}) for id_ in ids)
    return {dataset["id"]: dataset for dataset in shown if tk.h.jenasmartcity_sample(dataset)}


def _shortcuts(asked: dict[str, Any], quarters: list[dict[str, Any]], today: dt.date) -> Iterator[Shortcut]:
    """Links that add to what is asked already."""
    monday = today + dt.timedelta(days=7 - today.weekday())
    week = (monday.isoformat(), (monday + dt.timedelta(days=6)).isoformat())
    sunday = (today + dt.timedelta(days=6 - today.weekday())).isoformat()
    changes: list[tuple[str, dict[str, Any]]] = [
        (tk._("this week"), {"from": today.isoformat(), "to": sunday}),
        (tk._("next week"), dict(zip(("from", "to"), week, strict=True))),
        *((tk._("in %(place)s") % {"place": one["name"]}, {"district": one["name"]}) for one in quarters),
        (tk._("free of charge"), {"free": "1"}), (tk._("accessible places"), {"accessible": "1"}),
    ]
    for label, change in changes:
        active = all(asked.get(name) == value for name, value in change.items())
        without = {name: value for name, value in asked.items() if name not in change}
        yield Shortcut(label, _address(without if active else {**without, **change}, 1), active)


def _number(value: str | None) -> int:
    return max(1, min(int(value), 5000)) if value and value.isascii() and value.isdigit() else 1


def _address(asked: dict[str, Any], page: int) -> str:
    parameters = {**asked, **({"page": page} if page > 1 else {})}
    base = tk.url_for("jenasmartcity_items.search")
    return f"{base}?{urlencode(parameters)}" if parameters else base


lernangebote.add_url_rule("/lernangebote", "search", search)
lernangebote.add_url_rule("/lernangebote/<item_id>", "read", read)
