"""Records against datasets, tables and what loads left behind; the next run puts right what differs.

Comparing only reads.  What is found to differ is looked at again under the lease that
writers hold, so that a run at work is never taken for a fault.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import ckan.model as model

from ckanext.jenasmartcity.harvest import aside, ledger, load
from ckanext.jenasmartcity.harvest.lease import held, nobody
from ckanext.jenasmartcity.harvest.model import HarvestRun, HarvestSource, present, sources, states
from ckanext.jenasmartcity.harvest.repair import drift, inventory
from ckanext.jenasmartcity.harvest.repair.tally import Tally

log = logging.getLogger(__name__)

# Records that are compared at once.
PAGE = 500


@dataclass
class Sizes:
    """Numbers of rows that were counted already: a table that nobody touched is not counted again."""

    counted: dict[str, tuple[str, int]] = field(default_factory=dict)

    def of(self, resource_id: str, stamp: str) -> int:
        """Number of rows; stamp: inventory.Shape.stamp, read before."""
        known = self.counted.get(resource_id)
        if known is None or known[0] != stamp:
            known = self.counted[resource_id] = (stamp, inventory.size(resource_id))
        return known[1]


def records(sizes: Sizes) -> Iterator[Tally]:
    """Records against datasets and tables; what differs is written anew by a run that is planned."""
    for source_id in [source.id for source in sources() if source.leaving is None]:
        after, mended = "", 0
        while page := present.remembered(source_id, after, PAGE):
            after = page[-1].draft
            found = _different(page, sizes)
            model.Session.rollback()
            done = _doubt(source_id, [record.draft for record in found], sizes) if found else []
            mended += len(done)
            purged = sum(not record.content_hash for record in done)
            yield Tally("records", len(page), purged, len(found) - len(done))
            yield Tally("tables", sum(len(record.tables) for record in page), len(done) - purged)
        model.Session.rollback()
        if mended:
            yield Tally("runs", mended=_plan(source_id))


def _different(page: Collection[drift.Remembered], sizes: Sizes) -> list[drift.Remembered]:
    """Those records that must forget something, as they should be."""
    ids = [state["id"] for record in page for state in record.tables.values()]
    shapes = inventory.shapes(ids)
    has = drift.Held(
        states([record.package_id for record in page]), present.resources(ids),
        {id_: shape.columns for id_, shape in shapes.items()},
        lambda id_: sizes.of(id_, shapes[id_].stamp), ledger.loaded(ids),
    )
    wanted = [drift.settled(record, has) for record in page]
    return [new for old, new in zip(page, wanted, strict=True) if new != old]


def _doubt(source_id: int, drafts: Collection[str], sizes: Sizes) -> list[drift.Remembered]:
    """Write down what these records must forget, unless a run is at work; the records."""
    source = model.Session.get(HarvestSource, source_id)
    if source is None:
        return []
    with held(source_id, source.uid) as lease:
        if lease is None:
            return []
        # the run that was at work may have ended in between
        model.Session.rollback()
        found = _different(present.remembered(source_id, "", len(drafts), drafts), sizes)
        for record in found:
            log.warning("Repair: record %s of %s will be written anew", record.draft, source.name)
            present.doubt(source_id, record)
        if found:
            # the server would say that nothing is new
            source.validators = {}
        model.Session.commit()
    return found


def _plan(source_id: int) -> int:
    """Plan a run of a source that is active and has none; the number of runs."""
    source = model.Session.get(HarvestSource, source_id)
    planned = source is not None and source.active and not present.busy(source_id)
    if planned:
        model.Session.add(HarvestRun(source_id=source_id, state="waiting"))
    model.Session.commit()
    return int(planned)


def leftovers() -> Iterator[Tally]:
    """Tables of loads that died: brought back where their resource is there, else dropped.

    Only tables that the ledger knows as the harvest's, and only while nobody harvests.
    """
    ours, waiting = {aside.resource(name) for name in ledger.ours()}, inventory.put_aside()
    known = _there(ours | waiting)
    model.Session.rollback()
    left = waiting | (ours - known)
    if not left:
        yield Tally("leftovers", len(ours))
        return
    with nobody() as free:
        if free:
            # somebody may have finished what was missing a moment ago
            known = _there(left)
            model.Session.rollback()
            for resource_id in sorted(left):
                _settle(resource_id, resource_id in known)
    yield Tally("leftovers", len(ours), *((len(left), 0) if free else (0, len(left))))


def _there(ids: Collection[str]) -> set[str]:
    # a resource that was taken out of its dataset stays in CKAN as deleted
    return {id_ for id_, state in present.resources(ids).items() if state == "active"}


def _settle(resource_id: str, wanted: bool) -> None:
    if wanted:
        log.warning("Repair: the table %s, which a load put aside, is back", resource_id)
        aside.put_back(resource_id)
    else:
        log.warning("Repair: the table %s belongs to no resource and is dropped", resource_id)
        load.drop(resource_id)
