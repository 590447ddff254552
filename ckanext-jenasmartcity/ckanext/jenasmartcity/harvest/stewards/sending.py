"""A file is sent to a source: kept, and planned as a run."""

from __future__ import annotations

import ckan.model as model

from ckanext.jenasmartcity.harvest import drops
from ckanext.jenasmartcity.harvest.model import HarvestRun, HarvestSource
from ckanext.jenasmartcity.harvest.model import drop as kept
from ckanext.jenasmartcity.harvest.model.overview import locked, open_runs
from ckanext.jenasmartcity.harvest.stewards import asking

# Files of a source that are kept, so that a run can be repeated.
KEPT = 5
_RETRY = ("failed", "interrupted")


def send(source: HarvestSource, upload: drops.Upload, by: str | None) -> tuple[HarvestRun, bool]:
    """Keep a file, plan its run and commit; the run, and whether it was planned now.

    The file that was sent last, sent again, gives that one's run, unless it failed.  A run
    that still waits with an older file takes this one in its place.  Raises TooLargeError,
    EmptyError.
    """
    sha256 = drops.hash_of(upload.file)
    locked(source.id)
    latest = kept.latest(source.id)
    if latest is not None and latest.sha256 == sha256:
        run = kept.run_of(latest.id)
        if run is not None and run.state not in _RETRY:
            model.Session.rollback()
            return run, False
        drop_id = latest.id
    else:
        drop_id = drops.keep(source.id, upload, sha256, by)
    run = next((one for one in open_runs(source.id) if one.state == "waiting" and one.drop_id), None)
    if run is None:
        run = HarvestRun(source_id=source.id, state="waiting", asked_by=by)
        model.Session.add(run)
    run.drop_id = drop_id
    model.Session.flush()
    kept.prune(source.id, KEPT)
    model.Session.commit()
    asking.wake(run)
    return run, True
