"""When those who look after a source must be told.  Pure: the time is passed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.jenasmartcity.harvest.schedule import following

# Runs that fail one after the other before anybody is told.
FAILURES = 2
# Planned runs that pass without a success before anybody is told.
INTERVALS = 3
# What the last of them gets to come to its end.
GRACE = dt.timedelta(hours=1)
# Waiting after a mail that could not be sent: this long, then twice as long, and so on.
PAUSE = dt.timedelta(minutes=5)
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has come to its end.  state: done, held or failed.  decided: whether
    somebody has decided on what it holds."""

    id: int
    state: str
    finished: dt.datetime
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source is doing.  ended: its latest runs that ended, newest first.  complete: the
    last one that read the whole source.  since: when the source got the settings it has."""

    source_id: int
    active: bool
    schedule: str | None
    since: dt.datetime
    ended: Sequence[Run] = ()
    complete: Run | None = None


def occasions(standing: Standing, now: dt.datetime) -> dict[str, int | None]:
    """What there is to tell of a source now: kind -> id of the run that it is about.

    Nothing of a source that is paused.
    """
    found: dict[str, int | None] = {}
    if not standing.active:
        return found
    latest = standing.ended[:FAILURES]
    if len(latest) == FAILURES and all(run.state == "failed" for run in latest):
        found["failing"] = latest[0].id
    if standing.complete is not None and standing.complete.state == "held" and not standing.complete.decided:
        found["held"] = standing.complete.id
    if standing.schedule and now >= deadline(standing.schedule, _since(standing)):
        found["overdue"] = standing.complete.id if standing.complete else None
    return found


def _since(standing: Standing) -> dt.datetime:
    # whoever changes or resumes a source starts the clock anew
    return max(standing.since, standing.complete.finished) if standing.complete else standing.since


def deadline(cron: str, since: dt.datetime) -> dt.datetime:
    """Until when one of the planned runs after ``since`` must have succeeded."""
    planned = since
    for _ in range(INTERVALS):
        planned = following(cron, planned)
    return planned + min(GRACE, following(cron, planned) - planned)


def next_try(attempts: int, last: dt.datetime) -> dt.datetime | None:
    """When a mail that failed ``attempts`` times is tried again; None: not any more."""
    return last + PAUSE * 2 ** (attempts - 1) if attempts < ATTEMPTS else None
