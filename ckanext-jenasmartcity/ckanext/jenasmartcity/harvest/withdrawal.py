"""Records that a complete run did not find: counted, held or withdrawn; never deleted."""

from __future__ import annotations

from collections.abc import Collection

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.harvest import absence, faults
from ckanext.jenasmartcity.harvest.model import Change, HarvestRecord
from ckanext.jenasmartcity.harvest.publish import Job, context

# The dataset's field that says since when the source has it no longer.
FIELD = "withdrawn"


def settle(job: Job, present: Collection[str]) -> tuple[tuple[str, ...], int]:
    """Count what is missing after a complete run and withdraw what is gone for good.

    Each withdrawal is committed by itself.  Returns the ids that are held, and the number
    of datasets withdrawn.
    """
    for draft in present:
        if draft in job.records and job.records[draft].absent_since is not None:
            job.records[draft].absent_since, job.records[draft].absent_runs = None, 0
    if job.spare:
        # what is missing may be among the faulty records
        return (), 0
    missing, hold = absence.vanished(job.records, present, job.accepted)
    held = {draft for draft in missing if job.records[draft].absent_since is None} if hold else set()
    held -= set(job.accepted.datasets)
    withdrawn = 0
    for draft in sorted(missing - held):
        record = job.records[draft]
        _count(job, record)
        if absence.gone(record, job.now) or draft in job.accepted.datasets:
            withdraw(job, record)
            withdrawn += 1
            faults.reach("withdrawal")
    return tuple(sorted(held)), withdrawn


def _count(job: Job, record: HarvestRecord) -> None:
    record.absent_since = record.absent_since or job.now
    # more than are needed are not counted, an unchanged run writes nothing
    record.absent_runs = min(record.absent_runs + 1, absence.RUNS)


def withdraw(job: Job, record: HarvestRecord) -> None:
    """Mark the record's dataset as withdrawn and commit; what it holds stays."""
    known = model.Package.get(record.package_id)
    if known is not None and known.state == "active":
        shown = tk.get_action("package_show")(context(), {"id": known.id})
        quiet = Context(**context(), defer_commit=True, return_id_only=True)
        tk.get_action("package_update")(quiet, {**shown, FIELD: job.now.date().isoformat()})
        model.Session.add(Change(package_id=known.id, fields=[FIELD], run_id=job.run_id))
    record.withdrawn_at = job.now
    # should the record come back, the dataset is written anew and the mark goes
    record.content_hash, record.fields = "", sorted({*record.fields, FIELD})
    model.Session.commit()
