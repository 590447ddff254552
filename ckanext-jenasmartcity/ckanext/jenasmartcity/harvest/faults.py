"""Named points at which a test may kill this process; without a test they do nothing.

JENASMARTCITY_FAULT="commit:3" in the environment: the process dies by SIGKILL when it
reaches the point "commit" for the third time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

VARIABLE = "JENASMARTCITY_FAULT"
# fetch: a document has come.  commit: flushed, not committed.  load: rows committed, the
# dataset not yet.  copy: rows are being sent.  offers: single offers are being sent.  items:
# they are merged, not committed.  index: committed, not indexed.  withdrawal: some of the
# datasets are withdrawn, or some of a source that goes is gone.
POINTS = ("fetch", "commit", "load", "copy", "offers", "items", "index", "withdrawal")

_name, _, _number = os.environ.get(VARIABLE, "").partition(":")
_left = int(_number or 1)


def arm(point: str, number: int = 1) -> None:
    """For tests that fork: this process dies at the point when it is reached for that time."""
    global _name, _left
    _name, _left = point, number


def reach(point: str) -> None:
    """Die here if a test wants so."""
    global _left
    if not _name or point != _name:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def within(point: str, values: Iterable[T]) -> Iterator[T]:
    """The same values; the point is reached before each."""
    if not _name:
        return iter(values)
    return _reaching(point, values)


def _reaching(point: str, values: Iterable[T]) -> Iterator[T]:
    for value in values:
        reach(point)
        yield value
