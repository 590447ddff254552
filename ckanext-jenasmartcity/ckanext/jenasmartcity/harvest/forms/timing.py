"""When a source is fetched: plain choices for what is a cron line underneath.  The time is passed in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.harvest.schedule import following, valid

KINDS = ("never", "hourly", "daily", "weekly", "own")
_HOURLY = re.compile(r"(\d{1,2}) \* \* \* \*")
_DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \*")
_WEEKLY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* ([0-7])")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
# what the fields say before anybody has chosen: a quiet hour, not the full one
_FIRST = {"schedule_minute": "17", "schedule_time": "03:15", "schedule_day": "1", "schedule_cron": ""}


def shown(cron: str | None) -> dict[str, str]:
    """The form's values for a source's cron line."""
    if not cron:
        return {**_FIRST, "schedule": "never"}
    if found := _HOURLY.fullmatch(cron):
        return {**_FIRST, "schedule": "hourly", "schedule_minute": found[1], "schedule_cron": cron}
    if found := _DAILY.fullmatch(cron):
        return {**_FIRST, "schedule": "daily", "schedule_time": _time(found[2], found[1]), "schedule_cron": cron}
    if found := _WEEKLY.fullmatch(cron):
        day = str(int(found[3]) or 7)
        time = _time(found[2], found[1])
        return {**_FIRST, "schedule": "weekly", "schedule_time": time, "schedule_day": day, "schedule_cron": cron}
    return {**_FIRST, "schedule": "own", "schedule_cron": cron}


def read(form: Mapping[str, Any], now: dt.datetime) -> str | None:
    """The cron line that the form's values mean, None for never.  Raises ValueError."""
    line = _line(form)
    try:
        next_times(line, now, 1)
    except ValueError as error:
        # well-formed, but it means the 30th of February
        raise ValueError(tk._("This day never comes. Please check day and month.")) from error
    return line


def _line(form: Mapping[str, Any]) -> str | None:
    kind = form.get("schedule", "never")
    if kind == "never":
        return None
    if kind == "hourly":
        return f"{_minute(form.get('schedule_minute', ''))} * * * *"
    if kind in ("daily", "weekly"):
        hour, minute = _clock(form.get("schedule_time", ""))
        day = form.get("schedule_day", "") if kind == "weekly" else "*"
        if day not in ("*", *"1234567"):
            raise ValueError(tk._("Please choose a day of the week."))
        # cron knows Sunday as 0
        return f"{minute} {hour} * * {'0' if day == '7' else day}"
    line = " ".join(form.get("schedule_cron", "").split())
    if kind != "own" or not valid(line):
        raise ValueError(tk._("This is not a cron line of five fields: minute, hour, day, month, day of the week."))
    return line


def next_times(cron: str | None, now: dt.datetime, number: int = 3) -> list[dt.datetime]:
    """The next moments (UTC) that a cron line means; none for a source that is never fetched by itself."""
    times: list[dt.datetime] = []
    while cron and len(times) < number:
        times.append(following(cron, times[-1] if times else now))
    return times


def _time(hour: str, minute: str) -> str:
    return f"{int(hour):02d}:{int(minute):02d}"


def _minute(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < 60):
        raise ValueError(tk._("The minute is a number from 0 to 59."))
    return int(text)


def _clock(text: str) -> tuple[int, int]:
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(tk._("Please give the time of day as in 03:15."))
    return int(found[1]), int(found[2])
