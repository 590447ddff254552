"""A source goes: everything that the portal remembers of it, but not its datasets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import ckan.model as model
import sqlalchemy as sa

from ckanext.jenasmartcity.harvest.model.credential import HarvestCredential
from ckanext.jenasmartcity.harvest.model.drop import HarvestDrop
from ckanext.jenasmartcity.harvest.model.notice import HarvestNotice
from ckanext.jenasmartcity.harvest.model.record import HarvestRecord
from ckanext.jenasmartcity.harvest.model.run import HarvestRejection, HarvestRun
from ckanext.jenasmartcity.harvest.model.source import HarvestSource


def leaving() -> list[int]:
    """Ids of the sources that are to go."""
    query = sa.select(HarvestSource.id).where(HarvestSource.leaving.is_not(None)).order_by(HarvestSource.id)
    return list(model.Session.scalars(query))


def call_off(source_id: int, now: dt.datetime) -> None:
    """Runs that wait are not begun any more."""
    query = sa.update(HarvestRun).where(HarvestRun.source_id == source_id, HarvestRun.state == "waiting")
    ended = query.values(state="interrupted", finished=now)
    model.Session.execute(ended.execution_options(synchronize_session=False))


def first_records(source_id: int, limit: int) -> dict[str, str]:
    """The first records of a source: draft -> id of its dataset."""
    query = sa.select(HarvestRecord.draft, HarvestRecord.package_id).where(HarvestRecord.source_id == source_id)
    rows = model.Session.execute(query.order_by(HarvestRecord.draft).limit(limit))
    return {row.draft: row.package_id for row in rows}


def forget_records(source_id: int, drafts: Collection[str]) -> None:
    """Forget what became of these drafts."""
    _delete(HarvestRecord, sa.and_(HarvestRecord.source_id == source_id, HarvestRecord.draft.in_(list(drafts))))


def remove(source_id: int) -> None:
    """Forget a source with its runs, records, secrets, files and notices.

    Its lease stays: should the id be used again, older writers are still shut out.
    """
    runs = sa.select(HarvestRun.id).where(HarvestRun.source_id == source_id)
    _delete(HarvestRejection, HarvestRejection.run_id.in_(runs))
    for table in (HarvestRun, HarvestRecord, HarvestCredential, HarvestDrop, HarvestNotice):
        _delete(table, table.source_id == source_id)
    _delete(HarvestSource, HarvestSource.id == source_id)


def _delete(table: type, condition: object) -> None:
    model.Session.execute(sa.delete(table).where(condition).execution_options(synchronize_session=False))
