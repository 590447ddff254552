"""Attempts to harvest a source, and what they rejected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestRun(tk.BaseModel):
    """One attempt.  state: waiting, running, done, held (done, and something waits for a
    decision: absence.Held), failed (a broken source) or interrupted.  decision: accepted
    or refused.  found = added + updated + unchanged + rejected + withdrawn.
    rejections_run: the run whose rejections are this one's too.  faulty: it had records
    that nobody meant to leave out, so what it did not find may be among them.  done, total:
    datasets so far and in all.  kept: what a steward has refused to let go and the source
    still lacks (absence.Held).  remarks: what is published and still worth a look
    (remarks.Remarks).  only: the one draft that is harvested.  drop_id: the file
    that is read in place of the address."""

    __tablename__ = "jenasmartcity_harvest_run"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.Integer, index=True)
    state: Mapped[str] = mapped_column(sa.Text)
    created: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    started: Mapped[dt.datetime | None] = mapped_column(AWARE)
    finished: Mapped[dt.datetime | None] = mapped_column(AWARE)
    found: Mapped[int] = mapped_column(sa.Integer, default=0)
    added: Mapped[int] = mapped_column(sa.Integer, default=0)
    updated: Mapped[int] = mapped_column(sa.Integer, default=0)
    unchanged: Mapped[int] = mapped_column(sa.Integer, default=0)
    rejected: Mapped[int] = mapped_column(sa.Integer, default=0)
    withdrawn: Mapped[int] = mapped_column(sa.Integer, default=0)
    error_code: Mapped[str | None] = mapped_column(sa.Text)
    error_values: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    not_modified: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    rejections_run: Mapped[int | None] = mapped_column(sa.BigInteger)
    faulty: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    done: Mapped[int] = mapped_column(sa.Integer, default=0)
    total: Mapped[int] = mapped_column(sa.Integer, default=0)
    only: Mapped[str | None] = mapped_column(sa.Text)
    asked_by: Mapped[str | None] = mapped_column(sa.Text)
    drop_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    held: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    kept: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    remarks: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    decision: Mapped[str | None] = mapped_column(sa.Text)
    decided_by: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[dt.datetime | None] = mapped_column(AWARE)


class HarvestRejection(tk.BaseModel):
    """A record that a run did not publish, and why (reasons.REASONS)."""

    __tablename__ = "jenasmartcity_harvest_rejection"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    record: Mapped[str] = mapped_column(sa.Text)
    code: Mapped[str] = mapped_column(sa.Text)
    field: Mapped[str | None] = mapped_column(sa.Text)
    values: Mapped[dict[str, str]] = mapped_column(JSONB)


def runs(source_id: int, limit: int = 10) -> list[HarvestRun]:
    """The latest runs of a source, newest first."""
    query = sa.select(HarvestRun).where(HarvestRun.source_id == source_id)
    return list(model.Session.scalars(query.order_by(HarvestRun.id.desc()).limit(limit)))


def last_complete(source_id: int) -> HarvestRun | None:
    """The last run that read the whole source."""
    query = sa.select(HarvestRun).where(HarvestRun.source_id == source_id, HarvestRun.state.in_(("done", "held")))
    query = query.where(HarvestRun.only.is_(None))
    return model.Session.scalars(query.order_by(HarvestRun.id.desc()).limit(1)).first()


def by_id(run_id: int) -> HarvestRun | None:
    """The run with that id."""
    return model.Session.get(HarvestRun, run_id)


def in_state(state: str, before: dt.datetime) -> list[HarvestRun]:
    """Runs in a state that were created before that time."""
    query = sa.select(HarvestRun).where(HarvestRun.state == state, HarvestRun.created < before)
    return list(model.Session.scalars(query.order_by(HarvestRun.id)))


def progress(run_id: int, done: int, total: int) -> None:
    """Say how far a run is; seen with the next commit."""
    query = sa.update(HarvestRun).where(HarvestRun.id == run_id).values(done=done, total=total)
    model.Session.execute(query.execution_options(synchronize_session=False))


def take(run_id: int) -> HarvestRun | None:
    """The run, locked, if it still waits and nobody else is taking it up."""
    query = sa.select(HarvestRun).where(HarvestRun.id == run_id, HarvestRun.state == "waiting")
    return model.Session.scalars(query.with_for_update(skip_locked=True)).first()


def interrupt(source_id: int, now: dt.datetime, but: int | None = None) -> int:
    """End runs of a source that nobody works on any more, all ``but`` one; their number."""
    query = sa.update(HarvestRun).where(
        HarvestRun.source_id == source_id, HarvestRun.state == "running", HarvestRun.id != (but or 0),
    )
    ended = query.values(state="interrupted", finished=now).execution_options(synchronize_session=False)
    return int(model.Session.execute(ended).rowcount)


def rejections(run: HarvestRun) -> list[HarvestRejection]:
    """What a run rejected, in the order of the source."""
    query = sa.select(HarvestRejection).where(HarvestRejection.run_id == run.rejections_run)
    return list(model.Session.scalars(query.order_by(HarvestRejection.id)))


def store_rejections(run: HarvestRun, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep what this run rejected; the same as before is pointed to, not written again."""
    session = model.Session
    listed = [dict(row) for row in rows]
    earlier = last_complete(run.source_id)
    known = earlier.rejections_run if earlier else None
    columns = (HarvestRejection.record, HarvestRejection.code, HarvestRejection.field, HarvestRejection.values)
    stored = sa.select(*columns).where(HarvestRejection.run_id == known).order_by(HarvestRejection.id)
    if known is not None and [dict(row) for row in session.execute(stored).mappings()] == listed:
        run.rejections_run = known
        return
    run.rejections_run = run.id
    if listed:
        session.execute(sa.insert(HarvestRejection), [{**row, "run_id": run.id} for row in listed])
