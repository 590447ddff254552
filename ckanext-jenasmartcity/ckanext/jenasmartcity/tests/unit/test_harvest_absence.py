"""When missing records are only counted, when a steward must look, and when they are gone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from ckanext.jenasmartcity.harvest import absence
from ckanext.jenasmartcity.harvest.absence import Held

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@dataclass
class Record:
    absent_since: dt.datetime | None = None
    absent_runs: int = 0
    withdrawn_at: dt.datetime | None = None


def known(number: int) -> dict[str, Record]:
    return {f"d{one:03}": Record() for one in range(number)}


@pytest.mark.parametrize(("before", "missing", "hold"), [
    (100, 0, False), (100, 20, False), (100, 21, True), (100, 99, True), (5, 1, False), (4, 1, True), (2, 1, True),
])
def test_more_than_a_fifth_is_held(before, missing, hold):
    records = known(before)
    present = sorted(records)[missing:]
    assert absence.vanished(records, present, Held()) == (set(sorted(records)[:missing]), hold)


def test_a_slow_shortening_is_not_hidden_by_what_was_missing_before():
    records = known(100)
    for one in sorted(records)[:15]:
        records[one].absent_since = NOW
    # fifteen were looked at when they vanished; eighteen of the other 85 are more than a fifth
    assert absence.vanished(records, sorted(records)[33:], Held())[1]
    assert not absence.vanished(records, sorted(records)[32:], Held())[1]


def test_what_is_withdrawn_already_does_not_count():
    records = known(10)
    for one in sorted(records)[:5]:
        records[one].withdrawn_at = NOW
    missing, hold = absence.vanished(records, sorted(records)[6:], Held())
    assert (missing, hold) == ({"d005"}, False)
    assert absence.vanished(records, sorted(records)[7:], Held())[1]


def test_what_was_accepted_lets_nothing_else_go_with_it():
    records = known(10)
    accepted = Held(tuple(sorted(records)[:5]))
    assert not absence.vanished(records, sorted(records)[5:], accepted)[1]
    assert absence.vanished(records, sorted(records)[8:], accepted)[1]


@pytest.mark.parametrize(("before", "now", "allowed", "hold"), [
    (100, 80, None, False), (100, 79, None, True), (100, 200, None, False), (0, 0, None, False), (1, 0, None, True),
    (100, 50, (100, 50), False), (100, 51, (100, 50), False), (100, 49, (100, 50), True),
])
def test_tables_that_shrink_are_held(before, now, allowed, hold):
    assert absence.shrinks(before, now, allowed) is hold


@pytest.mark.parametrize(("days", "runs", "gone"), [(7, 2, True), (6.9, 2, False), (70, 1, False), (8, 3, True)])
def test_gone_for_good_is_a_week_and_two_runs(days, runs, gone):
    assert absence.gone(Record(NOW - dt.timedelta(days=days), runs), NOW) is gone
    assert not absence.gone(Record(None, runs), NOW)


def test_what_is_held_survives_the_database():
    held = Held(("a",), {"b": {"werte": (10, 2)}}, (200, 3))
    assert absence.read(held.as_json()) == held
    assert absence.read({}) == Held()
    assert not Held()
    assert held
