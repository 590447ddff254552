"""What a repair did, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """How many things of a kind were compared, mended, and found but left to the next time."""

    kind: str
    compared: int = 0
    mended: int = 0
    postponed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.kind, self.compared + other.compared, self.mended + other.mended, self.postponed + other.postponed,
        )
