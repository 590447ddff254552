"""Actions on sources and their runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.authz as authz
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Rejected, SourceError
from ckanext.jenasmartcity.harvest import sources as seeds
from ckanext.jenasmartcity.harvest.logic import schema
from ckanext.jenasmartcity.harvest.logic.auth import may_see
from ckanext.jenasmartcity.harvest.model import (
    HarvestRejection,
    HarvestRun,
    HarvestSource,
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
            {"draft": draft, "package_id": record.package_id, "absent_since": _time(record.absent_since)}
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
        "not_modified": run.not_modified, "error": error, **{name: getattr(run, name) for name in _COUNTS},
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
    "jenasmartcity_harvest_source_list", "jenasmartcity_harvest_source_seed", "jenasmartcity_harvest_source_show",
    "jenasmartcity_tick_show",
]
