"""Seeded choices whose outcome is the same on every machine and Python version."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Dice:
    """A throw depends on the seed and its labels only, not on the throws before it.

    The random module is not used: its choices may change between Python versions, and
    the generated files are compared byte by byte.
    """

    seed: int

    def below(self, limit: int, *labels: object) -> int:
        """A number from 0 to limit - 1."""
        text = "\x1f".join(str(label) for label in (self.seed, *labels))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) % limit

    def pick(self, values: Sequence[Value], *labels: object) -> Value:
        """One of the values."""
        return values[self.below(len(values), *labels)]
