"""How a source stands, in one word.  Pure: the time is passed in."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from ckanext.jenasmartcity.harvest.schedule import following

# A source is overdue after so many of its intervals without success.
INTERVALS = 3
STATES = ("never", "waiting", "running", "done", "held", "failed", "overdue", "paused")


class Planned(Protocol):
    """What is known of a source."""

    active: bool
    schedule: str | None
    created: dt.datetime


class Attempt(Protocol):
    """What is known of a run."""

    state: str
    decision: str | None


def state(source: Planned, latest: Attempt | None, success: dt.datetime | None, now: dt.datetime) -> str:
    """One of STATES.  latest: the newest run; success: the end of the newest complete one."""
    if latest is not None and latest.state in ("running", "waiting"):
        return latest.state
    if not source.active:
        return "paused"
    if latest is not None and latest.state in ("failed", "interrupted"):
        return "failed"
    if latest is not None and latest.state == "held" and latest.decision is None:
        return "held"
    if overdue(source, success, now):
        return "overdue"
    return "never" if latest is None else "done"


def overdue(source: Planned, success: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether an active source has not succeeded for three intervals of its schedule."""
    if not (source.active and source.schedule):
        return False
    moment = success or source.created
    for _ in range(INTERVALS):
        moment = following(source.schedule, moment)
    return moment < now
