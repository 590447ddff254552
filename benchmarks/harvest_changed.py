"""A catalogue of which a tenth has changed."""

from __future__ import annotations

from benchmarks.result import Result
from benchmarks.world import Side, World

SHARE = 10
REPEATS = 3


def measure(world: World) -> list[Result]:
    """Datasets a second, of all that are looked at; each run changes the same tenth to and fro."""
    for side in world.sides:
        world.at(side)

    def rate(side: Side, number: int) -> float:
        return world.rate(side, SHARE if number % 2 == 0 else 0)

    ours, stock = world.compare(rate, REPEATS)
    return [Result("harvest_changed", f"harvest, {SHARE} % changed", world.count, "datasets/s", ours, stock)]
