"""Many new datasets at once, in the rows that CKAN's ``package_create`` would have written.

CKAN's own classes say which value goes into which column; only the writing is ours: one
statement per table for all, instead of some fifty per dataset.  ``test_harvest_bulk``
compares rows, index and ``package_show`` with those of ``package_create``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa


def packages(ids: Collection[str]) -> list[Any]:
    """Those datasets that there are, in the order of the ids."""
    found = {one.id: one for one in model.Session.scalars(sa.select(model.Package).where(model.Package.id.in_(ids)))}
    return [found[id_] for id_ in ids if id_ in found]


def states(ids: Collection[str]) -> dict[str, str]:
    """id -> state of those datasets that there are."""
    query = sa.select(model.Package.id, model.Package.state).where(model.Package.id.in_(list(ids)))
    return {row.id: row.state for row in model.Session.execute(query)}


def taken(names: Collection[str]) -> set[str]:
    """Which of these names a dataset bears already."""
    query = sa.select(model.Package.name).where(model.Package.name.in_(list(names)))
    return set(model.Session.scalars(query))


def clashes(datasets: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Which ids and names of these datasets, and ids of their resources, are in use."""
    ids, names = [one["id"] for one in datasets], [one["name"] for one in datasets]
    resources = [raw["id"] for one in datasets for raw in one.get("resources") or () if raw.get("id")]
    package, resource = model.package_table, model.resource_table
    found = model.Session.execute(sa.union_all(
        sa.select(package.c.id).where(package.c.id.in_(ids)),
        sa.select(package.c.name).where(package.c.name.in_(names)),
        sa.select(resource.c.id).where(resource.c.id.in_(resources)),
    ))
    return frozenset(found.scalars())


def organizations(names: Collection[str]) -> dict[str, str]:
    """Name or id of a group or organisation -> its id."""
    wanted = list(names)
    query = sa.select(model.Group.id, model.Group.name).where(
        sa.or_(model.Group.name.in_(wanted), model.Group.id.in_(wanted))
    )
    return {key: row.id for row in model.Session.execute(query) for key in (row.id, row.name)}


def groups() -> list[Any]:
    """All groups and organisations; while they are held, CKAN need not ask for them."""
    return list(model.Session.scalars(sa.select(model.Group)))


def insert(datasets: Sequence[Mapping[str, Any]], user_id: str) -> list[Any]:
    """Write datasets as the schema validated them; the new Package objects.

    datasets: with id, owner_org and the ids of their resources.  Flushed, not committed.
    Raises IntegrityError where an id or a name exists.
    """
    session = model.Session
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    session.execute(sa.insert(model.package_table), [_package(one, user_id, now) for one in datasets])
    resources = [
        _resource(raw, one["id"], position, now) for one in datasets
        for position, raw in enumerate(one.get("resources") or ())
    ]
    _all(model.resource_table, resources)
    _tag(datasets)
    _all(model.member_table, list(_members(datasets)))
    return list(session.scalars(sa.select(model.Package).where(model.Package.id.in_([one["id"] for one in datasets]))))


def _all(table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        model.Session.execute(sa.insert(table), rows)


def _package(dataset: Mapping[str, Any], user_id: str, now: dt.datetime) -> dict[str, Any]:
    extras = {one["key"]: one["value"] for one in dataset.get("extras") or ()}
    given = {key: value for key, value in dataset.items() if key not in ("metadata_created", "plugin_data")}
    made = model.Package()
    made.from_dict({**given, "extras": extras, "creator_user_id": user_id})
    row = _row(made, model.package_table)
    return {
        **row, "metadata_created": now, "metadata_modified": row["metadata_modified"] or now,
        "private": bool(row["private"]), "state": row["state"] or "active",
    }


def _resource(raw: Mapping[str, Any], package_id: str, position: int, now: dt.datetime) -> dict[str, Any]:
    ignored = ("extras", "revision_timestamp", "tracking_summary")
    given = {key: value for key, value in raw.items() if key not in ignored}
    if given.get("url_type") == "upload":
        given["url"] = str(given.get("url") or "").rsplit("/")[-1]
    made = model.Resource()
    _changed, rest = made.from_dict({**given, "package_id": package_id})
    row = _row(made, model.resource_table)
    return {
        **row, "extras": rest, "position": position, "state": "active", "metadata_modified": now,
        "created": row["created"] or now,
    }


def _row(made: Any, table: sa.Table) -> dict[str, Any]:
    # the object never enters a session
    return {column.name: getattr(made, column.name) for column in table.c}


def _tag(datasets: Sequence[Mapping[str, Any]]) -> None:
    wanted = {tag["name"] for one in datasets for tag in one.get("tags") or ()}
    free = sa.select(model.Tag.id, model.Tag.name).where(
        model.Tag.name.in_(wanted), model.Tag.vocabulary_id.is_(None)
    )
    known = {row.name: row.id for row in model.Session.execute(free)} if wanted else {}
    new = {name: _id() for name in sorted(wanted - set(known))}
    _all(model.tag_table, [{"id": id_, "name": name} for name, id_ in new.items()])
    ids = {**known, **new}
    _all(model.package_tag_table, [
        {"id": _id(), "package_id": one["id"], "tag_id": ids[name], "state": "active"}
        for one in datasets for name in dict.fromkeys(tag["name"] for tag in one.get("tags") or ())
    ])


def _members(datasets: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    named = {str(group.get("id") or group["name"]) for one in datasets for group in one.get("groups") or ()}
    ids = organizations(named) if named else {}
    for one in datasets:
        joined = {ids[key]: "public" for group in one.get("groups") or ()
                  if (key := str(group.get("id") or group["name"])) in ids}
        if one.get("owner_org"):
            joined[one["owner_org"]] = "organization"
        for group_id, capacity in joined.items():
            yield {
                "id": _id(), "table_name": "package", "table_id": one["id"], "capacity": capacity,
                "group_id": group_id, "state": "active",
            }


def _id() -> str:
    return str(uuid.uuid4())
