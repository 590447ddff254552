"""Sources, runs and records as the actions show them: JSON's types, times as ISO 8601 in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from ckanext.jenasmartcity.connectors.base import Rejected, SourceError
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest.model import Change, HarvestRecord, HarvestRejection, HarvestRun, HarvestSource
from ckanext.jenasmartcity.harvest.model.drop import filenames
from ckanext.jenasmartcity.harvest.model.overview import (
    grouped_rejections,
    last_successes,
    latest_runs,
    sizes,
    titles,
)
from ckanext.jenasmartcity.harvest.remarks import read as kept_remarks
from ckanext.jenasmartcity.harvest.stewards import states
from ckanext.jenasmartcity.harvest.stewards.grouping import SHOWN, groups

RUNS = 10
_COUNTS = ("found", "added", "updated", "unchanged", "rejected", "withdrawn")


def sources(rows: Collection[HarvestSource], now: dt.datetime) -> list[dict[str, Any]]:
    """The sources with what is asked of all at once: a handful of statements, however many they are."""
    ids = [row.id for row in rows]
    latest, successes, counts = latest_runs(ids, RUNS), last_successes(ids), sizes(ids)
    names = titles({row.organization for row in rows})
    files = filenames({one.drop_id for listed in latest.values() for one in listed if one.drop_id is not None})
    return [
        {
            **source(row), "organization_title": names.get(row.organization, row.organization),
            **_history([run(one, files, now) for one in latest.get(row.id, ())]),
            "state": "leaving" if row.leaving is not None else states.state(
                row, next(iter(latest.get(row.id, ())), None), successes.get(row.id), now
            ),
            "last_success": time(successes.get(row.id)), "datasets": counts.get(row.id, 0),
        }
        for row in rows
    ]


def source(row: HarvestSource) -> dict[str, Any]:
    """What the source's own row says of it."""
    known = connectors().get(row.connector)
    title = {"de": known.TITLE.de, "en": known.TITLE.en} if known else {"de": row.connector, "en": row.connector}
    return {
        "name": row.name, "title": row.title, "connector": row.connector, "connector_title": title, "url": row.url,
        "organization": row.organization, "schedule": row.schedule, "active": row.active,
        "next_run": time(row.due_at) if row.active else None,
    }


def _history(listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {"last_run": listed[0] if listed else None, "runs": listed}


def run(row: HarvestRun, files: dict[int, str], now: dt.datetime) -> dict[str, Any]:
    """A run.  files: names of the files that were sent, by their ids."""
    seconds = ((row.finished or now) - row.started).total_seconds() if row.started else None
    return {
        "id": row.id, "state": row.state, "created": time(row.created), "started": time(row.started),
        "finished": time(row.finished), "seconds": max(0.0, seconds) if seconds is not None else None,
        "not_modified": row.not_modified, "error": error(row), "held": row.held or None, "kept": row.kept or None,
        "decision": row.decision,
        "decided_by": row.decided_by, "decided_at": time(row.decided_at), "done": row.done, "total": row.total,
        "only": row.only, "asked_by": row.asked_by,
        "file": files.get(row.drop_id, "") if row.drop_id is not None else None,
        **{name: getattr(row, name) for name in _COUNTS},
    }


def error(row: HarvestRun) -> dict[str, str] | None:
    """Why a run failed, in both languages."""
    if not row.error_code:
        return None
    values = dict(row.error_values)
    return broken(SourceError(row.error_code, values.pop("url", ""), **values))


def broken(problem: SourceError) -> dict[str, str]:
    """A broken source in both languages."""
    return {"code": problem.code, "de": problem.message("de"), "en": problem.message("en")}


def rejected(row: HarvestRejection) -> Rejected:
    """The same as the connector said it."""
    return Rejected(row.record, row.code, row.field, row.values)


def rejection(row: HarvestRejection) -> dict[str, Any]:
    """One record that was not published."""
    one = rejected(row)
    return {"id": one.id, "code": one.code, "field": one.field, "de": one.message("de"), "en": one.message("en")}


def causes(row: HarvestRun) -> list[dict[str, Any]]:
    """What a run rejected, by cause."""
    found = grouped_rejections(row, SHOWN)
    counts = {(one.code, one.field): number for one, number in found}
    return [group.as_dict() for group in groups((rejected(one) for one, _ in found), counts)]


def remarks(row: HarvestRun) -> list[dict[str, Any]]:
    """What a run published and somebody should look at, by cause."""
    listed, counts = kept_remarks(row.remarks)
    return [group.as_dict() for group in groups(listed, counts)]


def change(row: Change, name: str | None, title: str | None) -> dict[str, Any]:
    """What a run did to one dataset."""
    return {
        "package_id": row.package_id, "name": name, "title": title, "fields": row.fields,
        "rows_added": row.rows_added, "rows_removed": row.rows_removed,
    }


def record(row: HarvestRecord, name: str | None, title: str | None, seen: dt.datetime | None) -> dict[str, Any]:
    """What a draft became.  seen: when the source was last read to its end."""
    return {
        "draft": row.draft, "package_id": row.package_id, "name": name, "title": title, "state": _state(row),
        "first_seen": time(row.first_seen), "changed": time(row.changed),
        "last_seen": time(row.last_seen or row.absent_since if _state(row) != "present" else seen or row.changed),
        "absent_since": time(row.absent_since), "withdrawn": time(row.withdrawn_at),
        "tables": {table: kept.get("records", 0) for table, kept in (row.tables or {}).items()},
    }


def _state(row: HarvestRecord) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "present" if row.absent_since is None else "absent"


def time(value: dt.datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return value.astimezone(dt.UTC).isoformat() if value else None
