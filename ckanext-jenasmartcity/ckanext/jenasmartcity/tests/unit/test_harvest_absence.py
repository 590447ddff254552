"""When missing records are only counted, when a steward must look, and when they are gone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from ckanext.jenasmartcity.harvest import absence
from ckanext.jenasmartcity.harvest.absence import Held, Missing

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
    gone = frozenset(sorted(records)[:missing])
    assert absence.vanished(records, present, Held()) == Missing(gone, gone if hold else frozenset())


def test_a_slow_shortening_is_not_hidden_by_what_was_missing_before():
    records = known(100)
    for one in sorted(records)[:15]:
        records[one].absent_since = NOW
    # fifteen were looked at when they vanished; eighteen of the other 85 are more than a fifth
    assert absence.vanished(records, sorted(records)[33:], Held()).held == set(sorted(records)[15:33])
    assert not absence.vanished(records, sorted(records)[32:], Held()).held


def test_what_is_withdrawn_already_does_not_count():
    records = known(10)
    for one in sorted(records)[:5]:
        records[one].withdrawn_at = NOW
    assert absence.vanished(records, sorted(records)[6:], Held()) == Missing(frozenset({"d005"}))
    assert absence.vanished(records, sorted(records)[7:], Held()).held == {"d005", "d006"}


def test_what_was_accepted_lets_nothing_else_go_with_it():
    records = known(10)
    accepted = Held(tuple(sorted(records)[:5]))
    assert not absence.vanished(records, sorted(records)[5:], accepted).held
    assert absence.vanished(records, sorted(records)[8:], accepted).held == set(sorted(records)[5:8])


def test_what_was_refused_stays_without_a_question_and_anything_more_is_asked():
    records = known(100)
    names = sorted(records)
    refused = Held(tuple(names[:50]))
    same = absence.vanished(records, names[50:], Held(), refused)
    assert (same.held, same.kept) == (frozenset(), set(names[:50]))
    # one of fifty is less than a fifth, but of a source that was found wrong
    more = absence.vanished(records, names[51:], Held(), refused)
    assert (more.held, more.kept) == ({names[50]}, set(names[:50]))
    # some are there again: they are forgotten, the others are still kept
    less = absence.vanished(records, names[30:], Held(), refused)
    assert (less.held, less.kept) == (frozenset(), set(names[:30]))
    # all were there again, and one goes as anywhere else
    assert absence.vanished(records, names[1:], Held()) == Missing(frozenset(names[:1]))
    # what was accepted in the end is not kept
    assert absence.vanished(records, names[50:], refused) == Missing(frozenset(names[:50]))


def test_sizes_that_were_refused_are_not_asked_again_unless_more_goes():
    refused = {"werte": (80, 10)}
    assert absence.told_apart({"werte": (80, 10)}, refused) == ({}, refused)
    assert absence.told_apart({"werte": (80, 40)}, refused) == ({}, refused)
    assert absence.told_apart({"werte": (80, 9), "orte": (5, 0)}, refused) == ({"werte": (80, 9), "orte": (5, 0)}, {})
    assert absence.told_apart({}, refused) == ({}, {})


def test_a_decision_is_remembered_until_it_is_thought_over():
    held, kept = Held(("b",), {"x": {"t": (9, 1)}}), Held(("a",), {"x": {"u": (8, 2)}}, (5, 1))
    both = Held(("a", "b"), {"x": {"u": (8, 2), "t": (9, 1)}}, (5, 1))
    assert absence.decided(held, kept, None) == (Held(), kept)
    assert absence.decided(held, kept, "refused") == (Held(), both)
    assert absence.decided(held, kept, "accepted") == (held, kept)
    assert absence.decided(Held(), kept, "accepted") == (kept, Held())
    assert (kept + Held(items=(5, 0))).items == (5, 0)


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
