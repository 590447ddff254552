"""Growth: the last of 20,000 datasets take at most 1.2 times as long as the first."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.result import Result, Runs
from benchmarks.world import World, number

PROMISED = 1.2
REPEATS = 3


def measure(world: World) -> list[Result]:
    """Median time of a dataset among the last twentieth to that among the first, index included.

    GROWTH is the number of datasets, 20,000 unless told.
    """
    count = number("GROWTH", 20_000, 1_000)
    part = count // 20
    ratios = []
    for _ in range(REPEATS):
        world.ours.reset()
        times = each(world.harvest(world.ours, silent=True, count=count))
        ratios.append(statistics.median(times[-part:]) / statistics.median(times[:part]))
    what = f"time of a dataset, last {part:,} to first {part:,}"
    return [Result("harvest_growth", what, count, "ratio", Runs(tuple(ratios)), None, PROMISED, atmost=True)]


def each(answer: dict[str, Any]) -> list[float]:
    """Seconds of each dataset from reading to being found, in the order of writing."""
    written = shared(answer["moments"])
    end = answer["moments"][-1][0]
    # what was indexed while datasets were written is in their time already
    later = [moment for moment in answer["commits"] if moment > end]
    total = answer["moments"][-1][1]
    indexed = shared([(end, 0), *((moment, total * place // len(later)) for place, moment in enumerate(later, 1))])
    return [sum(pair) for pair in zip(written, indexed[-len(written):] or [0.0] * len(written), strict=True)]


def shared(moments: Sequence[tuple[float, int]]) -> list[float]:
    """Seconds of each dataset between (moment, number done) and the next; a batch shares its time."""
    times: list[float] = []
    before, done = moments[0]
    for moment, now in moments[1:]:
        if now > done:
            times += [(moment - before) / (now - done)] * (now - done)
        before, done = moment, now
    return times
