"""One run of one source: read, check, publish, load, account.

Everything a run learns passes through here from left to right; a broken source ends
the run and changes nothing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Harvest, Rejected, SourceError
from ckanext.jenasmartcity.harvest import activity, faults, outbox, reading, remarks, withdrawal
from ckanext.jenasmartcity.harvest.absence import Held, shrinks, stays
from ckanext.jenasmartcity.harvest.account import Counts, check, faulty, settle, total
from ckanext.jenasmartcity.harvest.holding import Lease, LeaseLostError
from ckanext.jenasmartcity.harvest.lease import held, renew
from ckanext.jenasmartcity.harvest.mapping import plain
from ckanext.jenasmartcity.harvest.model import (
    DatabaseAwayErrors,
    HarvestRun,
    HarvestSource,
    interrupt,
    last_complete,
    store_rejections,
)
from ckanext.jenasmartcity.harvest.model import progress as note_progress
from ckanext.jenasmartcity.harvest.plan import Job, Published, context
from ckanext.jenasmartcity.harvest.publish import publish

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.  error: the broken source, or None.  busy: another run has it."""

    source: str
    counts: Counts = Counts()
    error: SourceError | None = None
    busy: bool = False
    not_modified: bool = False


def run(
    source: HarvestSource, now: dt.datetime, again: bool = False, progress: Progress = lambda done, of: None,
    waiting: HarvestRun | None = None,
) -> Outcome:
    """Harvest a source now and commit.

    again: neither trust validators nor hashes, write everything anew.  progress: told
    the number of datasets done and in all.  waiting: the run that was planned for this.
    Raises LeaseLostError where this run was so slow that another took the source over.
    """
    name = source.name
    with held(source.id, source.uid) as lease:
        if lease is None:
            return Outcome(name, busy=True)
        # before the lease another run may have changed what we knew
        model.Session.refresh(source)
        if source.leaving is not None:
            return Outcome(name, busy=True)
        if waiting is not None:
            model.Session.refresh(waiting)
            if waiting.state != "waiting":
                return Outcome(name, busy=True)
        with _fenced(lease), _attempt(source, now, waiting) as attempt:
            outcome = _harvest(source, attempt, now, again, progress)
            _finish(source, attempt, outcome)
    try:
        outbox.follow(context())
    except outbox.IndexAwayErrors as error:
        # the data are in; the outbox keeps what the index must learn
        log.warning("Solr is away, tick will index %s later: %s", name, error)
        model.Session.rollback()
    return outcome


@contextmanager
def _fenced(lease: Lease) -> Iterator[None]:
    try:
        yield
    except DatabaseAwayErrors as error:
        # whoever took over ends our transactions that hang
        model.Session.rollback()
        if not renew(lease, config.harvest().lease_seconds):
            raise LeaseLostError(lease.source_id, lease.fence) from error
        raise


@contextmanager
def _attempt(source: HarvestSource, now: dt.datetime, waiting: HarvestRun | None) -> Iterator[HarvestRun]:
    attempt = waiting or HarvestRun(source_id=source.id)
    source_id = source.id
    attempt.state, attempt.started = "running", now
    model.Session.add(attempt)
    model.Session.flush()
    # one that died holds no lease any more
    interrupt(source_id, now, but=attempt.id)
    model.Session.commit()
    left = True
    try:
        yield attempt
        left = False
    except (LeaseLostError, *DatabaseAwayErrors):
        # another one has it, or will take it up
        left = False
        model.Session.rollback()
        raise
    finally:
        if left:
            model.Session.rollback()
            interrupt(source_id, now)
            model.Session.commit()


def _harvest(
    source: HarvestSource, attempt: HarvestRun, now: dt.datetime, again: bool, progress: Progress
) -> Outcome:
    try:
        found, fingerprint = reading.read(source, attempt, now, again)
    except SourceError as error:
        log.warning("Harvest of %s: %s", source.name, error)
        return Outcome(source.name, error=error)
    job = reading.job(source, attempt.id, now, again or attempt.only is not None, fingerprint)
    if found.harvest is None:
        still = {draft for draft, record in job.records.items() if record.absent_since is None}
        gone = withdrawal.settle(job, still)
        return Outcome(source.name, _as_before(source, gone.withdrawn), not_modified=True)
    checked = check(found.harvest)
    attempt.faulty = faulty(checked)
    job = dataclasses.replace(job, spare=attempt.faulty)

    def tell(done: int, of: int) -> None:
        note_progress(attempt.id, done, of)
        progress(done, of)

    published = publish(job, checked, tell)
    counts = _account(attempt, job, checked, published)
    if attempt.only is None:
        # what was refused or is held is looked at again even where the source stays the same
        complete = not (attempt.held or attempt.kept) and all(one.package_id is not None for one in published)
        # and what a server says of its document says nothing of a file that was sent
        fetched = complete and attempt.drop_id is None
        _learn(source, {**found.validators, reading.FINGERPRINT: fingerprint} if fetched else {})
    return Outcome(source.name, counts)


