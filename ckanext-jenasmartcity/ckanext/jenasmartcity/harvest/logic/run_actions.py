"""Actions on runs and on what they left behind."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.harvest.address import DROP
from ckanext.jenasmartcity.harvest.logic import schema, shown
from ckanext.jenasmartcity.harvest.logic.source_actions import named, now, usable
from ckanext.jenasmartcity.harvest.model import HarvestRun, HarvestSource, by_id, last_complete
from ckanext.jenasmartcity.harvest.model.drop import filenames, latest
from ckanext.jenasmartcity.harvest.model.overview import changes, record, record_page, run_page
from ckanext.jenasmartcity.harvest.stewards import asking

# Changes that a run's page shows.
_FIRST = 100


def jenasmartcity_harvest_source_run(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Harvest a source as soon as a worker is free.

    A source without address reads the file that was sent last.

    :param name: name of the source
    :param only: id of a draft: harvest this one again, changed or not, and no other (optional)
    :rtype: dict, the run, which waits.  ValidationError where one waits or is under way already.
    """
    asked = schema.validated(dict(data_dict), schema.source_run())
    tk.check_access("jenasmartcity_harvest_source_run", context, data_dict)
    source = usable(asked["name"])
    only = asked.get("only")
    if only is not None and record(source.id, only) is None:
        raise tk.ValidationError({"only": [tk._("This source has no dataset of this id.")]})
    drop = latest(source.id) if source.url == DROP else None
    if source.url == DROP and drop is None:
        raise tk.ValidationError({"name": [tk._("This source has no address: send it a file.")]})
    try:
        run = asking.plan(source.id, context.get("user") or None, only, drop.id if drop is not None else None)
    except asking.BusyError as busy:
        raise tk.ValidationError({
            "name": [tk._("A run of this source waits or is under way already.")], "run": [str(busy.run.id)],
        }) from None
    return one(run)


def one(run: HarvestRun) -> dict[str, Any]:
    """A run as the actions show it."""
    return shown.run(run, filenames([run.drop_id]) if run.drop_id is not None else {}, now())


@tk.side_effect_free
def jenasmartcity_harvest_run_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One run with its progress, what it rejected and remarked by cause, and what it changed.

    :param id: id of the run
    :rtype: dict (id, state: waiting, running, done, held, failed or interrupted, created, started, finished, seconds,
        done and total: datasets so far and in all, found, added, updated, unchanged, rejected, withdrawn, not_modified,
        error: None or {code, de, en}, held: what waits for a decision, kept: what was refused to go and is missing
        still, both None or {datasets, tables, items}, decision, decided_by, decided_at, only, asked_by, file, source:
        its name, source_title: {de, en}, rejected_count: number of rejected records, in place of it rejected: list of
        {code, count, field, cause: {de, en}, remedy: {de, en}, records: the first 20 {id, field, de, en}}, remarks: in
        the same form what is published and worth a look, no part of the sum, changes: list of the first 100
        {package_id, name, title, fields, rows_added, rows_removed})
    """
    asked = schema.validated(dict(data_dict), schema.run_show())
    tk.check_access("jenasmartcity_harvest_run_show", context, data_dict)
    run = by_id(asked["id"])
    source = model.Session.get(HarvestSource, run.source_id) if run is not None else None
    if run is None or source is None:
        raise tk.ObjectNotFound(tk._("There is no such run."))
    return {
        **one(run), "source": source.name, "source_title": source.title,
        "rejected_count": run.rejected, "rejected": shown.causes(run), "remarks": shown.remarks(run),
        "changes": [shown.change(*change) for change in changes(run.id, _FIRST)],
    }


@tk.side_effect_free
def jenasmartcity_harvest_run_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The runs of a source, newest first.

    :param source: name of the source
    :param limit: (optional, default: 50, at most 1000)
    :param offset: (optional, default: 0)
    :rtype: dict (count, results: list of runs)
    """
    asked = schema.validated(dict(data_dict), schema.run_list())
    tk.check_access("jenasmartcity_harvest_run_list", context, data_dict)
    count, found = run_page(named(asked["source"]).id, asked["limit"], asked["offset"])
    files = filenames({run.drop_id for run in found if run.drop_id is not None})
    return {"count": count, "results": [shown.run(run, files, now()) for run in found]}


def jenasmartcity_harvest_run_decide(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide on what a run has held: let it go, or keep it.

    Accepted: another run is planned at once; it withdraws the datasets that vanished and
    loads the smaller tables.  Refused: everything stays, and nobody is asked again for as
    long as the source lacks the same; what vanishes beyond that is asked.  Whoever has
    refused may think again: the latest complete run can still be accepted.

    :param id: id of the run, the latest complete one of its source
    :param accept: whether what is held may go
    :rtype: dict, the run
    """
    asked = schema.validated(dict(data_dict), schema.run_decide())
    tk.check_access("jenasmartcity_harvest_run_decide", context, {"id": asked["id"]})
    run = by_id(asked["id"])
    if run is None:
        raise tk.ObjectNotFound(tk._("There is no such run."))
    source = model.Session.get(HarvestSource, run.source_id)
    usable(source.name if source is not None else "")
    complete = last_complete(run.source_id)
    if complete is None or complete.id != run.id or not _open(run, asked["accept"]):
        raise tk.ValidationError({"id": [tk._("Nothing of this run is waiting for a decision.")]})
    run.decision = "accepted" if asked["accept"] else "refused"
    run.decided_by, run.decided_at = context.get("user"), now()
    following = HarvestRun(
        source_id=run.source_id, state="waiting", created=run.created, drop_id=run.drop_id,
        asked_by=context.get("user") or None,
    )
    if asked["accept"]:
        model.Session.add(following)
    model.Session.commit()
    if asked["accept"]:
        asking.wake(following)
    return one(run)


def _open(run: HarvestRun, accept: bool) -> bool:
    """Whether something can be decided on: what is held, or once more what was refused."""
    if run.decision is None:
        return run.state == "held" or (accept and bool(run.kept))
    return accept and run.decision == "refused"


@tk.side_effect_free
def jenasmartcity_harvest_record_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The records of a source and what they became, by id.

    :param source: name of the source
    :param state: present, absent or withdrawn (optional)
    :param q: part of a record's id, or of its dataset's name or title (optional)
    :param drafts: list of ids, at most 1000: only these (optional)
    :param limit: (optional, default: 50, at most 1000)
    :param offset: (optional, default: 0)
    :rtype: dict (count, with q at most 10,001; results: list of {draft, package_id, name, title, state, first_seen,
        last_seen, changed, absent_since, withdrawn, tables: {name: number of rows}})
    """
    asked = schema.validated(dict(data_dict), schema.record_list())
    tk.check_access("jenasmartcity_harvest_record_list", context, data_dict)
    source = named(asked["source"])
    complete = last_complete(source.id)
    seen = (complete.finished or complete.created) if complete else None
    count, found = record_page(
        source.id, asked.get("state"), asked.get("q"), asked["limit"], asked["offset"], drafts=asked.get("drafts"),
    )
    return {"count": count, "results": [shown.record(*row, seen) for row in found]}
