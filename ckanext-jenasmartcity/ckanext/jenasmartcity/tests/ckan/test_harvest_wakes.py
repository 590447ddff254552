"""What keeps a harvest going when a horse dies or Redis forgets, with a real worker and a real tick."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest import tick

from . import dying, killing
from .conftest import Feeds, empty
from .killing import mixed  # noqa: F401

MINUTE = 60
SOME = 120


@pytest.fixture
def alone(with_plugins: None, mixed: None) -> Iterator[None]:  # noqa: F811
    """A portal whose own sources rest, and an empty queue."""
    empty()
    for row in tables.sources():
        row.active = False
    model.Session.commit()
    jobs.get_queue().empty()
    yield
    jobs.get_queue().empty()


def small(number: int) -> str:
    whole = json.loads(killing.feed(0))
    return json.dumps({"datasets": whole["datasets"][-number:], "items": []})


def states(source_id: int) -> list[str]:
    model.Session.rollback()
    model.Session.expire_all()
    return [one.state for one in tables.runs(source_id)]


def work(burst: bool) -> int:
    jobs.Worker().work(burst=burst, logging_level="WARNING")
    return dying.DONE


def rounds() -> int:
    tick.loop(int(tk.config["ckanext.jenasmartcity.harvest.tick_seconds"]))
    return dying.DONE


@pytest.mark.usefixtures("alone")
def test_a_killed_horse_is_taken_up_within_a_minute_and_repeats_nothing(ckan_config, feeds: Feeds, source):
    # what stands in the configuration, not shortened
    assert ckan_config["ckanext.jenasmartcity.harvest.lease_seconds"] == 30
    name = source("im-galopp", "mixed", feeds.give("/g.json", small(SOME), "application/json"))
    [row] = tables.sources(name)
    number = row.id
    planned = tables.HarvestRun(source_id=number, state="waiting")
    model.Session.add(planned)
    model.Session.commit()
    tick.wake(planned.id)
    worker, ticker = dying.fork(lambda: work(burst=False)), dying.fork(rounds)
    try:
        [horse] = dying.until(lambda: dying.horses(worker))
        dying.until(lambda: _written(number), MINUTE)
        os.kill(horse, signal.SIGKILL)
        begun = time.monotonic()
        written = _written(number)
        assert 0 < written < SOME
        dying.until(lambda: states(number)[:2] in (["running", "interrupted"], ["done", "interrupted"]), MINUTE)
        assert time.monotonic() - begun < MINUTE
        dying.until(lambda: states(number) == ["done", "interrupted"], MINUTE)
        # the index follows the commit
        dying.until(lambda: not tables.pending(), MINUTE)
    finally:
        for pid in (ticker, worker):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    model.Session.remove()
    assert killing.writes(name) == SOME, "a finished record was written again"
    assert sum(map(len, killing.documents(name).values())) == SOME


def _written(source_id: int) -> int:
    model.Session.rollback()
    return len(tables.records(source_id))


@pytest.mark.usefixtures("alone")
def test_what_redis_forgets_is_harvested_all_the_same(feeds: Feeds, source):
    name = source("vergessen", "mixed", feeds.give("/v.json", small(5), "application/json"), schedule="0 3 * * *")
    [row] = tables.sources(name)
    number, now = row.id, dt.datetime.now(dt.UTC)
    row.due_at = now - dt.timedelta(minutes=1)
    model.Session.commit()
    woken: dict[int, dt.datetime] = {}
    tick.work(now, woken)
    assert (states(number), jobs.get_queue().count) == (["waiting"], 1)
    connect_to_redis().flushall()
    assert jobs.get_queue().count == 0
    # nobody works: the queue must not grow by a wake-up with every round
    for seconds in range(65, 100, 5):
        tick.work(now + dt.timedelta(seconds=seconds), woken)
    assert jobs.get_queue().count == 1
    assert dying.code_of(dying.fork(lambda: work(burst=True))) == dying.DONE
    assert states(number) == ["done"]
    assert killing.writes(name) == 5


@pytest.mark.usefixtures("alone")
def test_of_several_that_begin_at_once_one_harvests(feeds: Feeds, source):
    name = source("gedraenge", "mixed", feeds.give("/e.json", small(60), "application/json"))
    [row] = tables.sources(name)
    number = row.id
    feeds.pause = 0.5
    pids = [dying.spawn(name, dt.datetime.now(dt.UTC)) for _ in range(4)]
    codes = sorted(dying.code_of(pid) for pid in pids)
    assert codes == [dying.DONE, dying.BUSY, dying.BUSY, dying.BUSY]
    assert (states(number), feeds.asked.count("/e.json")) == (["done"], 1)
    assert killing.writes(name) == 60


@pytest.mark.usefixtures("alone")
def test_one_run_is_taken_up_by_one_worker(feeds: Feeds, source):
    name = source("doppelt", "mixed", feeds.give("/d.json", small(30), "application/json"))
    [row] = tables.sources(name)
    planned = tables.HarvestRun(source_id=row.id, state="waiting")
    model.Session.add(planned)
    model.Session.commit()
    number, run_id = row.id, planned.id
    for _ in range(3):
        tick.wake(run_id)
    workers = [dying.fork(lambda: work(burst=True)) for _ in range(2)]
    assert [dying.code_of(pid) for pid in workers] == [dying.DONE, dying.DONE]
    assert (states(number), feeds.asked.count("/d.json")) == (["done"], 1)
    assert killing.writes(name) == 30


def test_schedules_keep_the_clock_of_berlin_in_tick(alone: Any, feeds: Feeds, source):
    name = source("zeitumstellung", "mixed", feeds.give("/z.json", small(1), "application/json"),
                  schedule="30 2 * * *")
    [row] = tables.sources(name)
    number = row.id
    # the night in which 2:30 comes twice, and the one in which it does not come
    for first, last, runs in (((2026, 10, 24, 12), (2026, 10, 26, 0), 1), ((2027, 3, 27, 12), (2027, 3, 28, 12), 1)):
        moment, end = dt.datetime(*first, tzinfo=dt.UTC), dt.datetime(*last, tzinfo=dt.UTC)
        [row] = tables.sources(name)
        row.due_at = None
        model.Session.commit()
        before = len(tables.runs(number, 100))
        while moment < end:
            tick.plan(moment)
            moment += dt.timedelta(minutes=10)
        assert len(tables.runs(number, 100)) - before == runs