def _account(attempt: HarvestRun, job: Job, checked: Harvest, published: Sequence[Published]) -> Counts:
    """Settle what is missing and write down what the run has to tell."""
    whole = attempt.only is None
    offers, shrunk = _items(job, checked, published, whole)
    gone = withdrawal.settle(job, {draft.id for draft in checked.drafts}) if whole else withdrawal.Gone()
    held, kept = _held(job, published, gone, shrunk)
    attempt.held, attempt.kept = (one.as_json() if one else {} for one in (held, kept))
    if whole:
        attempt.remarks = remarks.as_json(remarks.find(job, checked.drafts, published))
    counts = total(one.counts for one in published) + offers + Counts(withdrawn=gone.withdrawn)
    refused = [*checked.rejected, *(rejected for one in published for rejected in one.rejected)]
    store_rejections(attempt, [_row(rejected) for rejected in refused])
    return settle(checked.found, counts + Counts(rejected=len(checked.rejected)))


def _held(
    job: Job, published: Sequence[Published], gone: withdrawal.Gone, shrunk: tuple[int, int] | None
) -> tuple[Held, Held]:
    """What a steward must decide on, and what was refused already and stays."""
    refused = job.refused.items if shrunk and stays(shrunk, job.refused.items) else None
    held = Held(gone.held, {one.draft: one.held for one in published if one.held}, None if refused else shrunk)
    if job.spare:
        # a source with faulty records says nothing of what it lacks
        return held, job.refused
    return held, Held(gone.kept, {one.draft: one.kept for one in published if one.kept}, refused)


def _learn(source: HarvestSource, validators: dict[str, Any]) -> None:
    if source.validators != validators:
        source.validators = validators


def _items(
    job: Job, harvest: Harvest, published: Sequence[Published], whole: bool
) -> tuple[Counts, tuple[int, int] | None]:
    packages = {one.draft: one.package_id for one in published if one.package_id is not None}
    wanted = [item for item in harvest.items if item.draft in packages]
    counts = tk.get_action("jenasmartcity_item_load")(context(), {
        "source": job.feed.name, "items": wanted, "packages": packages, "now": job.now,
        # what a refused dataset holds has not vanished
        "complete": len(packages) == len(harvest.drafts) and not job.spare and whole,
        "shrinks": lambda before, now: shrinks(before, now, job.accepted.items),
        "through": lambda lines: faults.within("offers", lines),
    })
    faults.reach("items")
    held = counts.pop("held", None)
    return Counts(**counts), held


def _as_before(source: HarvestSource, withdrawn: int) -> Counts:
    before = last_complete(source.id)
    if before is None:
        return Counts(withdrawn=withdrawn)
    kept = before.added + before.updated + before.unchanged
    return Counts(unchanged=kept, rejected=before.rejected, withdrawn=withdrawn)


def _finish(source: HarvestSource, attempt: HarvestRun, outcome: Outcome) -> None:
    before = last_complete(source.id)
    attempt.finished = dt.datetime.now(dt.UTC)
    if outcome.error is None:
        attempt.state = "held" if attempt.held else "done"
    else:
        attempt.state, attempt.error_code = "failed", outcome.error.code
        attempt.error_values = {"url": outcome.error.url, **outcome.error.values}
    if outcome.not_modified and before is not None:
        attempt.not_modified, attempt.rejections_run = True, before.rejections_run
        attempt.remarks = before.remarks
    for name in ("found", "added", "updated", "unchanged", "rejected", "withdrawn"):
        setattr(attempt, name, getattr(outcome.counts, name))
    if outcome.error is None:
        activity.tell(source, attempt, outcome.counts)
    model.Session.commit()


def _row(rejected: Rejected) -> dict[str, Any]:
    return {
        "record": rejected.id, "code": rejected.code, "field": rejected.field, "values": plain(dict(rejected.values)),
    }

