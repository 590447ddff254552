"""Actions on sources and their runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Rejected, SourceError
from ckanext.jenasmartcity.harvest import sources as seeds
from ckanext.jenasmartcity.harvest.logic import schema
from ckanext.jenasmartcity.harvest.logic.auth import may_see
from ckanext.jenasmartcity.harvest.logic.notice import (
    jenasmartcity_harvest_notice_link,
    jenasmartcity_harvest_notice_list,
)
from ckanext.jenasmartcity.harvest.model import (
    HarvestRejection,
    HarvestRun,
    HarvestSource,
    by_id,
    last_beat,
    last_complete,
    records,
    rejections,
    runs,
    sources,
)

# Seconds that a round may take before tick is taken for dead.
_PATIENCE = 60
_COUNTS = ("found", "added", "updated", "unchanged", "rejected", "withdrawn")


@tk.side_effect_free
def jenasmartcity_harvest_source_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The sources that the user may see, each with its last run.

    :rtype: list of dicts (name, title, connector, url, organization, schedule, active, next_run, last_run)
    """
    tk.check_access("jenasmartcity_harvest_source_list", context, data_dict)
    user = context.get("user")
    every = bool(context.get("ignore_auth")) or authz.is_sysadmin(user)
    return [_source(one, 1) for one in sources() if every or may_see(user, one.organization)]


@tk.side_effect_free
def jenasmartcity_harvest_source_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One source with its last ten runs, its datasets and what it rejected.

    :param name: name of the source
    :rtype: dict
    """
    name = schema.validated(data_dict, schema.source_show())["name"]
    tk.check_access("jenasmartcity_harvest_source_show", context, {"name": name})
    found = sources(name)
    if not found:
        raise tk.ObjectNotFound(tk._("There is no source of this name."))
    complete = last_complete(found[0].id)
    return {
        **_source(found[0], 10),
        "options": found[0].options, "defaults": found[0].defaults, "origin": found[0].origin,
        "datasets": [
            {"draft": draft, "package_id": record.package_id, "absent_since": _time(record.absent_since),
             "withdrawn": _time(record.withdrawn_at)}
            for draft, record in sorted(records(found[0].id).items())
        ],
        "rejected": [_rejection(one) for one in rejections(complete)] if complete else [],
    }


def jenasmartcity_harvest_source_seed(context: Context, data_dict: dict[str, Any]) -> list[str]:
    """Bring the sources of the configuration into the database; names of those that changed."""
    tk.check_access("jenasmartcity_harvest_source_seed", context, data_dict)
    try:
        return seeds.seed(config.house().directory / "sources.yaml", dt.datetime.now(dt.UTC))
    except SourceError as error:
        raise tk.ValidationError({str(error.values.get("option", "")): [error.message("de")]}) from error


def jenasmartcity_harvest_run_decide(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide on what a run has held: let it go, or keep it.

    Accepted: another run is planned at once; it withdraws the datasets that vanished and
    loads the smaller tables.  Refused: everything stays, and a later run asks again if the
    source stays as it is.

    :param id: id of the run, the latest complete one of its source
    :param accept: whether what is held may go
    :rtype: dict, the run
    """
    asked = schema.validated(data_dict, schema.run_decide())
    tk.check_access("jenasmartcity_harvest_run_decide", context, {"id": asked["id"]})
    run = by_id(asked["id"])
    if run is None:
        raise tk.ObjectNotFound(tk._("There is no such run."))
    latest = last_complete(run.source_id)
    if run.state != "held" or run.decision is not None or latest is None or latest.id != run.id:
        raise tk.ValidationError({"id": [tk._("Nothing of this run is waiting for a decision.")]})
    run.decision = "accepted" if asked["accept"] else "refused"
    run.decided_by, run.decided_at = context.get("user"), dt.datetime.now(dt.UTC)
    if asked["accept"]:
        # tick wakes a worker for it
        model.Session.add(HarvestRun(source_id=run.source_id, state="waiting", created=run.created))
    model.Session.commit()
    return _run(run)


@tk.side_effect_free
def jenasmartcity_tick_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """When the tick process was last seen.

    :rtype: dict (last_seen: ISO 8601 or None, seconds: since then or None, alive: whether it was lately)
    """
    tk.check_access("jenasmartcity_tick_show", context, data_dict)
    seen = last_beat()
    seconds = (dt.datetime.now(dt.UTC) - seen).total_seconds() if seen else None
    alive = seconds is not None and seconds < _PATIENCE + 3 * config.harvest().tick_seconds
    return {"last_seen": _time(seen), "seconds": seconds, "alive": alive}


def _source(source: HarvestSource, limit: int) -> dict[str, Any]:
    latest = [_run(one) for one in runs(source.id, limit)]
    return {
        "name": source.name, "title": source.title, "connector": source.connector, "url": source.url,
        "organization": source.organization, "schedule": source.schedule, "active": source.active,
        "next_run": _time(source.due_at), "last_run": latest[0] if latest else None, "runs": latest,
    }


def _run(run: HarvestRun) -> dict[str, Any]:
    error = None
    if run.error_code:
        values = dict(run.error_values)
        broken = SourceError(run.error_code, values.pop("url", ""), **values)
        error = {"code": run.error_code, "de": broken.message("de"), "en": broken.message("en")}
    return {
        "id": run.id, "state": run.state, "started": _time(run.started), "finished": _time(run.finished),
        "not_modified": run.not_modified, "error": error, "held": run.held or None, "decision": run.decision,
        "decided_by": run.decided_by, "decided_at": _time(run.decided_at),
        **{name: getattr(run, name) for name in _COUNTS},
    }


def _rejection(row: HarvestRejection) -> dict[str, Any]:
    rejected = Rejected(row.record, row.code, row.field, row.values)
    return {
        "id": row.record, "code": row.code, "field": row.field,
        "de": rejected.message("de"), "en": rejected.message("en"),
    }


def _time(value: dt.datetime | None) -> str | None:
    return value.astimezone(dt.UTC).isoformat() if value else None


__all__ = [
    "jenasmartcity_harvest_notice_link", "jenasmartcity_harvest_notice_list",
    "jenasmartcity_harvest_run_decide",
    "jenasmartcity_harvest_source_list", "jenasmartcity_harvest_source_seed", "jenasmartcity_harvest_source_show",
    "jenasmartcity_tick_show",
]
