"""What a run reads: an address with its secrets, a file that was sent, or one dataset alone."""

from __future__ import annotations

import datetime as dt
import io

import ckan.model as model
import pytest

from ckanext.jenasmartcity.harvest import credentials, drops, engine
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.stewards import sending

from .conftest import NOW, Feeds, run
from .killing import feed as mixed_feed
from .killing import mixed  # noqa: F401 - a fixture
from .test_harvest import csv_options, rows_of


def waiting(name: str, **given: object) -> tables.HarvestRun:
    [row] = tables.sources(name)
    attempt = tables.HarvestRun(source_id=row.id, state="waiting", **given)
    model.Session.add(attempt)
    model.Session.commit()
    return attempt


def carry_out(name: str, attempt: tables.HarvestRun) -> engine.Outcome:
    [row] = tables.sources(name)
    return engine.run(row, NOW + dt.timedelta(hours=1), waiting=attempt)


def test_secrets_go_to_the_sources_own_server(harvested, feeds: Feeds, source):
    name = source("geheim", "csv", feeds.give("/geheim.csv", "id;zahl\n1;1\n"), options=csv_options())
    [row] = tables.sources(name)
    # pragma: allowlist nextline secret
    credentials.store(row.id, {"header": "X-Api-Key", "value": "MARKE-17"}, NOW)
    model.Session.commit()
    assert run(name).counts.added == 1
    assert feeds.received[-1].get("X-Api-Key") == "MARKE-17"


def test_a_file_that_was_sent_is_read_in_place_of_the_address_and_forgets_what_the_server_said(
    harvested, feeds: Feeds, source
):
    name = source("gesandt", "csv", feeds.give("/gesandt.csv", "id;zahl\n1;1\n"), options=csv_options())
    run(name)
    asked = len(feeds.asked)
    [row] = tables.sources(name)
    attempt, planned = sending.send(row, drops.Upload(io.BytesIO(b"id;zahl\n1;1\n2;2\n"), "neu.csv", "text/csv"), None)
    assert planned
    assert carry_out(name, attempt).counts.added == 1
    assert [one["zahl"] for one in rows_of(name)] == [1, 2]
    assert len(feeds.asked) == asked
    [row] = tables.sources(name)
    assert row.validators == {}


def test_a_broken_file_changes_nothing(harvested, feeds: Feeds, source):
    name = source("kaputt", "csv", feeds.give("/kaputt.csv", "id;zahl\n1;1\n"), options=csv_options())
    run(name)
    [row] = tables.sources(name)
    attempt, _ = sending.send(row, drops.Upload(io.BytesIO(b"<!DOCTYPE html><title>Fehler"), "neu.csv", ""), None)
    outcome = carry_out(name, attempt)
    assert outcome.error is not None
    assert outcome.error.code == "html"
    assert [one["zahl"] for one in rows_of(name)] == [1]


@pytest.mark.usefixtures("mixed")
def test_one_dataset_is_harvested_again_and_nothing_else_is_touched(harvested, feeds: Feeds, source):
    name = source("einzeln", "mixed", feeds.give("/einzeln.json", mixed_feed(0)))
    run(name)
    [row] = tables.sources(name)
    before = tables.records(row.id)
    changed, earlier = {draft: one.changed for draft, one in before.items()}, tables.last_complete(row.id)
    # the feed has changed throughout, but only one of its datasets is asked for
    feeds.give("/einzeln.json", mixed_feed(3))
    outcome = carry_out(name, waiting(name, only="d07"))
    assert outcome.error is None
    model.Session.expire_all()
    after = {draft: one.changed for draft, one in tables.records(row.id).items()}
    assert [draft for draft in after if after[draft] != changed[draft]] == ["d07"]
    assert all(one.absent_since is None for one in tables.records(row.id).values())
    # and what the whole source was like is still known from its last whole run
    assert tables.last_complete(row.id).id == earlier.id
    gone = carry_out(name, waiting(name, only="gibt-es-nicht"))
    assert gone.error is not None
    assert gone.error.code == "not-there"
