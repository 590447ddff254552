"""A catalogue in which nothing has changed: at least 200 times the stock rate.

Measured where the server cannot tell (no ETag, no Last-Modified: every record is read and
compared), and where it answers 304.
"""

from __future__ import annotations

from benchmarks.result import Result, Runs
from benchmarks.world import World

PROMISED = 200
REPEATS = 3


def measure(world: World) -> list[Result]:
    """Datasets a second; stock asks neither for validators nor for changes."""
    for side in world.sides:
        world.at(side)
    # the first run of each kind learns what it is told, or that it is told nothing
    world.rate(world.ours, silent=True)
    ours, stock = world.compare(lambda side, _number: world.rate(side, silent=True), REPEATS)
    world.rate(world.ours)
    told = Runs(tuple(world.rate(world.ours) for _ in range(REPEATS)))
    return [
        Result("harvest_unchanged", "harvest, unchanged, all read", world.count, "datasets/s", ours, stock, PROMISED),
        Result("harvest_unchanged_304", "harvest, unchanged, 304", world.count, "datasets/s", told, stock),
    ]
