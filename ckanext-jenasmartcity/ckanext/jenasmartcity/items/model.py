"""The table of single learning offers, loaded by COPY and merge.

The only module of this room with SQL.  Functions work in the current session and leave
the commit to their caller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from psycopg2 import sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.items.stream import Stream

_AWARE = sa.DateTime(timezone=True)


class LearningItem(tk.BaseModel):
    """One offer (connectors.base.Item).  uid: its public id.  A bare date as start or end
    is midnight in Berlin and ``whole_days`` is true.  dirty: the index does not know yet."""

    __tablename__ = "jenasmartcity_item"

    source: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    source_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    uid: Mapped[str] = mapped_column(sa.Text, unique=True)
    package_id: Mapped[str] = mapped_column(sa.Text, index=True)
    provider: Mapped[str | None] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text)
    subjects: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    audience: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    course_code: Mapped[str | None] = mapped_column(sa.Text)
    course_mode: Mapped[str | None] = mapped_column(sa.Text)
    start: Mapped[dt.datetime | None] = mapped_column(_AWARE)
    end: Mapped[dt.datetime | None] = mapped_column(_AWARE)
    whole_days: Mapped[bool] = mapped_column(sa.Boolean)
    sessions: Mapped[list[list[str | None]]] = mapped_column(JSONB)
    place_name: Mapped[str | None] = mapped_column(sa.Text)
    place_street: Mapped[str | None] = mapped_column(sa.Text)
    place_postcode: Mapped[str | None] = mapped_column(sa.Text)
    place_town: Mapped[str | None] = mapped_column(sa.Text)
    place_district: Mapped[str | None] = mapped_column(sa.Text)
    place_accessible: Mapped[bool | None] = mapped_column(sa.Boolean)
    price: Mapped[Any] = mapped_column(sa.Numeric, nullable=True)
    price_note: Mapped[str | None] = mapped_column(sa.Text)
    free_of_charge: Mapped[bool | None] = mapped_column(sa.Boolean)
    places_minimum: Mapped[int | None] = mapped_column(sa.Integer)
    places_total: Mapped[int | None] = mapped_column(sa.Integer)
    places_taken: Mapped[int | None] = mapped_column(sa.Integer)
    language: Mapped[str | None] = mapped_column(sa.Text)
    level: Mapped[str | None] = mapped_column(sa.Text)
    certificate: Mapped[str | None] = mapped_column(sa.Text)
    contact_email: Mapped[str | None] = mapped_column(sa.Text)
    url: Mapped[str | None] = mapped_column(sa.Text)
    category: Mapped[str | None] = mapped_column(sa.Text)
    valid_until: Mapped[dt.date | None] = mapped_column(sa.Date)
    content_hash: Mapped[str] = mapped_column(sa.Text)
    first_seen: Mapped[dt.datetime] = mapped_column(_AWARE)
    last_changed: Mapped[dt.datetime] = mapped_column(_AWARE)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(_AWARE)
    dirty: Mapped[bool] = mapped_column(sa.Boolean, default=True)


# What an offer keeps from when it was first seen.
_KEPT = ("source", "source_id", "uid", "first_seen")


def merge(
    columns: Sequence[str], lines: Iterable[bytes], source: str, now: dt.datetime, complete: bool
) -> tuple[int, int, int]:
    """Make the source's offers equal to ``lines`` (COPY's text format, ``columns`` in order).

    complete: the source was read to its end without error, so what is missing has
    vanished.  Returns the numbers of offers added, updated and vanished; one that is the
    same is not written.
    """
    names = {
        "columns": sql.SQL(", ").join(sql.Identifier(name) for name in columns),
        "changes": sql.SQL(", ").join(
            sql.SQL("{0} = s.{0}").format(sql.Identifier(name)) for name in columns if name not in _KEPT
        ),
    }
    cursor = model.Session.connection().connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming_item")
    cursor.execute(sql.SQL(
        "CREATE TEMPORARY TABLE incoming_item ON COMMIT DROP AS"
        " SELECT {columns} FROM jenasmartcity_item WITH NO DATA"
    ).format(**names))
    copy = sql.SQL("COPY pg_temp.incoming_item ({columns}) FROM STDIN").format(**names)
    cursor.copy_expert(copy, Stream(iter(lines)))
    cursor.execute("ANALYZE pg_temp.incoming_item")
    cursor.execute(sql.SQL(
        "UPDATE jenasmartcity_item t SET {changes}, deleted_at = NULL, dirty = true FROM pg_temp.incoming_item s"
        " WHERE t.source = s.source AND t.source_id = s.source_id"
        " AND (t.content_hash <> s.content_hash OR t.deleted_at IS NOT NULL)"
    ).format(**names))
    updated = cursor.rowcount
    cursor.execute(sql.SQL(
        "INSERT INTO jenasmartcity_item ({columns}, dirty) SELECT {columns}, true FROM pg_temp.incoming_item s"
        " WHERE NOT EXISTS (SELECT 1 FROM jenasmartcity_item t"
        " WHERE t.source = s.source AND t.source_id = s.source_id)"
    ).format(**names))
    return cursor.rowcount, updated, _vanish(source, now) if complete else 0


def _vanish(source: str, now: dt.datetime) -> int:
    return model.Session.execute(sa.text(
        "UPDATE jenasmartcity_item t SET deleted_at = :now, dirty = true WHERE t.source = :source"
        " AND t.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM pg_temp.incoming_item s"
        " WHERE s.source = t.source AND s.source_id = t.source_id)"
    ), {"source": source, "now": now}).rowcount


def alive(source: str, today: dt.date) -> int:
    """Number of a source's offers that are not over; those that are may go unseen."""
    query = sa.select(sa.func.count()).select_from(LearningItem).where(
        LearningItem.source == source, LearningItem.deleted_at.is_(None),
        sa.or_(LearningItem.valid_until.is_(None), LearningItem.valid_until >= today),
    )
    return int(model.Session.scalar(query) or 0)


