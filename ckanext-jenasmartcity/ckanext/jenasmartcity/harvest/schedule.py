"""When a source is due.  Pure: the time is passed in."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from croniter import croniter

BERLIN = ZoneInfo("Europe/Berlin")


def valid(cron: str) -> bool:
    """Whether this is a cron line of five fields."""
    return len(cron.split()) == 5 and croniter.is_valid(cron)


def following(cron: str, after: dt.datetime) -> dt.datetime:
    """The next time (UTC) that a cron line means, read as time on the clocks of Berlin.

    A fixed time that the clocks skip in spring is made up for an hour later; one that
    comes twice in autumn counts once, the first time.  Lines for every hour go on as if
    the clocks had not been changed.  ``after`` is aware.
    """
    local = after.astimezone(BERLIN)
    zone = dt.timezone(local.utcoffset() or dt.timedelta()) if cron.split()[1].startswith("*") else BERLIN
    times = croniter(cron, local.replace(tzinfo=None))
    while True:
        planned: dt.datetime = times.get_next(dt.datetime)
        moment = planned.replace(tzinfo=zone).astimezone(dt.UTC)
        if moment > after:
            return moment
