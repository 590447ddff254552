"""The page of one source."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.harvest.forms import timing
from ckanext.jenasmartcity.harvest.views import words
from ckanext.jenasmartcity.harvest.views.door import ask, guarded, now, page_number, source_of

RECORDS = 20


@guarded
def show(name: str) -> str:
    """What a source is, its runs, what it rejected and what it became."""
    return page(source_of(name))


def page(source: dict[str, Any], **more: Any) -> str:
    """The page of a source.  more: what one order adds, such as a token that is shown once."""
    asked = {key: tk.request.args.get(key, "").strip() for key in ("q", "zustand")}
    number = page_number()
    records = ask(
        "record_list", source=source["name"], limit=RECORDS, offset=(number - 1) * RECORDS,
        **({"q": asked["q"]} if asked["q"] else {}),
        **({"state": asked["zustand"]} if asked["zustand"] in ("present", "absent", "withdrawn") else {}),
    )
    latest = source["runs"][0] if source["runs"] else None
    complete = next((run for run in source["runs"] if run["state"] in ("done", "held")), None)
    groups = ask("run_show", id=complete["id"])["rejected"] if complete else []
    return tk.render("jenasmartcity/quellen/show.html", {
        "source": source, "words": words, "records": records, "asked": asked, "page_number": number,
        "last_page": max(1, -(-records["count"] // RECORDS)), "groups": groups, "latest": latest,
        "address": lambda to: _address(source["name"], asked, to),
        "times": timing.next_times(source["schedule"] if source["active"] else None, now()),
        "schedule": timing.shown(source["schedule"]), "token": None, **more,
    })


def _address(name: str, asked: dict[str, str], number: int) -> str:
    given = {**{key: value for key, value in asked.items() if value}, **({"seite": number} if number > 1 else {})}
    base = tk.url_for("jenasmartcity_quellen.show", name=name)
    return f"{base}?{urlencode(given)}#daten" if given else f"{base}#daten"
