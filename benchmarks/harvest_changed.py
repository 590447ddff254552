"""A catalogue of which a tenth has changed."""

from __future__ import annotations

from benchmarks.result import Result, Runs
from benchmarks.world import Side, World

SHARE = 10
REPEATS = 3


def measure(world: World) -> list[Result]:
    """Datasets a second, of all that are looked at; each run changes the same tenth to and fro."""
    for side in (world.ours, world.stock):
        world.at(side)

    def rate(side: Side, changed: int) -> float:
        return world.count / float(world.harvest(side, changed)["seconds"])

    versions = [SHARE if number % 2 == 0 else 0 for number in range(REPEATS)]
    pairs = [(rate(world.ours, changed), rate(world.stock, changed)) for changed in versions]
    ours, stock = zip(*pairs, strict=True)
    return [Result("harvest_changed", f"harvest, {SHARE} % changed", "datasets/s", Runs(ours), Runs(stock))]
