"""The list of sources."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.harvest.views import words
from ckanext.jenasmartcity.harvest.views.door import ask, guarded


def may_create() -> list[dict[str, Any]]:
    """The organisations for which the user may make sources."""
    found: list[dict[str, Any]] = tk.h.organizations_available("create_dataset")
    return found


@guarded
def index() -> str:
    """All sources that the user may see, by organisation or state if the address says so."""
    every = ask("source_list")
    wanted = {name: tk.request.args.get(name, "") for name in ("organisation", "zustand")}
    shown = [
        source for source in every
        if wanted["organisation"] in ("", source["organization"]) and wanted["zustand"] in ("", source["state"])
    ]
    return tk.render("jenasmartcity/quellen/index.html", {
        "sources": shown, "every": every, "wanted": wanted, "words": words,
        "organizations": sorted({source["organization"]: source["organization_title"] for source in every}.items(),
                                key=lambda pair: str(pair[1]).casefold()),
        "attention": [source for source in every if source["state"] in ("held", "failed", "overdue")],
        "may_create": bool(may_create()), "feed": ask("notice_link")["url"] if every else None,
    })
