"""Records that a complete run did not find: counted, held or withdrawn; never deleted."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.harvest import absence, faults
from ckanext.jenasmartcity.harvest.model import Record, note
from ckanext.jenasmartcity.harvest.model import record as table
from ckanext.jenasmartcity.harvest.plan import Job, context
from ckanext.jenasmartcity.schemas.rules.withdrawn import FIELD


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of missing records.  held, kept: their ids (absence.Missing).  withdrawn: number of datasets."""

    held: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    withdrawn: int = 0


def settle(job: Job, present: Collection[str]) -> Gone:
    """Count what is missing after a complete run and withdraw what is gone for good.

    Each withdrawal is committed by itself.
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
    for record in gone:
        withdraw(job, record)
        faults.reach("withdrawal")
    return Gone(tuple(sorted(missing.held)), tuple(sorted(missing.kept)), len(gone))


def _counted(job: Job, record: Record) -> Record:
    # more than are needed are not counted, an unchanged run writes nothing
    runs = min(record.absent_runs + 1, absence.RUNS)
    return dataclasses.replace(record, absent_since=record.absent_since or job.now, absent_runs=runs)


def withdraw(job: Job, record: Record) -> None:
    """Mark the record's dataset as withdrawn and commit; what it holds stays."""
    if record.state == "active":
        shown = tk.get_action("package_show")(Context(**context(), use_cache=False), {"id": record.package_id})
        quiet = Context(**context(), defer_commit=True, return_id_only=True)
        with tk.signals.action_succeeded.muted():
            tk.get_action("package_update")(quiet, {**shown, FIELD: job.now.date().isoformat()})
        note([{"package_id": record.package_id, "fields": [FIELD], "run_id": job.run_id}])
    table.gone(job.source_id, record.draft, job.now, sorted({*record.fields, FIELD}))
    model.Session.commit()
