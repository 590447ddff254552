"""The outbox: what was written and must be followed up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE

# Lanes in which changes are followed up side by side, by tick and a run that ends; a power of two.
LANES = 2
# First key of their advisory locks.
_LOCK = 0x6A656E61


class Change(tk.BaseModel):
    """The outbox: one row per write to a dataset, read after commit."""

    __tablename__ = "jenasmartcity_change"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)
    fields: Mapped[list[str]] = mapped_column(JSONB)
    rows_added: Mapped[int] = mapped_column(sa.Integer, default=0)
    rows_removed: Mapped[int] = mapped_column(sa.Integer, default=0)
    run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    created: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    done_at: Mapped[dt.datetime | None] = mapped_column(AWARE)


def note(rows: Sequence[Mapping[str, Any]]) -> None:
    """Say what was written; rows: package_id, fields, run_id, rows_added, rows_removed."""
    if rows:
        model.Session.execute(sa.insert(Change), [dict(row) for row in rows])


def take_lane() -> int | None:
    """A lane with pending changes that is this process's until the transaction ends; None if nothing pends.

    Of two that index the same dataset the one that read first may write last: so each lane
    is followed by one process at a time.  Waits where others have all of them.
    """
    waiting = [lane for lane in range(LANES) if pending(lane, 1)]
    for lane in waiting:
        if model.Session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK, lane))):
            return lane
    if waiting:
        model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, waiting[0])))
        return waiting[0]
    return None


def pending(lane: int | None = None, limit: int = 100) -> list[tuple[int, str]]:
    """(id, package id) of the oldest changes, in a lane or in all, that nobody has acted upon."""
    query = sa.select(Change.id, Change.package_id).where(Change.done_at.is_(None)).order_by(Change.id)
    if lane is not None:
        # a dataset's changes are all in one lane
        query = query.where(sa.func.hashtext(Change.package_id).op("&")(LANES - 1) == lane)
    return [(row.id, row.package_id) for row in model.Session.execute(query.limit(limit))]


def done(changes: Iterable[int]) -> None:
    """Mark changes as acted upon."""
    model.Session.execute(sa.update(Change).where(Change.id.in_(list(changes))).values(done_at=sa.func.now()))
