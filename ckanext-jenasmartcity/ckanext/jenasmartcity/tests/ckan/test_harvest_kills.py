"""Harvests that are killed, over and over, leave what an undisturbed harvest leaves.

JENA_KILLS (12) is the number of kills, JENA_SEED (4) what the dice begin with.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ckanext.jenasmartcity.harvest import faults
from ckanext.jenasmartcity.harvest import model as tables

from . import killing
from .conftest import NOW, Feeds, empty, run
from .killing import mixed  # noqa: F401
from .test_harvest import csv_options, rows_of
from .test_harvest_leases import expire, portal_ini

KILLS = int(os.environ.get("JENA_KILLS", "12"))
# kills before a version of the feed is let through
IN_A_ROW = 4
CALM, KILLED = "kills-a", "kills-b"


@pytest.fixture
def quick(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that a killed process does not hold for long."""
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.harvest.lease_seconds", 1)


@pytest.fixture
def bare(with_plugins: None) -> None:
    """A portal without data."""
    empty()


def differences(found: Any, wanted: Any, path: str = "") -> list[str]:
    """The places that differ; whole datasets are too much to read."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = sorted({*found, *wanted}, key=str)
        return [one for key in keys for one in differences(found.get(key), wanted.get(key), f"{path}/{key}")]
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple) and len(found) == len(wanted):
        pairs = enumerate(zip(found, wanted, strict=True))
        return [one for number, (a, b) in pairs for one in differences(a, b, f"{path}/{number}")]
    return [] if found == wanted else [f"{path}: {found!r} instead of {wanted!r}"]


@pytest.mark.usefixtures("bare", "quick", "mixed")
def test_killed_harvests_end_like_an_undisturbed_one(feeds: Feeds, source):
    url = feeds.give("/mixed.json", killing.feed(0), "application/json")
    for name in (CALM, KILLED):
        source(name, "mixed", url)
    dice, hits, round_ = random.Random(int(os.environ.get("JENA_SEED", "4"))), Counter(), 0
    # of tests before
    left = killing.orphans()
    begun = time.monotonic()
    assert run(CALM).counts.added == killing.RECORDS
    seconds = time.monotonic() - begun
    kills = list(killing.plan(dice, KILLS, seconds))
    before = dict.fromkeys((CALM, KILLED), 0)
    while kills:
        now = NOW + dt.timedelta(hours=round_)
        feeds.give("/mixed.json", killing.feed(round_), "application/json")
        run(CALM, now=now)
        for fault, after in kills[:IN_A_ROW]:
            code = killing.attempt(KILLED, now, fault, after)
            assert code in (0, -9), (fault, after)
            hits[fault[0] if fault else "any time"] += code == -9
        del kills[:IN_A_ROW]
        assert killing.attempt(KILLED, now) == 0
        assert differences(killing.state(KILLED), killing.state(CALM)) == []
        made = {name: killing.writes(name) - before[name] for name in before}
        assert made[KILLED] == made[CALM], "a finished record was written again"
        before = {name: before[name] + made[name] for name in before}
        assert killing.orphans() == left
        round_ += 1
    [row] = tables.sources(KILLED)
    runs = Counter(one.state for one in tables.runs(row.id, 1000))
    assert set(runs) <= {"done", "interrupted"}
    assert killing.state(KILLED)["packages"] == killing.DATASETS
    assert tables.pending() == []
    logging.getLogger(__name__).warning("Kills: %s; runs: %s", dict(hits), dict(runs))
    for point in hits:
        assert hits[point] > 0, point


@pytest.mark.usefixtures("harvested")
def test_the_command_line_dies_where_the_environment_says(feeds: Feeds, source, tmp_path):
    lines = "".join(f"{number};{number}\n" for number in range(500))
    name = source("stirbt", "csv", feeds.give("/s.csv", "id;zahl\n" + lines), options=csv_options())
    command = [str(Path(sys.executable).parent / "ckan"), "-c", str(portal_ini(tmp_path, feeds.port)),
               "jenasmartcity", "harvest", "run", name]
    died = subprocess.run(command, env={**os.environ, faults.VARIABLE: "copy:400"}, capture_output=True, check=False)
    assert died.returncode == -9, died.stderr.decode()
    [row] = tables.sources(name)
    assert tables.records(row.id) == {}
    assert [one.state for one in tables.runs(row.id)] == ["running"]
    assert run(name).busy
    expire(row.id)
    assert run(name).counts.added == 500
    assert len(rows_of(name)) == 500
