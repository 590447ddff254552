"""Compares database, index, tables and records, and mends what differs.

A pass compares everything once, in small steps, so that tick can do it beside its other
work.  It never deletes a dataset, and where nothing differs it writes nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import ckan.model as model

from ckanext.jenasmartcity.harvest import outbox
from ckanext.jenasmartcity.harvest.plan import context
from ckanext.jenasmartcity.harvest.repair import indexes, remembered
from ckanext.jenasmartcity.harvest.repair.remembered import Sizes
from ckanext.jenasmartcity.harvest.repair.tally import Tally

log = logging.getLogger(__name__)

# What drifts is found when the next pass comes by: well within the ten minutes that are promised.
EVERY = dt.timedelta(minutes=4)
# Seconds of a round that tick may give to it.
SLICE = 1.0
# What the lines of a report begin with.
KINDS = {
    "index": "Suchindex: {compared} Datensätze verglichen, {mended} berichtigt",
    "items": "Suchindex der Angebote: {compared} Angebote verglichen, {mended} berichtigt",
    "leftovers": "Reste abgebrochener Läufe: {compared} Tabellen verglichen, {mended} aufgeräumt",
    "records": "Quellen: {compared} Datensätze verglichen, {mended} fehlen und werden neu angelegt",
    "tables": "Tabellen: {compared} Tabellen verglichen, {mended} Datensätze laden ihre Tabellen neu",
    "runs": "Läufe: {mended} geplant, um Fehlendes neu zu laden",
    "outbox": "Vorgemerkte Änderungen: {mended} nachgeholt",
}
_LATER = "; {postponed} werden beim nächsten Mal geprüft, weil gerade an ihnen geschrieben wird"


@dataclass(frozen=True, slots=True)
class Report:
    """What a pass did, by kind."""

    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally(kind) for kind in KINDS})

    def __add__(self, tally: Tally) -> Report:
        return Report({**self.tallies, tally.kind: self.tallies[tally.kind] + tally})

    @property
    def mended(self) -> int:
        """Number of things that were put right."""
        return sum(tally.mended for tally in self.tallies.values())

    def lines(self) -> list[str]:
        """One German line per kind."""
        return [_line(tally) for tally in self.tallies.values()]


def _line(tally: Tally) -> str:
    values = {name: getattr(tally, name) for name in ("compared", "mended", "postponed")}
    return KINDS[tally.kind].format(**values) + (_LATER.format(**values) if tally.postponed else "") + "."


def steps(now: dt.datetime, sizes: Sizes) -> Iterator[Tally]:
    """One pass.  sizes: what earlier passes counted.  Raises what a service's absence raises."""
    yield from indexes.datasets(now)
    yield from indexes.items()
    yield from remembered.leftovers()
    yield from remembered.records(sizes)


def whole(now: dt.datetime) -> Report:
    """Compare and mend everything now."""
    report = Report()
    pending = outbox.drain()
    for tally in steps(now, Sizes()):
        report += tally
    outbox.follow(context())
    report += Tally("outbox", mended=pending)
    _tell(report)
    return report


def _tell(report: Report) -> None:
    level = logging.WARNING if report.mended else logging.INFO
    log.log(level, "Repair: %s", " ".join(report.lines()))


class Patrol:
    """A pass every few minutes, a slice of it in each round of tick."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sizes = Sizes()
        self._steps: Iterator[Tally] | None = None
        self._report = Report()
        self._next: dt.datetime | None = None

    def walk(self, now: dt.datetime) -> Report | None:
        """Go on for a moment; the report when a pass has come to its end.

        A service that is away ends the pass with its own error; the next round begins anew.
        """
        if self._steps is None:
            if self._next is not None and now < self._next:
                return None
            self._steps, self._report, self._next = steps(now, self._sizes), Report(), now + EVERY
        end, done, whole = self._clock() + SLICE, False, False
        try:
            while not done and self._clock() < end:
                tally = next(self._steps, None)
                done = tally is None
                if tally is not None:
                    self._report += tally
            whole = True
        finally:
            if not whole:
                self._steps, self._next = None, None
                model.Session.rollback()
        if not done:
            return None
        self._steps = None
        _tell(self._report)
        return self._report
