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
    for side in (world.ours, world.stock):
        world.at(side)
    world.harvest(world.ours)
    told = [world.count / float(world.harvest(world.ours)["seconds"]) for _ in range(REPEATS)]
    world.harvest(world.ours, silent=True)
    read = [world.count / float(world.harvest(world.ours, silent=True)["seconds"]) for _ in range(REPEATS)]
    stock = Runs(tuple(world.count / float(world.harvest(world.stock)["seconds"]) for _ in range(REPEATS)))
    return [
        Result("harvest_unchanged", "harvest, unchanged, all read", "datasets/s", Runs(tuple(read)), stock, PROMISED),
        Result("harvest_unchanged_304", "harvest, unchanged, 304", "datasets/s", Runs(tuple(told)), stock),
    ]
