"""A run that was taken over writes nothing any more, in either database."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine
from click.testing import CliRunner

from ckanext.jenasmartcity.harvest import cli, engine, lease, tick, write
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.holding import LeaseLostError

from .conftest import NOW, Feeds, run
from .dying import alive, children, until
from .test_harvest import csv_options, dataset_of, rows_of, snapshot, table_of


@pytest.fixture(autouse=True)
def portal(harvested: Any) -> None:
    """Every test here works on the harvested samples."""


def expire(source_id: int) -> None:
    """What time does to the lease of a process that sleeps."""
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(
            "UPDATE jenasmartcity_harvest_lease SET lease_until = now() - interval '1 second' WHERE source_id = :id"
        ), {"id": source_id})


def overtake(row: tables.HarvestSource) -> lease.Lease:
    """Another process takes the source over."""
    expire(row.id)
    number, uid, taken = row.id, row.uid, []
    # a thread of its own knows nothing of the lease of this one, as another process
    thread = threading.Thread(target=lambda: taken.append(lease.take(number, uid)))
    thread.start()
    thread.join()
    assert taken[0] is not None
    return taken[0]


def test_fences_rise_and_a_lease_is_held_by_one(feeds: Feeds):
    [row] = tables.sources("ortsteile")
    with lease.held(row.id, row.uid) as first:
        assert first is not None
        assert lease.take(row.id, row.uid) is None
        assert run("ortsteile").busy
    with lease.held(row.id, row.uid) as second:
        assert second is not None
        assert second.fence > first.fence
        assert not lease.renew(first, 30)
        assert lease.renew(second, 30)


def test_a_working_run_keeps_its_lease(ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.harvest.lease_seconds", 1)
    [row] = tables.sources("ortsteile")
    with lease.held(row.id, row.uid) as mine:
        assert mine is not None
        time.sleep(2.5)
        assert lease.take(row.id, row.uid) is None
    assert not run("ortsteile").busy


def overtaken(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, row: tables.HarvestSource) -> list[lease.Lease]:
    """The source is taken over just before the named step; what the other one holds."""
    genuine, taken = getattr(owner, name), []

    def slow(*arguments: Any, **named: Any) -> Any:
        if not taken:
            taken.append(overtake(row))
        return genuine(*arguments, **named)

    monkeypatch.setattr(owner, name, slow)
    return taken


STEPS = {
    "before anything is published": (engine, "publish"),
    "before the dataset's commit": (write, "_remember"),
    "before the rows' commit": (write.load, "_merge"),
    "before the items": (engine, "_items"),
    "before the end": (engine, "_finish"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_was_taken_over_commits_nothing(feeds: Feeds, source, monkeypatch, step):
    url = feeds.give("/l.csv", "id;zahl\n1;1\n2;2\n")
    name = source(f"lease-{list(STEPS).index(step)}", "csv", url, options=csv_options())
    run(name)
    [row] = tables.sources(name)
    feeds.give("/l.csv", "id;zahl\n1;7\n3;3\n")
    before = snapshot()
    with monkeypatch.context() as patch:
        taken = overtaken(patch, *STEPS[step], row)
        with pytest.raises(LeaseLostError):
            run(name, now=NOW + dt.timedelta(days=1))
        if step in ("before anything is published", "before the rows' commit"):
            assert snapshot() == before
    # whoever took over finishes the work, whatever of it was done
    expire(row.id)
    assert taken
    assert run(name, now=NOW + dt.timedelta(days=2)).error is None
    assert sorted((one["id"], one["zahl"]) for one in rows_of(name)) == [(1, 7), (3, 3)]
    assert [one.state for one in tables.runs(row.id)] == ["done", "interrupted", "done"]


def test_rows_that_were_loaded_before_a_death_do_not_stay_when_the_feed_goes_back(feeds: Feeds, source, monkeypatch):
    old, new = "id;zahl\n1;1\n2;2\n", "id;zahl\n1;7\n3;3\n"
    name = source("zurueck", "csv", feeds.give("/z.csv", old), options=csv_options())
    run(name)
    [row] = tables.sources(name)
    feeds.give("/z.csv", new)
    with monkeypatch.context() as patch:
        overtaken(patch, write, "_remember", row)
        with pytest.raises(LeaseLostError):
            run(name)
    expire(row.id)
    assert sorted(one["zahl"] for one in rows_of(name)) == [3, 7]
    feeds.give("/z.csv", old)
    run(name)
    assert sorted(one["zahl"] for one in rows_of(name)) == [1, 2]


def test_a_process_that_hangs_in_a_transaction_does_not_hold_up_who_takes_over(feeds: Feeds, source):
    name = source("haengt", "csv", feeds.give("/h.csv", "id;zahl\n1;1\n"), options=csv_options())
    run(name)
    [row] = tables.sources(name)
    table = table_of(dataset_of(name))
    label = f"harvest {row.uid} 0"
    hanging = [model.ensure_engine().connect(), get_write_engine().connect()]
    for connection in hanging:
        connection.execute(sa.text("SELECT set_config('application_name', :label, true)"), {"label": label})
    hanging[0].execute(sa.text("SELECT * FROM jenasmartcity_harvest_lease FOR UPDATE"))
    hanging[1].execute(sa.text(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE'))
    feeds.give("/h.csv", "id;zahl\n1;5\n")
    outcomes = [run(name) for _ in range(2)]
    assert [outcome.busy for outcome in outcomes] == [True, False]
    assert [one["zahl"] for one in rows_of(name)] == [5]
    for connection in hanging:
        connection.invalidate()
        connection.close()


def test_a_killed_run_is_taken_up_within_a_minute(ckan_config, feeds: Feeds, source):
    name = source("getoetet", "csv", feeds.give("/g.csv", "id;zahl\n1;1\n"), options=csv_options())
    [row] = tables.sources(name)
    # as a killed process leaves it: the run runs, the lease is young, nobody renews it
    model.Session.add(tables.HarvestRun(source_id=row.id, state="running", created=NOW))
    model.Session.commit()
    assert lease.take(row.id, row.uid) is not None
    seconds = ckan_config["ckanext.jenasmartcity.harvest.lease_seconds"]
    assert seconds + 2 * ckan_config["ckanext.jenasmartcity.harvest.tick_seconds"] < 60
    tick._recover(dt.datetime.now(dt.UTC))
    assert [one.state for one in tables.runs(row.id)] == ["running"]
    expire(row.id)
    tick._recover(dt.datetime.now(dt.UTC))
    model.Session.expire_all()
    waiting, dead = tables.runs(row.id)
    assert (waiting.state, dead.state) == ("waiting", "interrupted")
    tick.take_up(waiting.id)
    model.Session.expire_all()
    assert [one.state for one in tables.runs(row.id)] == ["done", "interrupted"]


def test_a_lost_lease_is_told_on_the_command_line_and_ends_nothing_else(feeds: Feeds, source, monkeypatch):
    name = source("verloren", "csv", feeds.give("/v.csv", "id;zahl\n1;1\n"), options=csv_options())
    [row] = tables.sources(name)
    overtaken(monkeypatch, engine, "publish", row)
    done = CliRunner().invoke(cli.harvest, ["run", name])
    assert done.exit_code == 1
    assert "übernommen" in done.stderr
    expire(row.id)


def portal_ini(folder: Path, port: int) -> Path:
    """The tests' configuration for a child process that may reach the test's feeds."""
    found = folder / "child.ini"
    allowed = " ".join([*tk.config["ckanext.jenasmartcity.security.allow"], f"127.0.0.1:{port}"])
    found.write_text(
        f"[app:main]\nuse = config:{tk.config['__file__']}\nckanext.jenasmartcity.security.allow = {allowed}\n"
    )
    return found


@pytest.mark.parametrize("guarded", [True, False])
def test_a_work_horse_dies_with_its_worker(feeds: Feeds, source, tmp_path, guarded):
    name = source(f"pferd-{guarded}", "csv", feeds.give("/p.csv", "id;zahl\n1;1\n"), options=csv_options())
    [row] = tables.sources(name)
    attempt = tables.HarvestRun(source_id=row.id, state="waiting")
    model.Session.add(attempt)
    model.Session.commit()
    queue, number = f"pferd-{guarded}", attempt.id
    feeds.pause = 60.0
    # a job of anybody else shows what RQ does by itself
    job, given = (tick.take_up, number) if guarded else (time.sleep, 60)
    tk.enqueue_job(job, [given], queue=queue, rq_kwargs={"timeout": -1})
    ini = portal_ini(tmp_path, feeds.port)
    worker = subprocess.Popen([str(Path(sys.executable).parent / "ckan"), "-c", str(ini), "jobs", "worker", queue])
    horse, others = None, []
    try:
        # RQ gives the horse a process group of its own; the scheduler shares the worker's
        [horse] = until(lambda: [one for one in children(worker.pid) if os.getpgid(one) == one], 60)
        others = [one for one in children(worker.pid) if one != horse]
        if guarded:
            until(lambda: "/p.csv" in feeds.asked)
        time.sleep(0.5)
        worker.kill()
        worker.wait()
        time.sleep(1)
        assert alive(horse) is not guarded
    finally:
        worker.kill()
        worker.wait()
        for left in [horse, *others]:
            if left is not None and alive(left):
                os.kill(left, signal.SIGKILL)
        feeds.pause = 0.0
