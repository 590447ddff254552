"""What stewards ask of many sources, runs and records at once.

Each question is one statement, however many sources there are, and each is answered from
an index: a portal with a million records is looked at as often as one with ten.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from ckanext.jenasmartcity.harvest.model.change import Change
from ckanext.jenasmartcity.harvest.model.record import HarvestRecord
from ckanext.jenasmartcity.harvest.model.run import HarvestRejection, HarvestRun
from ckanext.jenasmartcity.harvest.model.source import HarvestSource

COMPLETE = ("done", "held")
# Records that hold some words are counted so far.
MOST = 10_001
# What pg_trgm's indexes know.
LETTERS = 3
_ABSENT = sa.or_(HarvestRecord.absent_since.is_not(None), HarvestRecord.withdrawn_at.is_not(None))
_STATES = {
    "present": sa.and_(HarvestRecord.absent_since.is_(None), HarvestRecord.withdrawn_at.is_(None)),
    "absent": sa.and_(HarvestRecord.absent_since.is_not(None), HarvestRecord.withdrawn_at.is_(None)),
    "withdrawn": HarvestRecord.withdrawn_at.is_not(None),
}


def read_only() -> None:
    """From here to the end of its transaction this session can write nothing."""
    model.Session.execute(sa.text("SET TRANSACTION READ ONLY"))


def of_organizations(names: Collection[str]) -> list[HarvestSource]:
    """The sources of these organisations, by name."""
    query = sa.select(HarvestSource).where(HarvestSource.organization.in_(list(names)))
    return list(model.Session.scalars(query.order_by(HarvestSource.name)))


def titles(organizations: Collection[str]) -> dict[str, str]:
    """Name of an organisation -> its title."""
    query = sa.select(model.Group.name, model.Group.title).where(
        model.Group.is_organization, model.Group.name.in_(list(organizations)),
    )
    return {name: title or name for name, title in model.Session.execute(query)}


def organization(key: str) -> str | None:
    """The name of the active organisation with that name or id."""
    query = sa.select(model.Group.name).where(
        model.Group.is_organization, model.Group.state == "active",
        sa.or_(model.Group.name == key, model.Group.id == key),
    )
    return model.Session.scalars(query).first()


def latest_runs(source_ids: Collection[int], limit: int) -> dict[int, list[HarvestRun]]:
    """The latest runs of each source, newest first."""
    found: dict[int, list[HarvestRun]] = defaultdict(list)
    for run in model.Session.scalars(_latest(source_ids, limit)):
        found[run.source_id].append(run)
    return found


def last_successes(source_ids: Collection[int]) -> dict[int, dt.datetime]:
    """When each source was read to its end for the last time."""
    runs = model.Session.scalars(_latest(source_ids, 1, HarvestRun.state.in_(COMPLETE)))
    return {run.source_id: run.finished or run.created for run in runs}


def _latest(source_ids: Collection[int], limit: int, *conditions: Any) -> Any:
    of = sa.select(HarvestSource.id).where(HarvestSource.id.in_(list(source_ids))).subquery()
    newest = (
        sa.select(HarvestRun).where(HarvestRun.source_id == of.c.id, *conditions)
        .order_by(HarvestRun.id.desc()).limit(limit).lateral()
    )
    run = aliased(HarvestRun, newest)
    return sa.select(run).select_from(of.join(newest, sa.true())).order_by(run.source_id, run.id.desc())


def sizes(source_ids: Collection[int]) -> dict[int, int]:
    """Number of datasets of each source, without those that were withdrawn."""
    of = list(source_ids)
    every = sa.select(HarvestRecord.source_id, sa.func.count()).where(HarvestRecord.source_id.in_(of))
    gone = every.where(_ABSENT, HarvestRecord.withdrawn_at.is_not(None))
    found = dict(_counted(every))
    for source_id, number in _counted(gone):
        found[source_id] -= number
    return found


def _counted(query: Any) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in model.Session.execute(query.group_by(HarvestRecord.source_id))]


def run_page(source_id: int, limit: int, offset: int) -> tuple[int, list[HarvestRun]]:
    """Number of a source's runs and one page of them, newest first."""
    query = sa.select(HarvestRun).where(HarvestRun.source_id == source_id)
    count = model.Session.scalar(sa.select(sa.func.count()).where(HarvestRun.source_id == source_id)) or 0
    return count, list(model.Session.scalars(query.order_by(HarvestRun.id.desc()).limit(limit).offset(offset)))


