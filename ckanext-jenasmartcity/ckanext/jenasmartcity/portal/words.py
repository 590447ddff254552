"""Words for things that CKAN names by machine: kinds of data, dates and times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from flask_babel import format_date, format_datetime

from ckanext.jenasmartcity.portal import language

# Patterns of Unicode TR 35; CKAN's own counts years by weeks (YYYY) and puts the month first.
MOMENT = {"de": "d. MMMM yyyy, HH:mm 'Uhr'", "en": "d MMMM yyyy, HH:mm"}
DAY = {"de": "d. MMMM yyyy", "en": "d MMMM yyyy"}


def type_label(name: str) -> str:
    """What people call a dataset type; the name itself where it is unknown."""
    return {
        "dataset": tk._("Dataset"), "sensor": tk._("Sensor data"), "logistics": tk._("Mobility and logistics"),
        "learning-offer": tk._("Learning offers"), "service": tk._("Administrative service"),
    }.get(name, name)


def _purposes() -> dict[str, str]:
    return {
        "add link": tk._("Add: {kind}"), "create label": tk._("Create: {kind}"), "create title": tk._("Create: {kind}"),
        "edit label": tk._("Edit: {kind}"), "save label": tk._("Save"), "update label": tk._("Save"),
        "search placeholder": tk._("Search: {kind}"), "search_placeholder": tk._("Search: {kind}"),
        "delete confirmation": tk._("Delete this for good? {kind}"), "view label": tk._("View: {kind}"),
    }


@tk.chained_helper
def humanize_entity_type(
    following: Callable[..., str | None], entity_type: str, object_type: str, purpose: str
) -> str | None:
    """Our dataset types by their names; everything else as CKAN says it."""
    label = type_label(object_type)
    if entity_type != "package" or object_type == "dataset" or label == object_type:
        return following(entity_type, object_type, purpose)
    return _purposes().get(purpose, "{kind}").format(kind=label)


@tk.chained_helper
def render_datetime(
    following: Callable[..., str], moment: Any, date_format: str | None = None, with_hours: bool = False,
    with_seconds: bool = False,
) -> str:
    """CKAN's helper, with moments as German and English readers write them."""
    if date_format or with_seconds or not moment:
        return following(moment, date_format, with_hours, with_seconds)
    text = following(moment, "%Y-%m-%dT%H:%M:%S%z")
    if not text:
        return ""
    local = dt.datetime.fromisoformat(text).astimezone(tk.h.get_display_timezone())
    return _said(local, with_hours)


def _said(moment: dt.datetime, with_hours: bool) -> str:
    if with_hours:
        # flask_babel shifts aware moments to the zone of its own configuration
        return format_datetime(moment.replace(tzinfo=None), MOMENT[language.code()], rebase=False)
    return format_date(moment.date(), DAY[language.code()])


def date(text: str) -> str:
    """An ISO date or moment as people write it; a year, a month and anything else stay as they are.

    A moment without offset is local time already.
    """
    if len(text) < 8 or not text[:4].isdigit() or text[4] != "-":
        return text
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is not None:
        moment = moment.astimezone(tk.h.get_display_timezone())
    return _said(moment, len(text) > 10 and (moment.hour, moment.minute) != (0, 0))
