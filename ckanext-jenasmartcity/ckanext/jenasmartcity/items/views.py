"""The pages of single learning offers: list with search, and one page for each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import pysolr
from ckan.types import Response
from flask import Blueprint

PAGE = 20
_ASKED = ("q", "district", "from", "to", "free", "accessible", "past")

lernangebote = Blueprint("jenasmartcity_items", __name__)


def search() -> str | tuple[str, int]:
    """List and search of offers, by GET and without a session."""
    asked = {name: tk.request.args.get(name, "") for name in _ASKED}
    number = _number(tk.request.args.get("page"))
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    found: dict[str, Any] = {"count": 0, "results": [], "districts": []}
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
        "address": lambda page: _address(given, page),
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


def _number(value: str | None) -> int:
    return max(1, min(int(value), 5000)) if value and value.isascii() and value.isdigit() else 1


def _address(asked: dict[str, Any], page: int) -> str:
    parameters = {**asked, **({"page": page} if page > 1 else {})}
    base = tk.url_for("jenasmartcity_items.search")
    return f"{base}?{urlencode(parameters)}" if parameters else base


lernangebote.add_url_rule("/lernangebote", "search", search)
lernangebote.add_url_rule("/lernangebote/<item_id>", "read", read)
