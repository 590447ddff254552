"""How much is written in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

# Datasets in one transaction.
SIZE = 50


def cut(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts of the size of a batch."""
    for start in range(0, len(values), SIZE):
        yield values[start:start + SIZE]
