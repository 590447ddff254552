"""New datasets: at least 5 times stock's harvest with one worker."""

from __future__ import annotations

from benchmarks.result import Result
from benchmarks.world import Side, World

PROMISED = 5
REPEATS = 3


def measure(world: World) -> list[Result]:
    """Datasets a second into a portal without any, index included."""
    def rate(side: Side, _number: int) -> float:
        side.reset()
        return world.rate(side)

    ours, stock = world.compare(rate, REPEATS)
    return [Result("harvest_new", "harvest, all new", world.count, "datasets/s", ours, stock, PROMISED)]
