"""Tables of the harvest, a module for each with its questions.

The only package of this room with SQL on CKAN's database.  Every function works in the
current session and leaves the commit to its caller.
"""

from __future__ import annotations

from ckanext.jenasmartcity.harvest.model.base import DatabaseAwayErrors, RefusedErrors
from ckanext.jenasmartcity.harvest.model.change import Change, done, note, pending, take_lane
from ckanext.jenasmartcity.harvest.model.credential import HarvestCredential
from ckanext.jenasmartcity.harvest.model.dataset import groups, packages, states
from ckanext.jenasmartcity.harvest.model.drop import HarvestDrop
from ckanext.jenasmartcity.harvest.model.lease import HarvestLease
from ckanext.jenasmartcity.harvest.model.notice import HarvestNotice
from ckanext.jenasmartcity.harvest.model.record import (
    HarvestRecord,
    Record,
    any_known,
    known,
    records,
    remember,
    stamp,
)
from ckanext.jenasmartcity.harvest.model.run import (
    HarvestRejection,
    HarvestRun,
    by_id,
    in_state,
    interrupt,
    last_complete,
    progress,
    rejections,
    runs,
    store_rejections,
    take,
)
from ckanext.jenasmartcity.harvest.model.source import HarvestSource, due, sources
from ckanext.jenasmartcity.harvest.model.tick import Tick, beat, last_beat

__all__ = [
    "Change",
    "DatabaseAwayErrors",
    "HarvestCredential",
    "HarvestDrop",
    "HarvestLease",
    "HarvestNotice",
    "HarvestRecord",
    "HarvestRejection",
    "HarvestRun",
    "HarvestSource",
    "Record",
    "RefusedErrors",
    "Tick",
    "any_known",
    "beat",
    "by_id",
    "done",
    "due",
    "groups",
    "in_state",
    "interrupt",
    "known",
    "last_beat",
    "last_complete",
    "note",
    "packages",
    "pending",
    "progress",
    "records",
    "rejections",
    "remember",
    "runs",
    "sources",
    "stamp",
    "states",
    "store_rejections",
    "take",
    "take_lane",
]
