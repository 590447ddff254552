"""A lease as those see it who write under it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a source.  fence: larger than that of every lease before it."""

    source_id: int
    uid: str
    fence: int

    @property
    def label(self) -> str:
        """The name under which its transactions are known to PostgreSQL."""
        return f"{label(self.uid)}{self.fence}"


class LeaseLostError(Exception):
    """Another run has taken the source over: nothing of this one can be committed any more."""

    def __init__(self, source_id: int, fence: int) -> None:
        self.source_id, self.fence = source_id, fence
        super().__init__(f"source {source_id}: the lease {fence} was taken over by another run")

    def __reduce__(self) -> Any:
        return (LeaseLostError, (self.source_id, self.fence))


def label(uid: str) -> str:
    """How the names of all transactions for a source begin."""
    return f"harvest {uid} "


# The lease under which this thread works.
current: ContextVar[Lease | None] = ContextVar("harvest_lease", default=None)
