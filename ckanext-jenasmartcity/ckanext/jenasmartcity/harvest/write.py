"""What is planned is written: many datasets in one transaction, or one with its tables.

A ValidationError in ``package_create`` or ``package_update`` rolls the whole session back
(CKAN 2.12), so a batch that fails is written again one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.connectors.base import Draft, Rejected, Table
from ckanext.jenasmartcity.harvest import bulk, faults, load
from ckanext.jenasmartcity.harvest.account import Counts, total
from ckanext.jenasmartcity.harvest.mapping import identity
from ckanext.jenasmartcity.harvest.model import RefusedErrors, note, remember
from ckanext.jenasmartcity.harvest.plan import Job, Plan, Published, context


def together(job: Job, plans: Sequence[Plan]) -> list[Published]:
    """Write datasets without tables in one transaction and commit."""
    try:
        published = _created(job, [one for one in plans if not one.exists])
        published += _updated(job, [one for one in plans if one.exists])
        model.Session.commit()
    except (tk.ValidationError, *RefusedErrors):
        model.Session.rollback()
        return [alone(job, plan) for plan in plans]
    return published


def _created(job: Job, plans: Sequence[Plan]) -> list[Published]:
    ours = context()
    stamped = bulk.named([_stamped(plan.dataset, (), job.now) for plan in plans])
    outcomes = bulk.validated(ours, stamped)
    good = [(plan, one) for plan, one in zip(plans, outcomes, strict=True) if not isinstance(one, tk.ValidationError)]
    if good:
        bulk.create(ours, [dataset for _plan, dataset in good])
        _remember(job, [(plan, Counts(added=1)) for plan, _dataset in good])
    return [
        _refused(plan, one) if isinstance(one, tk.ValidationError) else _published(plan, Counts(added=1))
        for plan, one in zip(plans, outcomes, strict=True)
    ]


def _updated(job: Job, plans: Sequence[Plan]) -> list[Published]:
    for plan in plans:
        _update(job, plan, ())
    _remember(job, [(plan, Counts(updated=1)) for plan in plans])
    return [_published(plan, Counts(updated=1)) for plan in plans]


def alone(job: Job, plan: Plan) -> Published:
    """Create or update one dataset and its tables, and commit."""
    try:
        counts = _write(job, plan)
    except tk.ValidationError as error:
        model.Session.rollback()
        return _refused(plan, error)
    lost = Counts(withdrawn=sum(state.get("records", 0) for state in plan.dropped.values()))
    _remember(job, [(plan, counts + lost)])
    model.Session.commit()
    for state in plan.dropped.values():
        # nobody finds it any more; should this process die here, the repair drops it
        load.drop(state["id"])
    if not plan.tables and not plan.items:
        counts = Counts(updated=1) if plan.exists else Counts(added=1)
    return _published(plan, counts + lost)


def _write(job: Job, plan: Plan) -> Counts:
    remembered = (plan.record.tables or {}) if plan.record else {}
    if not plan.exists:
        [dataset] = bulk.named([_stamped(plan.dataset, plan.tables, job.now)])
        with tk.signals.action_succeeded.muted():
            tk.get_action("package_create")(_deferred(), dataset)
    elif any(table.name not in remembered for table in plan.tables):
        # the DataStore takes rows only for a resource that there is
        _update(job, plan, plan.tables)
    counts = [
        load.load(context(), table, plan.states[table.name], plan.loaded.get(table.name, {}), job.again)
        for table in plan.tables
    ]
    faults.reach("load")
    # rows that a run before brought in, and died before it could say so, have moved as well
    moved = [
        table for table, count in zip(plan.tables, counts, strict=True)
        if count.added or count.updated or count.withdrawn
        or remembered.get(table.name, {}).get("rows") != plan.states[table.name]["rows"]
    ]
    if plan.exists and (moved or plan.dropped or not plan.described):
        _update(job, plan, moved)
    return total(counts)


def _update(job: Job, plan: Plan, moved: Sequence[Table]) -> None:
    # the index may not have heard of the last write
    shown = tk.get_action("package_show")(Context(**context(), use_cache=False), {"id": plan.dataset["id"]})
    earlier = plan.record.fields if plan.record else ()
    new = overlay(shown, _stamped(plan.dataset, moved, job.now), earlier, job.feed.protected, _dropped(job, plan))
    # one activity per run, not one per dataset; CKAN's other listeners would hear of it before the commit
    with tk.signals.action_succeeded.muted():
        tk.get_action("package_update")(_deferred(), new)


def _dropped(job: Job, plan: Plan) -> set[str]:
    """Ids of the resources that go with the tables that the source has no longer."""
    return {
        id_ for name, state in plan.dropped.items()
        for id_ in (state["id"], identity(job.feed, plan.draft.id, "geojson", name))
    }


def _deferred() -> Context:
    # without return_id_only CKAN takes the update back and still returns what was changed
    return Context(**context(), defer_commit=True, return_id_only=True)


def _stamped(dataset: Mapping[str, Any], tables: Sequence[Table], now: dt.datetime) -> dict[str, Any]:
    """A copy whose tables that changed say when."""
    names = {table.name for table in tables}
    time = now.astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    return {**dataset, "resources": [
        {**resource, "last_modified": time} if resource.get("table_name") in names else dict(resource)
        for resource in dataset.get("resources", ())
    ]}


def overlay(
    shown: Mapping[str, Any], dataset: Mapping[str, Any], earlier: Sequence[str], protected: Sequence[str] = (),
    dropped: Collection[str] = (),
) -> dict[str, Any]:
    """The stored dataset with what the source says laid over it.

    A field that the source gave earlier and gives no longer goes; what people added
    stays, and so does a protected field whatever the source says; resources keep their
    ids, and people's own come last.  The name stays, since it is an address.  dropped: ids
    of resources that go.
    """
    gone = set(earlier) - set(dataset) - {"id", "name", "type"} - set(protected)
    # no-one may set these two: CKAN does
    kept = {key: value for key, value in shown.items() if key not in gone | {"metadata_modified", "metadata_created"}}
    said = {key: value for key, value in dataset.items() if key not in protected}
    stored = {one["id"]: one for one in shown.get("resources", ()) if one["id"] not in dropped}
    ours = [{**stored.pop(resource["id"], {}), **resource} for resource in dataset.get("resources", ())]
    return {**kept, **said, "name": shown["name"], "resources": [*ours, *stored.values()]}


def _remember(job: Job, written: Sequence[tuple[Plan, Counts]]) -> None:
    rows, changes = [], []
    for plan, counts in written:
        same = plan.record is not None and plan.record.content_hash == plan.digest
        known = {name: state for name, state in (plan.record.tables or {}).items()
                 if name not in plan.dropped} if plan.record else {}
        rows.append({
            "draft": plan.draft.id, "package_id": plan.dataset["id"], "content_hash": plan.digest,
            "source_hash": plan.source_hash, "identities": list(plan.identities), "fields": sorted(plan.dataset),
            "tables": {**known, **plan.states}, "changed": job.now,
        })
        changes.append({
            "package_id": plan.dataset["id"], "fields": [] if same else sorted(plan.dataset), "run_id": job.run_id,
            "rows_added": counts.added + counts.updated if plan.tables else 0,
            "rows_removed": counts.withdrawn + (counts.updated if plan.tables else 0),
        })
    remember(job.source_id, rows)
    note(changes)


def _published(plan: Plan, counts: Counts) -> Published:
    return Published(plan.draft.id, plan.dataset["id"], "updated" if plan.exists else "added", counts)


def _refused(plan: Plan, error: tk.ValidationError) -> Published:
    counts = Counts(rejected=plan.size)
    return Published(plan.draft.id, None, "rejected", counts, refusals(plan.draft, error))


def refusals(draft: Draft, error: tk.ValidationError) -> tuple[Rejected, ...]:
    """What the schema said, one for each field."""
    return tuple(
        Rejected(draft.id, "schema", name, {"detail": detail}) for name, detail in sorted(_flat(error.error_dict))
    )


def _flat(errors: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(errors, Mapping):
        return [one for key, value in errors.items() for one in _flat(value, f"{path}.{key}" if path else str(key))]
    if isinstance(errors, (list, tuple)) and any(isinstance(value, Mapping) for value in errors):
        return [one for number, value in enumerate(errors) for one in _flat(value, f"{path}.{number}")]
    if isinstance(errors, (list, tuple)):
        return [(path, "; ".join(map(str, errors)))] if errors else []
    return [(path, str(errors))]
