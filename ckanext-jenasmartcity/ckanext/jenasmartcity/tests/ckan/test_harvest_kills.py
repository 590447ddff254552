"""Harvests that are killed, over and over, leave what an undisturbed harvest leaves.

JENA_KILLS (50) is the number of kills at random moments, JENA_SEED (4) what the dice begin with.
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
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ckanext.jenasmartcity.harvest import faults
from ckanext.jenasmartcity.harvest import model as tables

from . import dying, killing
from .conftest import NOW, Feeds, empty, run
from .killing import mixed  # noqa: F401
from .test_harvest import csv_options, rows_of
from .test_harvest_leases import expire, portal_ini

log = logging.getLogger(__name__)

KILLS = int(os.environ.get("JENA_KILLS", "50"))
# how often each named point is hit at least, and each service killed
HITS = 3
CALM, KILLED = "kills-a", "kills-b"
# a dataset that vanished is withdrawn after a week
WEEK = dt.timedelta(days=8)
# Where a harvest dies by itself, and up to which time it gets there: where much is left to do, and in the end.
FIRST = {"fetch": 1, "commit": 3, "load": 4, "copy": 12}
LAST = {"offers": killing.ITEMS, "items": 1}


@pytest.fixture
def bare(with_plugins: None) -> None:
    """A portal without data."""
    empty()


@pytest.fixture
def services_back(with_plugins: None) -> Iterator[None]:
    """What was killed runs again for the tests that follow, however this one ends."""
    yield
    dying.until(dying.answers, 90)


@dataclass
class Killer:
    """Kills the harvests of a source and counts what really died."""

    dice: random.Random
    hits: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.services = dying.Services(self.dice)
        self.deaths = {
            "postmaster": self.services.postmaster, "backend": self.services.backend, "solr": self.services.with_solr,
        }
        some = max(HITS, KILLS * 8 // 100)
        self.victims = [*self.deaths] * some
        self.victims += ["process"] * max(0, KILLS - len(self.victims))
        self.dice.shuffle(self.victims)

    def at_points(self, now: dt.datetime, points: dict[str, int]) -> None:
        """The harvest dies once at each of the points."""
        for point, highest in points.items():
            code = dying.attempt(KILLED, now, (point, self.dice.randint(1, highest)))
            assert code in (dying.DONE, dying.KILLED), point
            self.hits[point] += code == dying.KILLED

    def at_any_time(self, now: dt.datetime, number: int, seconds: float) -> None:
        """So many kills at any time, or until a harvest of so many seconds is done all the same."""
        for place in range(number):
            # late at first and then soon, so that one harvest is killed often before it is done
            longest = seconds / 5 if place < number // 4 else seconds * 0.8 / number + 0.3
            if not self._one(now, self.dice.uniform(0, longest)):
                return

    def _one(self, now: dt.datetime, after: float) -> bool:
        victim = self.victims[-1]
        before = len(self.services.hits)
        service = self.deaths.get(victim)
        code = dying.attempt(KILLED, now, after=after, victim=service)
        if service is None:
            assert code in (dying.DONE, dying.KILLED)
            hit = code == dying.KILLED
        else:
            hit = len(self.services.hits) > before
            dying.until(dying.answers, 90)
        if hit:
            self.hits[self.victims.pop()] += 1
        return hit and bool(self.victims)

    def without_index(self, now: dt.datetime) -> None:
        """A harvest that goes on while the index is away."""
        assert dying.attempt(KILLED, now, after=0.05, victim=self.services.solr) == dying.DONE
        dying.until(dying.answers, 90)

    def under_a_worker(self, now: dt.datetime, longest: float) -> None:
        """The queue's horse dies, and then its parent."""
        for victim in ("horse", "parent"):
            self.hits[victim] += dying.horse(KILLED, now, victim, self.dice.uniform(0, longest))

    def missing(self) -> dict[str, int]:
        """What was not hit often enough."""
        wanted = (*faults.POINTS, "horse", "parent", "postmaster", "backend", "solr")
        return {name: self.hits[name] for name in wanted if self.hits[name] < HITS}


def undisturbed(now: dt.datetime) -> float:
    """Harvest the source that nobody kills; the seconds that this takes."""
    begun = time.monotonic()
    assert run(CALM, now=now).error is None
    return time.monotonic() - begun


def torment(killer: Killer, version: int, now: dt.datetime, seconds: float) -> None:
    """Kill one harvest over and over, then let it end."""
    killer.at_points(now, FIRST)
    killer.under_a_worker(now, seconds / 8)
    if killer.victims:
        killer.at_any_time(now, -(-KILLS // HITS), seconds)
    killer.at_points(now, LAST)
    if version % 3 == 2:
        # some of the datasets are withdrawn in this version, one after another
        for _ in range(HITS):
            killer.at_points(now, {"withdrawal": 1})
    killer.without_index(now)
    killer.at_points(now, {"index": 1})
    assert dying.attempt(KILLED, now) == dying.DONE


@pytest.mark.usefixtures("bare", "mixed", "services_back")
def test_killed_harvests_end_like_an_undisturbed_one(feeds: Feeds, source):
    url = feeds.give("/mixed.json", killing.feed(0), "application/json")
    for name in (CALM, KILLED):
        source(name, "mixed", url)
    killer, version, before = Killer(random.Random(int(os.environ.get("JENA_SEED", "4")))), 0, {CALM: 0, KILLED: 0}
    # of tests before
    left = killing.orphans()
    while killer.victims or killer.missing():
        assert version < 6 + KILLS // 10, killer.missing()
        now = NOW + version * WEEK
        feeds.give("/mixed.json", killing.feed(version), "application/json")
        seconds = undisturbed(now)
        torment(killer, version, now, seconds)
        ours, theirs = killing.state(KILLED), killing.state(CALM)
        assert killing.differences(ours, theirs) == []
        assert (ours["packages"], ours["indexed"]) == (killing.DATASETS, killing.DATASETS)
        made = {name: killing.writes(name) - before[name] for name in before}
        assert made[KILLED] == made[CALM], "a finished record was written again"
        before = {name: before[name] + made[name] for name in before}
        assert killing.orphans() == left
        log.warning("Version %s, %.1f s undisturbed; kills so far: %s", version, seconds, dict(killer.hits))
        version += 1
    assert sum(killer.hits[name] for name in ("process", "postmaster", "backend", "solr")) >= KILLS
    [row] = tables.sources(KILLED)
    runs = Counter(one.state for one in tables.runs(row.id, 1000))
    assert set(runs) <= {"done", "interrupted"}
    assert tables.pending() == []
    log.info("Runs that were killed: %s", dict(runs))


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
