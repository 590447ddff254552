"""What CKAN's database has, as the repair compares it with other places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import ckan.model as model
import sqlalchemy as sa

from ckanext.jenasmartcity.harvest.model.change import Change
from ckanext.jenasmartcity.harvest.model.record import HarvestRecord
from ckanext.jenasmartcity.harvest.model.run import HarvestRun
from ckanext.jenasmartcity.harvest.repair.drift import Remembered


def modified(after: str, upto: str | None) -> dict[str, dt.datetime]:
    """Datasets that the index must know, by id: when they were changed (UTC).

    Those with after < id <= upto, upto None for all the rest; in the order of bytes.
    """
    # Solr orders by bytes, PostgreSQL by the rules of a language unless told
    key = sa.collate(model.Package.id, "C")
    query = sa.select(model.Package.id, model.Package.metadata_modified).where(
        model.Package.state != "deleted", key > after,
    )
    if upto is not None:
        query = query.where(key <= upto)
    return {id_: time.replace(tzinfo=dt.UTC) for id_, time in model.Session.execute(query)}


def resources(ids: Collection[str]) -> dict[str, str]:
    """The states of those resources that exist, by id."""
    query = sa.select(model.Resource.id, model.Resource.state).where(model.Resource.id.in_(list(ids)))
    return {row.id: row.state for row in model.Session.execute(query)}


def awaited(package_ids: Collection[str]) -> set[str]:
    """Those of the datasets that the outbox will index by itself."""
    query = sa.select(Change.package_id).where(Change.done_at.is_(None), Change.package_id.in_(list(package_ids)))
    return set(model.Session.scalars(query))


def remembered(source_id: int, after: str, limit: int, drafts: Collection[str] | None = None) -> list[Remembered]:
    """The next records of a source by draft id that its last complete run saw.

    drafts: only these.
    """
    columns = (HarvestRecord.draft, HarvestRecord.package_id, HarvestRecord.content_hash, HarvestRecord.tables)
    key = sa.collate(HarvestRecord.draft, "C")
    query = sa.select(*columns).where(
        HarvestRecord.source_id == source_id, HarvestRecord.absent_since.is_(None),
        HarvestRecord.withdrawn_at.is_(None), key > after,
    )
    if drafts is not None:
        query = query.where(HarvestRecord.draft.in_(list(drafts)))
    rows = model.Session.execute(query.order_by(key).limit(limit))
    return [Remembered(row.draft, row.package_id, row.content_hash, row.tables or {}) for row in rows]


def doubt(source_id: int, record: Remembered) -> None:
    """Remember of a draft only what is certain, so that the next run writes the rest."""
    query = sa.update(HarvestRecord).where(
        HarvestRecord.source_id == source_id, HarvestRecord.draft == record.draft,
    )
    values = query.values(content_hash=record.content_hash, tables=record.tables)
    model.Session.execute(values.execution_options(synchronize_session=False))


def busy(source_id: int) -> bool:
    """Whether a run of the source waits or is at work."""
    query = sa.select(HarvestRun.id).where(
        HarvestRun.source_id == source_id, HarvestRun.state.in_(("waiting", "running")),
    )
    return model.Session.scalar(query.limit(1)) is not None
