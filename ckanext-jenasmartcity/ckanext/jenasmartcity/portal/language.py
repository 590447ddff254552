"""The reader's language: which text to show, and links to the other language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

NAMES = {"de": "Deutsch", "en": "English"}


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the portal: code, its own name, this page's address in it, whether it is shown now."""

    code: str
    name: str
    url: str
    current: bool


def code() -> str:
    """"en" for English pages, otherwise "de"."""
    return "en" if str(tk.h.lang()).startswith("en") else "de"


def languages() -> list[Language]:
    """Every language with the address of the present page in it."""
    now = code()
    here = tk.h.current_url()
    # German is the portal's own language, so its addresses carry no prefix.
    return [
        Language(name, label, tk.h.url_for(here, locale=name if name != "de" else "default"), name == now)
        for name, label in NAMES.items()
    ]


def text(record: Mapping[str, Any], field: str) -> str:
    """A field in the reader's language, in German where there is no English text.

    Groups and organisations keep theirs in ``extras``, datasets and resources in the
    field ``<field>_en``; a dictionary {"de": …, "en": …} is read as well.
    """
    value = record.get(field) or ""
    if isinstance(value, Mapping):
        return str(value.get(code()) or value.get("de") or "")
    if code() == "en":
        extras = {extra["key"]: extra["value"] for extra in record.get("extras") or () if "key" in extra}
        value = record.get(f"{field}_en") or extras.get(f"{field}_en") or value
    return str(value)
