"""Servers that fail or ask for a pause are left alone, by every process."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.jenasmartcity.connectors.base import SourceError
from ckanext.jenasmartcity.harvest import dry, fetch, hosts

from .conftest import Feeds, run
from .test_harvest import csv_options

pytestmark = pytest.mark.usefixtures("harvested")
GOOD = "id;zahl\n1;1\n"


@pytest.fixture
def make(feeds: Feeds, source, request):
    """Sources of one server; the first answers of each are taken from a list."""
    def made(number: int) -> str:
        name = f"h{feeds.port}-{number}"
        feeds.give(f"/{number}.csv", GOOD)
        return source(name, "csv", feeds.url(f"/{number}.csv"), options=csv_options())

    return made


def error_of(name: str) -> str | None:
    error = run(name).error
    return error.code if error is not None else None


def time_passes(feeds: Feeds) -> None:
    with model.ensure_engine().begin() as connection:
        changed = connection.execute(sa.text(
            "UPDATE jenasmartcity_harvest_host SET rest_until = rest_until - interval '10 minutes 1 second'"
            " WHERE host = :host AND rest_until < clock_timestamp() + interval '10 minutes 1 second'"
        ), {"host": f"127.0.0.1:{feeds.port}"})
    assert changed.rowcount == 1


def test_after_five_failures_nobody_asks_for_ten_minutes(feeds: Feeds, make):
    names = [make(number) for number in range(3)]
    for number in range(3):
        feeds.give(f"/{number}.csv", "oops", status=502)
    assert [error_of(names[number % 3]) for number in range(5)] == ["http-status"] * 5
    asked = len(feeds.asked)
    assert [error_of(name) for name in names] == ["resting"] * 3
    with pytest.raises(SourceError) as told:
        dry.attempt("csv", feeds.url("/0.csv"), csv_options(), dt.datetime.now(dt.UTC))
    assert told.value.code == "resting"
    assert f"127.0.0.1:{feeds.port}" in told.value.message("de")
    assert len(feeds.asked) == asked
    time_passes(feeds)
    # one more failure is enough to close the door again
    assert [error_of(names[0]), error_of(names[1])] == ["http-status", "resting"]
    time_passes(feeds)
    for number in range(3):
        feeds.give(f"/{number}.csv", GOOD)
    assert [error_of(name) for name in names] == [None] * 3
    feeds.give("/0.csv", "oops", status=502)
    assert [error_of(names[0]), error_of(names[1])] == ["http-status", None]


def test_a_wrong_address_is_no_failure_of_the_server(feeds: Feeds, make):
    name = make(0)
    feeds.give("/0.csv", "none", status=404)
    assert [error_of(name) for _ in range(7)] == ["http-status"] * 7


def test_a_long_pause_that_a_server_asks_for_is_kept(feeds: Feeds, make):
    names = [make(0), make(1)]
    feeds.give("/0.csv", "later", status=503)
    feeds.headers["Retry-After"] = "300"
    assert error_of(names[0]) == "http-status"
    asked = len(feeds.asked)
    assert [error_of(name) for name in names] == ["resting", "resting"]
    assert len(feeds.asked) == asked
    time_passes(feeds)
    feeds.headers.clear()
    feeds.give("/0.csv", GOOD)
    assert [error_of(name) for name in names] == [None, None]


def test_a_short_pause_is_made_within_the_run(feeds: Feeds, make, monkeypatch):
    name, waited = make(0), []
    feeds.give("/0.csv", "slower", status=429)
    feeds.headers["Retry-After"] = "7"

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        feeds.give("/0.csv", GOOD)

    monkeypatch.setattr(fetch, "sleep", sleep)
    assert error_of(name) is None
    assert waited == [7]


def test_a_dry_run_teaches_nothing(feeds: Feeds, make):
    make(0)
    feeds.give("/0.csv", "oops", status=500)
    for _ in range(6):
        with pytest.raises(SourceError):
            dry.attempt("csv", feeds.url("/0.csv"), csv_options(), dt.datetime.now(dt.UTC))
    hosts.check(feeds.url("/0.csv"))
