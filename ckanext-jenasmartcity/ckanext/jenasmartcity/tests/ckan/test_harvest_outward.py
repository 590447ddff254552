"""What others see of a run: one activity, the ways its source allows, and a polite reader."""

from __future__ import annotations

import threading
import time
from typing import Any

import ckan.model as model

from ckanext.jenasmartcity.harvest import hosts
from ckanext.jenasmartcity.harvest import model as tables

from .conftest import Feeds, act, run
from .test_harvest import csv_options, dataset_of


def told(organization: str) -> list[dict[str, Any]]:
    return [
        one for one in act("organization_activity_list", id=organization, limit=50)
        if one["activity_type"] == "harvested source"
    ]


def test_a_run_is_one_activity_of_its_organisation_and_none_where_nothing_changed(harvested, feeds: Feeds, source):
    before = len(told("stadt-jena"))
    name = source("taetig", "csv", feeds.give("/t.csv", "id;zahl\n1;1\n"), options=csv_options())
    run(name)
    run(name)
    new = told("stadt-jena")[:len(told("stadt-jena")) - before]
    assert [(one["data"]["source"], one["data"]["counts"]["added"]) for one in new] == [(name, 1)]
    assert act("package_activity_list", id=dataset_of(name)["id"]) == []


def test_the_organisations_page_tells_of_runs_in_german(harvested, app):
    page = app.get("/organization/activity/stadt-jena").body
    assert "abgerufen:" in page


def test_a_dataset_leaves_only_on_the_ways_its_source_allows(harvested, feeds: Feeds, source, app):
    shut = source("verschlossen", "csv", feeds.give("/zu.csv", "id;zahl\n1;1\n"), options=csv_options())
    open_ = source("offen", "csv", feeds.give("/auf.csv", "id;zahl\n1;1\n"), options=csv_options())
    [row] = tables.sources(shut)
    row.channels = ["catalog"]
    model.Session.commit()
    run(shut)
    run(open_)
    assert (dataset_of(shut)["origin"], dataset_of(shut)["channels"]) == ("harvested", ["catalog"])
    feed = app.get("/feeds/dataset.atom").body
    assert dataset_of(open_)["name"] in feed
    assert dataset_of(shut)["name"] not in feed
    # its page and the API are the portal itself
    assert app.get(f"/dataset/{dataset_of(shut)['name']}").status_code == 200
    # no way at all is another thing than nothing said
    [row] = tables.sources(shut)
    row.channels = []
    model.Session.commit()
    outcome = run(shut)
    assert (outcome.counts.rejected, outcome.error) == (0, None)
    assert dataset_of(shut)["channels"] == ["none"]
    assert dataset_of(shut)["name"] not in app.get("/feeds/dataset.atom").body


def test_a_server_is_asked_by_one_process_at_a_time_and_not_too_often(harvested):
    held: list[tuple[float, float]] = []

    def ask() -> None:
        with hosts.turn("https://langsam.example/feed", pause=0.3):
            begun = time.monotonic()
            time.sleep(0.05)
            held.append((begun, time.monotonic()))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    held.sort()
    assert len(held) == 4
    for (begun, ended), (after, _) in zip(held, held[1:], strict=False):
        assert after >= ended
        assert after - begun >= 0.29
