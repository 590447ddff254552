"""The process that keeps time: schedules, waiting runs, sources that go, the outbox.

Everything it acts upon lies in PostgreSQL.  Redis only carries wake-ups: a run whose
wake-up is lost is woken again.
"""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
from types import FrameType

import ckan.model as model
import ckan.plugins.toolkit as tk
import redis

from ckanext.jenasmartcity.harvest import engine, leaving, outbox, parent
from ckanext.jenasmartcity.harvest.lease import held
from ckanext.jenasmartcity.harvest.model import (
    DatabaseAwayErrors,
    HarvestRun,
    HarvestSource,
    beat,
    due,
    in_state,
    interrupt,
    take,
)
from ckanext.jenasmartcity.harvest.notices import notices
from ckanext.jenasmartcity.harvest.plan import context
from ckanext.jenasmartcity.harvest.repair.reconcile import Patrol
from ckanext.jenasmartcity.harvest.schedule import following

log = logging.getLogger(__name__)

# A run that nobody took up after this time is woken again.
PATIENCE = dt.timedelta(seconds=60)
_AWAY = (*DatabaseAwayErrors, redis.RedisError, *outbox.IndexAwayErrors)


def loop(seconds: float) -> None:
    """Work until SIGTERM or SIGINT, one round every ``seconds``.

    A service that is away ends the round, not the process.
    """
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    woken: dict[int, dt.datetime] = {}
    patrol = Patrol()
    while not stop.is_set():
        try:
            work(dt.datetime.now(dt.UTC), woken, patrol)
        except _AWAY as error:
            log.warning("Tick: a service is away, the next round tries again: %s", error)
            model.Session.rollback()
        finally:
            model.Session.remove()
        stop.wait(seconds)


def work(now: dt.datetime, woken: dict[int, dt.datetime], patrol: Patrol | None = None) -> None:
    """One round.  Safe to run twice and beside another tick.

    woken: when a worker was last told of a run; a queue that nobody empties must not grow.
    patrol: compares and mends a slice of everything.
    """
    beat(now)
    model.Session.commit()
    _recover(now)
    for attempt in plan(now):
        if woken.get(attempt, now - PATIENCE) <= now - PATIENCE:
            wake(attempt)
            woken[attempt] = now
    notices.follow(now)
    leaving.follow(now)
    outbox.follow(context())
    if patrol is not None:
        patrol.walk(now)


def plan(now: dt.datetime) -> list[int]:
    """Make a waiting run for each source that is due, and commit; ids of all to be woken."""
    made = []
    for source in due(now):
        if source.due_at is not None:
            attempt = HarvestRun(source_id=source.id, state="waiting")
            model.Session.add(attempt)
            model.Session.flush()
            made.append(attempt.id)
        source.due_at = following(str(source.schedule), now)
    model.Session.commit()
    return made + [attempt.id for attempt in in_state("waiting", now - PATIENCE)]


def wake(attempt: int) -> None:
    """Tell a worker of a waiting run."""
    # the run's own lock is the limit, not the queue's three minutes
    tk.enqueue_job(take_up, [attempt], title="harvest", rq_kwargs={"timeout": -1})


def take_up(attempt: int) -> None:
    """A worker's job: do a waiting run.  One that was taken up already is left alone."""
    parent.die_with()
    waiting = take(attempt)
    source = model.Session.get(HarvestSource, waiting.source_id) if waiting else None
    if waiting is None or source is None:
        model.Session.rollback()
        return
    model.Session.commit()
    outcome = engine.run(source, dt.datetime.now(dt.UTC), waiting=waiting)
    log.info("Harvest of %s: %s", outcome.source, outcome.error or outcome.counts.as_text())


def _recover(now: dt.datetime) -> None:
    """A run whose process died lets its lease run out; the source is taken from it and planned anew."""
    left = {attempt.source_id for attempt in in_state("running", now)}
    for source in [model.Session.get(HarvestSource, number) for number in sorted(left)]:
        if source is None:
            continue
        with held(source.id, source.uid) as lease:
            if lease is None or not interrupt(source.id, now):
                continue
            if source.leaving is None:
                log.warning("A run of %s has died, another one takes it up", source.name)
                model.Session.add(HarvestRun(source_id=source.id, state="waiting", created=now - PATIENCE * 2))
            model.Session.commit()
