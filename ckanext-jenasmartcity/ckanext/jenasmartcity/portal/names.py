"""Titles and descriptions of sub-projects and organisations in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import g

from ckanext.jenasmartcity.portal import language

# CKAN gives at most as many at once with all their fields.
PAGE = 25


def of(record: Mapping[str, Any], field: str, kind: str = "organization") -> str:
    """A field of a group or organisation that came without its extras, as in lists and facets.

    kind: "group" or "organization".  A name of a facet comes as its ``name``, the German
    title as its ``title`` or ``display_name``.
    """
    german = record.get(field) or (record.get("display_name") if field == "title" else "")
    if language.code() == "en":
        known = _all(kind).get(str(record.get("name")))
        return (language.text(known, field) if known else "") or str(german or record.get("name") or "")
    return str(german or (record.get("name") if field == "title" else "") or "")


def _all(kind: str) -> dict[str, dict[str, Any]]:
    """Every group or organisation by name, asked for once per request."""
    key = f"jenasmartcity_{kind}s"
    if key not in g:
        records: list[dict[str, Any]] = []
        while len(records) % PAGE == 0 and (page := _page(kind, len(records))):
            records += page
        setattr(g, key, {record["name"]: record for record in records})
    return getattr(g, key)


def _page(kind: str, offset: int) -> list[dict[str, Any]]:
    return tk.get_action(f"{kind}_list")({}, {
        "all_fields": True, "include_extras": True, "include_dataset_count": False, "limit": PAGE, "offset": offset,
    })