def hashes(source: str) -> dict[str, str]:
    """Source's id -> hash of each of a source's offers that has not vanished."""
    query = sa.select(LearningItem.source_id, LearningItem.content_hash).where(
        LearningItem.source == source, LearningItem.deleted_at.is_(None)
    )
    return {row[0]: row[1] for row in model.Session.execute(query)}


def dirty(limit: int = 1000) -> list[LearningItem]:
    """Offers whose last change the index does not know, locked against a second indexer."""
    query = sa.select(LearningItem).where(LearningItem.dirty).order_by(LearningItem.uid).limit(limit)
    return list(model.Session.scalars(query.with_for_update(skip_locked=True)))


def clean(uids: Iterable[str]) -> None:
    """Mark offers as known to the index."""
    model.Session.execute(
        sa.update(LearningItem).where(LearningItem.uid.in_(list(uids))).values(dirty=False)
        .execution_options(synchronize_session=False)
    )


def soil(uids: Iterable[str] | None = None) -> None:
    """Mark these offers for indexing; every one after the index was lost."""
    query = sa.update(LearningItem)
    if uids is not None:
        query = query.where(LearningItem.uid.in_(list(uids)))
    model.Session.execute(query.values(dirty=True).execution_options(synchronize_session=False))


def changed(after: str, upto: str | None) -> dict[str, dt.datetime | None]:
    """Offers with after < uid <= upto in the order of bytes: when each changed last.

    upto: None for all the rest.  None instead of a time: what the index will be told anyway.
    """
    key = sa.collate(LearningItem.uid, "C")
    query = sa.select(LearningItem.uid, LearningItem.last_changed, LearningItem.dirty).where(
        sa.or_(LearningItem.deleted_at.is_(None), LearningItem.dirty), key > after,
    )
    if upto is not None:
        query = query.where(key <= upto)
    return {row.uid: None if row.dirty else row.last_changed for row in model.Session.execute(query)}


def by_uid(uid: str) -> LearningItem | None:
    """The offer with that public id, unless it has vanished."""
    query = sa.select(LearningItem).where(LearningItem.uid == uid, LearningItem.deleted_at.is_(None))
    return model.Session.scalars(query).first()


def packages() -> list[str]:
    """Ids of the datasets that have offers."""
    query = sa.select(LearningItem.package_id).where(LearningItem.deleted_at.is_(None)).distinct()
    return list(model.Session.scalars(query))


def page(package_ids: Sequence[str], filters: Mapping[str, Any], limit: int, offset: int) -> tuple[
    int, list[LearningItem]
]:
    """Number of the offers of these datasets and one page of them, by source and id.

    filters: source, dataset_id (each optional).
    """
    query = sa.select(LearningItem).where(
        LearningItem.deleted_at.is_(None), LearningItem.package_id.in_(list(package_ids))
    )
    if filters.get("source"):
        query = query.where(LearningItem.source == filters["source"])
    if filters.get("dataset_id"):
        query = query.where(LearningItem.package_id == filters["dataset_id"])
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(LearningItem.source, LearningItem.source_id).limit(limit).offset(offset)
    return count, list(model.Session.scalars(ordered))
