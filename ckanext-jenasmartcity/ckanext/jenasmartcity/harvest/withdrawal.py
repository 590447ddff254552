"""Records that a complete run did not find: counted, held or withdrawn; never deleted."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import ckan.model as model

from ckanext.jenasmartcity.harvest import absence, faults
from ckanext.jenasmartcity.harvest.batch import cut
from ckanext.jenasmartcity.harvest.model import Record, note, withdrawn
from ckanext.jenasmartcity.harvest.model import record as table
from ckanext.jenasmartcity.harvest.plan import Job
from ckanext.jenasmartcity.schemas.rules.withdrawn import FIELD


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of missing records.  held, kept: their ids (absence.Missing).  withdrawn: number of datasets."""

    held: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    withdrawn: int = 0


def settle(job: Job, present: Collection[str]) -> Gone:
    """Count what is missing after a complete run and withdraw what is gone for good.

    They are withdrawn in batches, each committed by itself.
    """
    again = [draft for draft in present if draft in job.records and job.records[draft].absent_since is not None]
    table.seen(job.source_id, again)
    if job.spare:
        # what is missing may be among the faulty records
        return Gone(kept=job.refused.datasets)
    missing = absence.vanished(job.records, present, job.accepted, job.refused)
    counted = [_counted(job, job.records[draft]) for draft in sorted(missing.every - missing.held - missing.kept)]
    for runs in range(1, absence.RUNS + 1):
        fresh = [one.draft for one in counted if one.absent_runs == runs and one != job.records[one.draft]]
        table.missed(job.source_id, fresh, runs, job.now, job.seen)
    gone = [one for one in counted if absence.gone(one, job.now) or one.draft in job.accepted.datasets]
    for batch in cut(gone):
        _withdraw(job, batch)
        faults.reach("withdrawal")
    return Gone(tuple(sorted(missing.held)), tuple(sorted(missing.kept)), len(gone))


def _counted(job: Job, record: Record) -> Record:
    # more than are needed are not counted, an unchanged run writes nothing
    runs = min(record.absent_runs + 1, absence.RUNS)
    return dataclasses.replace(record, absent_since=record.absent_since or job.now, absent_runs=runs)


def _withdraw(job: Job, records: Sequence[Record]) -> None:
    """Mark the records' datasets as withdrawn and commit; what they hold stays."""
    marked = withdrawn.mark([record.package_id for record in records], job.now.date())
    note([{"package_id": one, "fields": [FIELD], "run_id": job.run_id} for one in marked])
    for record in records:
        table.gone(job.source_id, record.draft, job.now, sorted({*record.fields, FIELD}))
    model.Session.commit()
