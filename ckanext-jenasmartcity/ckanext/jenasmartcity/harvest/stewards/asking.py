"""Runs that people ask for: a row that waits, and a worker that is told."""

from __future__ import annotations

import logging

import ckan.model as model
import redis

from ckanext.jenasmartcity.harvest import tick
from ckanext.jenasmartcity.harvest.model import HarvestRun
from ckanext.jenasmartcity.harvest.model.overview import locked, open_runs

log = logging.getLogger(__name__)


class BusyError(Exception):
    """A run of the source waits or is under way already."""

    def __init__(self, run: HarvestRun) -> None:
        self.run = run
        super().__init__(f"run {run.id} is {run.state}")


def plan(source_id: int, by: str | None, only: str | None = None, drop_id: int | None = None) -> HarvestRun:
    """Plan a run, commit and wake a worker.

    by: name of who asked for it.  only: the one draft to harvest again.  Raises BusyError.
    """
    locked(source_id)
    if busy := open_runs(source_id):
        model.Session.rollback()
        raise BusyError(busy[0])
    run = HarvestRun(source_id=source_id, state="waiting", asked_by=by, only=only, drop_id=drop_id)
    model.Session.add(run)
    model.Session.commit()
    wake(run)
    return run


def wake(run: HarvestRun) -> None:
    """Tell a worker of a run that waits; while Redis is away, tick does so later."""
    try:
        tick.wake(run.id)
    except redis.RedisError as error:
        log.warning("Redis is away, tick wakes run %s later: %s", run.id, error)
