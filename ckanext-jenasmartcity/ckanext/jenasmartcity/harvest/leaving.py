"""Sources that go.  The request only says so; the work is done in batches, each committed by itself.

A source that leaves has no more runs.  With it go its records, batch by batch, so that
whoever was killed in between goes on where the last commit was; its row goes last.
"""

from __future__ import annotations

import datetime as dt
import logging
import time

import ckan.model as model

from ckanext.jenasmartcity.harvest import batch, faults
from ckanext.jenasmartcity.harvest.lease import held
from ckanext.jenasmartcity.harvest.model import HarvestSource, note, removal, withdrawn
from ckanext.jenasmartcity.harvest.model.overview import locked
from ckanext.jenasmartcity.schemas.rules.withdrawn import FIELD

log = logging.getLogger(__name__)

# Records of a batch, by what becomes of their datasets.
BATCHES = {"withdraw": batch.SIZE, "keep": 5_000}
# Seconds of a round that tick may give to it.
SLICE = 3.0


def begin(source: HarvestSource, withdraw: bool, now: dt.datetime) -> None:
    """Say that a source goes and commit; from then on nothing begins for it.

    A run that is under way comes to its end first.  What was said before holds.
    """
    row = locked(source.id)
    if row is not None:
        row.leaving = row.leaving or ("withdraw" if withdraw else "keep")
        row.active, row.due_at, row.token_hash, row.modified = False, None, None, now
        removal.call_off(row.id, now)
    model.Session.commit()


def follow(now: dt.datetime) -> None:
    """Go on with the sources that leave, for a moment."""
    end = time.monotonic() + SLICE
    for source_id in removal.leaving():
        source = model.Session.get(HarvestSource, source_id)
        if source is not None:
            go_on(source, now, end - time.monotonic())


def go_on(source: HarvestSource, now: dt.datetime, seconds: float) -> bool:
    """Do at least one batch, more while there is time; whether the source is gone.

    False also while a run has the source.  Repeating it is safe.
    """
    end = time.monotonic() + seconds
    source_id, name, choice = source.id, source.name, source.leaving or "keep"
    with held(source_id, source.uid) as lease:
        if lease is None:
            return False
        size = BATCHES[choice]
        while records := removal.first_records(source_id, size):
            if choice == "withdraw":
                marked = withdrawn.mark(list(records.values()), now.date())
                note([{"package_id": one, "fields": [FIELD]} for one in marked])
            removal.forget_records(source_id, list(records))
            model.Session.commit()
            faults.reach("withdrawal")
            if len(records) == size and time.monotonic() >= end:
                return False
        removal.remove(source_id)
        model.Session.commit()
    log.info("The source %s is gone", name)
    return True
