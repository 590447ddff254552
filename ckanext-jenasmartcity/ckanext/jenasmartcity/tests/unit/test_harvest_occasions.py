"""When those who look after a source are told, and in which words."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ckanext.jenasmartcity.harvest.notices import texts
from ckanext.jenasmartcity.harvest.notices.occasions import ATTEMPTS, Run, Standing, deadline, next_try, occasions

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def berlin(*when: int) -> dt.datetime:
    return dt.datetime(*when, tzinfo=BERLIN)


def standing(*states: str, decided: bool = False, **given: Any) -> Standing:
    """A source whose last runs ended so, newest first, the newest an hour ago."""
    ended = [Run(100 - n, state, NOW - (n + 1) * HOUR, decided) for n, state in enumerate(states)]
    complete = next((run for run in ended if run.state != "failed"), None)
    values = {"active": True, "schedule": None, "since": NOW - dt.timedelta(days=90), **given}
    return Standing(1, ended=ended[:2], complete=complete, **values)


@pytest.mark.parametrize(("states", "found"), [
    ((), {}), (("done",), {}), (("failed",), {}), (("failed", "done"), {}), (("done", "failed", "failed"), {}),
    (("failed", "failed"), {"failing": 100}), (("failed", "failed", "done"), {"failing": 100}),
    (("held",), {"held": 100}), (("failed", "held"), {"held": 99}), (("done", "held"), {}),
    (("failed", "failed", "held"), {"failing": 100, "held": 98}),
])
def test_what_the_last_runs_say(states, found):
    assert occasions(standing(*states), NOW) == found
    assert occasions(standing(*states, active=False), NOW) == {}


def test_what_is_decided_is_no_occasion():
    assert occasions(standing("held", decided=True), NOW) == {}


@pytest.mark.parametrize(("cron", "since", "last"), [
    # every night: three nights, and an hour for the third run
    ("0 3 * * *", berlin(2026, 11, 20, 3, 5), berlin(2026, 11, 23, 4, 0)),
    # the clocks go back on 25 October, forward on 29 March: nights stay nights
    ("0 3 * * *", berlin(2026, 10, 24, 3, 5), berlin(2026, 10, 27, 4, 0)),
    ("30 2 * * *", berlin(2027, 3, 27, 2, 40), berlin(2027, 3, 30, 3, 30)),
    # every five minutes: the third one gets five minutes, not an hour
    ("*/5 * * * *", berlin(2026, 11, 20, 3, 1), berlin(2026, 11, 20, 3, 20)),
    ("0 4 * * 1", berlin(2026, 11, 16, 4, 10), berlin(2026, 12, 7, 5, 0)),
])
def test_three_intervals_without_a_success(cron, since, last):
    assert deadline(cron, since.astimezone(dt.UTC)) == last
    source = Standing(1, True, cron, since - dt.timedelta(days=30), complete=Run(7, "done", since))
    assert occasions(source, last - dt.timedelta(seconds=1)) == {}
    assert occasions(source, last) == {"overdue": 7}


def test_a_source_that_never_succeeded_or_was_changed_counts_from_then():
    assert occasions(standing(schedule="0 * * * *", since=NOW - 5 * HOUR), NOW) == {"overdue": None}
    assert occasions(standing(schedule="0 * * * *", since=NOW - 2 * HOUR), NOW) == {}
    late = standing("failed", *["failed"] * 20, "done", schedule="0 * * * *")
    assert set(occasions(late, NOW)) == {"failing", "overdue"}
    assert occasions(standing("done", schedule=None, since=NOW - 999 * HOUR), NOW) == {}


def test_a_mail_that_failed_waits_longer_each_time_and_not_for_ever():
    waits = [next_try(attempts, NOW) - NOW for attempts in range(1, ATTEMPTS)]
    assert waits[0] == dt.timedelta(minutes=5)
    assert all(later == 2 * earlier for earlier, later in zip(waits, waits[1:], strict=False))
    assert next_try(ATTEMPTS, NOW) is None


def said(kind: str, **given: Any) -> texts.Said:
    return texts.say(texts.About(kind, {"de": "Parkplätze", "en": "Car parks"}, **given))


def test_a_failing_source_is_told_with_cause_and_remedy_and_without_secrets():
    # pragma: allowlist nextline secret
    secret = "http://" + "ute:geheim@" + "daten.example/x.csv?key=GEHEIM&b=2"
    found = said("failing", error=("http-status", {"url": secret, "status": "404"}))
    assert found.cause.de == "Die Quelle antwortet mit HTTP 404."
    assert found.cause.en == "The source answers with HTTP 404."
    assert "http://daten.example/x.csv" in found.remedy.de
    other = said("failing", error=("unreachable", {"url": secret, "detail": f"kein Weg zu {secret}"}))
    for text in (found.remedy.de, found.remedy.en, other.cause.de, other.cause.en):
        assert "geheim" not in text.lower()
        assert "ute" not in text


def test_what_is_held_is_counted():
    found = said("held", held={"datasets": ["a", "b"], "tables": {"c": {"werte": [80, 10]}}, "items": [9, 1]})
    assert "2 Datensätze fehlen; Tabelle »werte«: 10 statt 80 Zeilen; 1 statt 9 Angebote" in found.cause.de
    assert "2 datasets are missing; table “werte”: 10 instead of 80 rows; 1 instead of 9 offers" in found.cause.en


def test_a_mail_is_german_first_and_a_title_breaks_no_line():
    found = texts.say(texts.About("overdue", {"de": "Böse\r\nBcc: a@b.example"}, success=NOW))
    subject, text = texts.mail(found, "Ute\nX", "Stadt Jena", "https://p.example/quellen/x")
    assert "\n" not in subject
    assert "\r" not in subject
    assert text.index("Guten Tag Ute X") < text.index("Hello Ute X")
    assert text.count("https://p.example/quellen/x") == 2
    assert "24.11.2026, 13:00 Uhr" in text
    assert "2026-11-24 13:00" in text
    assert said("overdue").cause.de.startswith("Noch kein Lauf")
