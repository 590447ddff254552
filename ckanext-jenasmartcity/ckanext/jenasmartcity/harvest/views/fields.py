"""What the form of a source offers to choose from, and its errors as links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.connectors.base import Option, Text
from ckanext.jenasmartcity.harvest.channels import CHANNELS
from ckanext.jenasmartcity.harvest.forms import options, timing
from ckanext.jenasmartcity.harvest.views import words

# Fields that the harvest sets for every dataset and that nobody keeps for himself.
_NOT_PROTECTED = ("name", "owner_org", "withdrawn", "sample")


def choices() -> dict[str, list[dict[str, str]]]:
    """Every list of values of the form: list of {value, label}."""
    return {
        **{name: _vocabulary(name) for name in ("licenses", "themes", "projects", "frequency")},
        "protected": protected(),
        "channels": [{"value": name, "label": words.said(text)} for name, text in CHANNELS.items()],
        "days": [{"value": str(number), "label": label} for number, label in enumerate(_days(), 1)],
    }


def labels() -> dict[str, str]:
    """What people call the fields of a dataset, by name."""
    schema = tk.h.scheming_get_dataset_schema("dataset")["dataset_fields"]
    found = {field["field_name"]: tk.h.scheming_language_text(field["label"]) for field in schema}
    return {**found, "tags": found.get("tag_string", "tags"), "resources": tk._("Files and tables")}


def protected() -> list[dict[str, str]]:
    """The fields of a dataset that the harvest can be told to leave alone."""
    schema = tk.h.scheming_get_dataset_schema("dataset")["dataset_fields"]
    return [
        {"value": "tags" if field["field_name"] == "tag_string" else field["field_name"],
         "label": tk.h.scheming_language_text(field["label"])}
        for field in schema
        if field["field_name"] not in _NOT_PROTECTED and not field["field_name"].startswith("origin_")
    ]


def kinds() -> list[dict[str, str]]:
    """The plain choices of a schedule."""
    labels = (
        tk._("never, only when I say so or send a file"), tk._("every hour"), tk._("every day"), tk._("every week"),
        tk._("at times of my own (a cron line)"),
    )
    return [{"value": kind, "label": label} for kind, label in zip(timing.KINDS, labels, strict=True)]


def organizations(source: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """The organisations that a source may belong to; its own among them."""
    found = {one["name"]: one["display_name"] for one in tk.h.organizations_available("create_dataset")}
    if source is not None:
        found.setdefault(source["organization"], source["organization_title"])
    return [{"value": name, "label": title} for name, title in sorted(found.items(), key=lambda one: one[1].casefold())]


def times_of(form: Mapping[str, Any], now: dt.datetime) -> str:
    """The next three times that the form means, in one sentence; "" where it means none."""
    try:
        return next_times(timing.read(form, now), now)
    except ValueError:
        return ""


def next_times(cron: str | None, now: dt.datetime | None = None) -> str:
    """The next three times of a cron line, in one sentence."""
    found = timing.next_times(cron, now or dt.datetime.now(dt.UTC))
    if not found:
        return tk._("The source is not fetched by itself.")
    listed = "; ".join(words.moment(one) for one in found)
    return tk._("The next three times: {times}.").format(times=listed)


def problems(errors: Mapping[str, Sequence[str]], known: Sequence[Option]) -> list[dict[str, str | None]]:
    """Errors as links to their fields: list of {text, href}."""
    labels = {**_labels(), **{options.PREFIX + one.name: words.said(one.label) for one in known}}
    return [
        {"text": f"{labels[place]}: {text}" if place in labels else text,
         "href": f"#field-{place}" if place in labels else None}
        for place, listed in errors.items() for text in listed
    ]


def _labels() -> dict[str, str]:
    return {
        "name": tk._("Short name"), "title_de": tk._("Title"), "title_en": tk._("Title in English"),
        "url": tk._("Address of the source"), "organization": tk._("Organization"), "schedule": tk._("Schedule"),
        "drafts": tk._("Entries for single datasets"), "default-more": tk._("More entries"),
        "default-license": tk._("License"), "protected": tk._("Protected fields"), "channels": tk._("Channels"),
        "credential-username": tk._("Credentials"), "origin-name": tk._("Origin"),
        "upload": tk._("A file to try with"),
    }


def _vocabulary(name: str) -> list[dict[str, str]]:
    return [
        {"value": entry.value, "label": words.said(Text(entry.label.de, entry.label.en))}
        for entry in tk.h.jenasmartcity_vocabulary(name).entries
    ]


def _days() -> list[str]:
    return [
        tk._("Monday"), tk._("Tuesday"), tk._("Wednesday"), tk._("Thursday"), tk._("Friday"), tk._("Saturday"),
        tk._("Sunday"),
    ]