def record_page(
    source_id: int, state: str | None, words: str | None, limit: int, offset: int, count: bool = True,
    drafts: Collection[str] | None = None,
) -> tuple[int, list[tuple[HarvestRecord, str | None, str | None]]]:
    """Number of a source's records and one page of them by id, each with its dataset's name and title.

    state: present, absent or withdrawn.  words: part of the id, name or title; then no more
    than MOST are counted.  count: whether the number is asked for; 0 otherwise.  drafts: only these.
    """
    conditions = [HarvestRecord.source_id == source_id]
    if drafts is not None:
        conditions.append(HarvestRecord.draft.in_(list(drafts)))
    if state == "present":
        # the few that are not are counted quickly, the others are not looked at
        conditions.append(_STATES["present"])
    elif state is not None:
        conditions += [_ABSENT, _STATES[state]]
    if words:
        conditions.append(_holds(source_id, words))
    page = sa.select(HarvestRecord).where(*conditions).order_by(HarvestRecord.draft).limit(limit).offset(offset)
    found = list(model.Session.scalars(page))
    number = _number(conditions, MOST if words else None, len(found), limit, offset) if count else 0
    return number, with_names(found)


def _holds(source_id: int, words: str) -> Any:
    """Whether a record holds the words in its id, or in its dataset's title or name.

    Three questions, not one with "or": each is answered from its index of letters in threes.
    Fewer letters are in no index, and in so many records that all are looked at.
    """
    like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    title, name = model.Package.title.ilike(like), model.Package.name.ilike(like)
    if len(words) < LETTERS:
        named = sa.select(model.Package.id).where(sa.or_(title, name))
        return sa.or_(HarvestRecord.draft.ilike(like), HarvestRecord.package_id.in_(named))
    of = sa.select(HarvestRecord.draft).where(HarvestRecord.source_id == source_id)
    joined = of.join(model.Package, model.Package.id == HarvestRecord.package_id)
    return HarvestRecord.draft.in_(
        sa.union(of.where(HarvestRecord.draft.ilike(like)), joined.where(title), joined.where(name))
    )


def _number(conditions: Sequence[Any], most: int | None, here: int, limit: int, offset: int) -> int:
    if here < limit and (here or not offset):
        # the last page: no need to ask again
        return offset + here
    every = sa.select(sa.literal(1)).select_from(HarvestRecord).where(*conditions).limit(most).subquery()
    return model.Session.scalar(sa.select(sa.func.count()).select_from(every)) or 0


def with_names(records: Sequence[HarvestRecord]) -> list[tuple[HarvestRecord, str | None, str | None]]:
    """Each record with the name and title of its dataset, None where that is gone."""
    known = names(record.package_id for record in records)
    return [(record, *known.get(record.package_id, (None, None))) for record in records]


def names(package_ids: Any) -> dict[str, tuple[str, str]]:
    """Id of a dataset -> its name and title."""
    query = sa.select(model.Package.id, model.Package.name, model.Package.title).where(
        model.Package.id.in_(list(package_ids))
    )
    return {row[0]: (row[1], row[2] or row[1]) for row in model.Session.execute(query)}


def changes(run_id: int, limit: int) -> list[tuple[Change, str | None, str | None]]:
    """The first changes of a run, each with its dataset's name and title."""
    query = sa.select(Change).where(Change.run_id == run_id).order_by(Change.id).limit(limit)
    listed = list(model.Session.scalars(query))
    known = names(change.package_id for change in listed)
    return [(change, *known.get(change.package_id, (None, None))) for change in listed]


def grouped_rejections(run: HarvestRun, each: int) -> list[tuple[HarvestRejection, int]]:
    """The first rejections of each cause and field, with the number of all that share them."""
    same = {"partition_by": (HarvestRejection.code, HarvestRejection.field)}
    numbered = sa.select(
        HarvestRejection,
        sa.func.row_number().over(order_by=HarvestRejection.id, **same).label("place"),
        sa.func.count().over(**same).label("number"),
    ).where(HarvestRejection.run_id == run.rejections_run).subquery()
    row = aliased(HarvestRejection, numbered)
    query = sa.select(row, numbered.c.number).where(numbered.c.place <= each).order_by(row.id)
    return [(one, number) for one, number in model.Session.execute(query)]


def first_rejections(run: HarvestRun, limit: int) -> list[HarvestRejection]:
    """What a run rejected, in the order of the source, as far as ``limit``."""
    query = sa.select(HarvestRejection).where(HarvestRejection.run_id == run.rejections_run)
    return list(model.Session.scalars(query.order_by(HarvestRejection.id).limit(limit)))


def locked(source_id: int) -> HarvestSource | None:
    """The source's row, locked until the end of the transaction."""
    return model.Session.get(HarvestSource, source_id, with_for_update=True, populate_existing=True)


def open_runs(source_id: int) -> list[HarvestRun]:
    """Runs of a source that wait or are under way."""
    query = sa.select(HarvestRun).where(
        HarvestRun.source_id == source_id, HarvestRun.state.in_(("waiting", "running"))
    )
    return list(model.Session.scalars(query.order_by(HarvestRun.id)))


def record(source_id: int, draft: str) -> HarvestRecord | None:
    """What became of a draft."""
    return model.Session.get(HarvestRecord, (source_id, draft))
