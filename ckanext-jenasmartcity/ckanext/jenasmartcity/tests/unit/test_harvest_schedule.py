"""Schedules are times on the clocks of Berlin, also in the nights when these are changed."""

from __future__ import annotations

import datetime as dt

import pytest

from ckanext.jenasmartcity.harvest.schedule import BERLIN, following, valid


def berlin(*parts: int, fold: int = 0) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=BERLIN, fold=fold)


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


def series(cron: str, after: dt.datetime, number: int) -> list[dt.datetime]:
    found = []
    for _ in range(number):
        after = following(cron, after)
        found.append(after)
    return found


def test_winter_and_summer():
    assert following("15 3 * * *", berlin(2026, 1, 10, 12)) == utc(2026, 1, 11, 2, 15)
    assert following("15 3 * * *", berlin(2026, 7, 10, 12)) == utc(2026, 7, 11, 1, 15)


def test_a_time_that_spring_skips_is_made_up_for():
    # 29 March 2026: 02:00 CET becomes 03:00 CEST
    nights = series("30 2 * * *", berlin(2026, 3, 28, 1), 3)
    assert nights == [utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)]


def test_a_time_that_autumn_repeats_comes_once():
    # 25 October 2026: 03:00 CEST becomes 02:00 CET
    nights = series("30 2 * * *", berlin(2026, 10, 24, 12), 2)
    assert nights == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]


@pytest.mark.parametrize("start", [utc(2026, 3, 28, 22), utc(2026, 10, 24, 22)])
def test_every_quarter_of_an_hour_goes_on_through_the_night(start):
    times = series("*/15 * * * *", start, 40)
    assert times == [start + dt.timedelta(minutes=15 * number) for number in range(1, 41)]


@pytest.mark.parametrize("cron", ["", "60 3 * * *", "0 3 * *", "0 0 3 * * *", "täglich"])
def test_what_is_no_schedule_is_refused(cron):
    assert not valid(cron)


def test_what_is_one_is_not():
    assert valid("0 3 * * 1-5")
