"""Words, drawings and moments of the pages, in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from flask_babel import format_datetime

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.harvest.schedule import BERLIN

_MOMENT = {"de": "EEE, d. MMMM yyyy, HH:mm 'Uhr'", "en": "EEE d MMMM yyyy, HH:mm"}


@dataclass(frozen=True, slots=True)
class State:
    """name: of the machine; label: for people; icon: name of a drawing; tone: good, bad, attention, busy, quiet."""

    name: str
    label: str
    icon: str
    tone: str


def source_state(name: str) -> State:
    """How a source stands."""
    return _states().get(name) or State(name, name, "clock", "quiet")


def source_states() -> list[State]:
    """Every state of a source, for a list to choose from."""
    return [_states()[name] for name in (
        "done", "running", "waiting", "held", "failed", "overdue", "paused", "never", "leaving",
    )]


def run_state(run: Mapping[str, Any]) -> State:
    """How a run stands; one whose decision was made waits no more."""
    name = str(run["state"])
    if name == "held" and run.get("decision"):
        return State("held", tk._("finished, decided"), "check", "good")
    if name == "done":
        return State("done", tk._("finished"), "check", "good")
    if name == "interrupted":
        return State("interrupted", tk._("interrupted"), "cross", "bad")
    return source_state(name)


def _states() -> dict[str, State]:
    listed = (
        State("never", tk._("not fetched yet"), "clock", "quiet"),
        State("waiting", tk._("waiting to start"), "clock", "busy"),
        State("running", tk._("running"), "refresh", "busy"),
        State("done", tk._("in order"), "check", "good"),
        State("held", tk._("waits for your decision"), "hand", "attention"),
        State("failed", tk._("failed"), "cross", "bad"),
        State("overdue", tk._("overdue"), "warning", "attention"),
        State("paused", tk._("paused"), "pause", "quiet"),
        State("leaving", tk._("is being removed"), "clock", "busy"),
    )
    return {state.name: state for state in listed}


def language() -> str:
    """"en" or "de"."""
    return str(tk.h.jenasmartcity_language())


def said(text: Text | Mapping[str, str] | None) -> str:
    """A bilingual text in the reader's language, in the other one where that is missing."""
    if text is None:
        return ""
    pair = {"de": text.de, "en": text.en} if isinstance(text, Text) else text
    return pair.get(language()) or pair.get("de") or pair.get("en") or ""


def moment(value: str | dt.datetime | None) -> str:
    """A moment (ISO 8601 or aware) as the clocks of Berlin show it; "" for none."""
    if not value:
        return ""
    local = (dt.datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(BERLIN)
    # flask_babel shifts aware moments to the zone of its own configuration
    return format_datetime(local.replace(tzinfo=None), _MOMENT[language()], rebase=False)


def duration(seconds: float | None) -> str:
    """A time span as people say it."""
    if seconds is None:
        return ""
    if seconds < 60:
        return tk._("{number} s").format(number=tk.h.localised_number(round(seconds, 1 if seconds < 10 else None)))
    minutes, rest = divmod(round(seconds), 60)
    return tk._("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def counts(run: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What became of the records of a run, each with its number; they add up to those found."""
    labels = {
        "added": tk._("new"), "updated": tk._("changed"), "unchanged": tk._("unchanged"),
        "rejected": tk._("rejected"), "withdrawn": tk._("withdrawn"),
    }
    # where a run is shown by itself, "rejected" is who they are
    numbers = {**run, "rejected": run.get("rejected_count", run.get("rejected"))}
    return [(label, int(numbers.get(name) or 0)) for name, label in labels.items()]


def summary(run: Mapping[str, Any]) -> str:
    """A run in a few words: when, how it ended, what it found."""
    parts = [moment(run.get("started") or run.get("created")), run_state(run).label]
    if run["state"] in ("done", "held"):
        parts += [f"{number} {label}" for label, number in counts(run) if number and label != tk._("unchanged")]
    return ", ".join(part for part in parts if part)
