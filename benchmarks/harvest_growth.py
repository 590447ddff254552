"""Growth: the last of 20,000 datasets take at most 1.2 times as long as the first."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence

from benchmarks.result import Result, Runs
from benchmarks.world import World

PROMISED = 1.2
REPEATS = 3


def measure(world: World) -> list[Result]:
    """Median time of a dataset among the last twentieth to that among the first.

    GROWTH is the number of datasets, 20,000 unless told.
    """
    count = int(os.environ.get("GROWTH", "20000"))
    ratios = []
    for _ in range(REPEATS):
        world.ours.reset()
        times = single(world.harvest(world.ours, silent=True, count=count)["moments"])
        part = len(times) // 20
        ratios.append(statistics.median(times[-part:]) / statistics.median(times[:part]))
    what = f"time of a dataset, last {part:,} of {count:,} to first {part:,}"
    return [Result("harvest_growth", what, "ratio", Runs(tuple(ratios)), None, PROMISED, atmost=True)]


def single(moments: Sequence[tuple[float, int]]) -> list[float]:
    """Seconds of each dataset; those of a batch share its time."""
    times: list[float] = []
    # what comes before the first dataset is reading, not writing
    before, done = moments[0][0], moments[0][1]
    for moment, number in moments[1:]:
        if number > done:
            times += [(moment - before) / (number - done)] * (number - done)
        before, done = moment, number
    return times
