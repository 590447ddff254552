"""What it means that records are missing: nothing is taken away because a source was shortened.  Pure.

A decision of a steward is remembered.  What was accepted goes in the next run and nothing
beyond it.  What was refused stays without another question for as long as the source lacks
it: the same datasets, a table or the offers with no fewer rows than were shown.  More than
that is asked: a further dataset that vanishes beside refused ones, however few there are,
since a source that was found wrong is trusted no more; a table or offers that shrink
further.  What the source has again is forgotten, and would be asked anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

# The part of what was there that may vanish without a person's word.
SHARE = 0.2
# A record is gone for good after this time and so many complete runs without it.
TIME = dt.timedelta(days=7)
RUNS = 2


class Known(Protocol):
    """What is remembered of a record."""

    @property
    def absent_since(self) -> dt.datetime | None: ...

    @property
    def absent_runs(self) -> int: ...

    @property
    def withdrawn_at(self) -> dt.datetime | None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """What a steward must decide before it may go.

    datasets: draft ids that vanished.  tables: draft -> table -> (rows before, rows now).
    items: (offers before, offers now).  Empty where nothing is held.
    """

    datasets: tuple[str, ...] = ()
    tables: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    items: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.datasets or self.tables or self.items)

    def __add__(self, other: Held) -> Held:
        """Both; ``other`` knows better where both know something."""
        tables = {draft: {**self.tables.get(draft, {}), **other.tables.get(draft, {})}
                  for draft in [*self.tables, *other.tables]}
        return Held(tuple(sorted({*self.datasets, *other.datasets})), tables, other.items or self.items)

    def as_json(self) -> dict[str, Any]:
        """As the run keeps it."""
        return {
            "datasets": list(self.datasets), "items": list(self.items) if self.items else None,
            "tables": {draft: {name: list(pair) for name, pair in held.items()} for draft, held in self.tables.items()},
        }


def read(kept: Mapping[str, Any]) -> Held:
    """The same from a run's row; nothing for a run that held nothing."""
    items = kept.get("items")
    return Held(
        tuple(kept.get("datasets", ())),
        {draft: {name: (pair[0], pair[1]) for name, pair in held.items()} for draft, held in
         kept.get("tables", {}).items()},
        (items[0], items[1]) if items else None,
    )


@dataclass(frozen=True, slots=True)
class Missing:
    """Ids of the records that are missing.  held: those on which a steward must decide.
    kept: those that a steward has refused to let go."""

    every: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


def decided(held: Held, kept: Held, decision: str | None) -> tuple[Held, Held]:
    """What may go and what must stay after a run that ended with these and this decision."""
    if decision == "accepted":
        # whoever has nothing new to decide on thinks again about what was refused before
        return (held, kept) if held else (kept, Held())
    return Held(), kept + held if decision == "refused" else kept


def shrinks(before: int, now: int, allowed: tuple[int, int] | None = None) -> bool:
    """Whether so much goes that somebody must look.  allowed: what a steward has let pass."""
    return before - now > SHARE * before and not (allowed is not None and now >= allowed[1])


def stays(sizes: tuple[int, int], refused: tuple[int, int] | None) -> bool:
    """Whether a steward has refused to let so much go; (before, now) of both."""
    return refused is not None and sizes[1] >= refused[1]


def told_apart(
    shrinking: Mapping[str, tuple[int, int]], refused: Mapping[str, tuple[int, int]]
) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    """Sizes that shrink: those to be asked, and those that a steward has refused already."""
    kept = {name: refused[name] for name, sizes in shrinking.items() if stays(sizes, refused.get(name))}
    return {name: pair for name, pair in shrinking.items() if name not in kept}, kept


def vanished(
    known: Mapping[str, Known], present: Collection[str], accepted: Held, refused: Held = Held()
) -> Missing:
    """The records that are missing, and which of them may not go.

    Records that are withdrawn already do not count; what a steward accepted is no reason
    to hold, but does not let others go with it.
    """
    alive = {draft for draft, record in known.items() if record.withdrawn_at is None}
    missing = alive - set(present)
    # those that have been missing for a while were looked at when they vanished
    fresh = {draft for draft in alive if known[draft].absent_since is None} - set(accepted.datasets)
    kept = fresh & missing & set(refused.datasets)
    before, new = fresh - kept, (fresh & missing) - kept
    hold = bool(kept and new) or shrinks(len(before), len(before) - len(new))
    return Missing(frozenset(missing), frozenset(new if hold else ()), frozenset(kept))


def gone(record: Known, now: dt.datetime) -> bool:
    """Whether a record has been missing for long enough."""
    return (
        record.absent_since is not None and now - record.absent_since >= TIME and record.absent_runs >= RUNS
    )
