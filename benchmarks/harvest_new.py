"""New datasets: at least 5 times stock's harvest with one worker."""

from __future__ import annotations

from benchmarks.result import Result, Runs
from benchmarks.world import Side, World

PROMISED = 5
REPEATS = 3


def measure(world: World) -> list[Result]:
    """Datasets a second into a portal without any, index included."""
    def rate(side: Side) -> float:
        side.reset()
        return world.count / float(world.harvest(side)["seconds"])

    pairs = [(rate(world.ours), rate(world.stock)) for _ in range(REPEATS)]
    ours, stock = zip(*pairs, strict=True)
    return [Result("harvest_new", "harvest, all new", "datasets/s", Runs(ours), Runs(stock), PROMISED)]
