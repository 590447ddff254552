"""Tables of the harvest: sources, runs, records, rejections, the change outbox, tick's beat.

The only module of this room with SQL on CKAN's database.  Every function works in the
current session and leaves the commit to its caller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import psycopg2
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

_AWARE = sa.DateTime(timezone=True)
# What the database's absence looks like to those who must survive it, also past SQLAlchemy in a COPY.
DatabaseAwayErrors = (sa.exc.DBAPIError, psycopg2.OperationalError, psycopg2.InterfaceError)


class HarvestSource(tk.BaseModel):
    """Where data come from.  ``uid`` makes the ids of its datasets, so that a repeated
    run meets its own earlier writes.  ``validators``: what the last complete run was told."""

    __tablename__ = "jenasmartcity_harvest_source"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    uid: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text, unique=True)
    title: Mapped[dict[str, str]] = mapped_column(JSONB)
    connector: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str] = mapped_column(sa.Text)
    organization: Mapped[str] = mapped_column(sa.Text)
    schedule: Mapped[str | None] = mapped_column(sa.Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    origin: Mapped[dict[str, Any]] = mapped_column(JSONB)
    defaults: Mapped[dict[str, Any]] = mapped_column(JSONB)
    drafts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    seed_hash: Mapped[str | None] = mapped_column(sa.Text)
    validators: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    due_at: Mapped[dt.datetime | None] = mapped_column(_AWARE)
    created: Mapped[dt.datetime] = mapped_column(_AWARE, server_default=sa.func.now())
    modified: Mapped[dt.datetime] = mapped_column(_AWARE, server_default=sa.func.now())


class HarvestRun(tk.BaseModel):
    """One attempt.  state: waiting, running, done, held (done, and something waits for a
    decision: absence.Held), failed (a broken source) or interrupted.  decision: accepted
    or refused.  found = added + updated + unchanged + rejected + withdrawn.
    rejections_run: the run whose rejections are this one's too."""

    __tablename__ = "jenasmartcity_harvest_run"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.Integer, index=True)
    state: Mapped[str] = mapped_column(sa.Text)
    created: Mapped[dt.datetime] = mapped_column(_AWARE, server_default=sa.func.now())
    started: Mapped[dt.datetime | None] = mapped_column(_AWARE)
    finished: Mapped[dt.datetime | None] = mapped_column(_AWARE)
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
    held: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    decision: Mapped[str | None] = mapped_column(sa.Text)
    decided_by: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[dt.datetime | None] = mapped_column(_AWARE)


class HarvestRecord(tk.BaseModel):
    """What a draft became.  tables: name -> {id, structure, rows, records}, the hashes
    and the number of rows of what was loaded last.  An unchanged draft is not written."""

    __tablename__ = "jenasmartcity_harvest_record"

    source_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    draft: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text, index=True)
    content_hash: Mapped[str] = mapped_column(sa.Text)
    fields: Mapped[list[str]] = mapped_column(JSONB)
    tables: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    first_seen: Mapped[dt.datetime] = mapped_column(_AWARE, server_default=sa.func.now())
    changed: Mapped[dt.datetime] = mapped_column(_AWARE, server_default=sa.func.now())
    absent_since: Mapped[dt.datetime | None] = mapped_column(_AWARE)
    absent_runs: Mapped[int] = mapped_column(sa.Integer, default=0)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(_AWARE)


class HarvestRejection(tk.BaseModel):
    """A record that a run did not publish, and why (reasons.REASONS)."""

    __tablename__ = "jenasmartcity_harvest_rejection"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    record: Mapped[str] = mapped_column(sa.Text)
    code: Mapped[str] = mapped_column(sa.Text)
    field: Mapped[str | None] = mapped_column(sa.Text)
    values: Mapped[dict[str, str]] = mapped_column(JSONB)


class Change(tk.BaseModel):
    """The outbox: one row per write to a dataset, read after commit."""

    __tablename__ = "jenasmartcity_change"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)
    fields: Mapped[list[str]] = mapped_column(JSONB)
    rows_added: Mapped[int] = mapped_column(sa.Integer, default=0)
    rows_removed: Mapped[int] = mapped_column(sa.Integer, default=0)
    run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    created: Mapped[dt.datetime] = mapped_column(_AWARE, server_default=sa.func.now())
    done_at: Mapped[dt.datetime | None] = mapped_column(_AWARE)


class HarvestLease(tk.BaseModel):
    """Who writes for a source, until when (harvest/lease.py)."""

    __tablename__ = "jenasmartcity_harvest_lease"

    source_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    fence: Mapped[int] = mapped_column(sa.BigInteger)
    holder: Mapped[str | None] = mapped_column(sa.Text)
    lease_until: Mapped[dt.datetime] = mapped_column(_AWARE)


class Tick(tk.BaseModel):
    """When the tick process was last seen; one row."""

    __tablename__ = "jenasmartcity_tick"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    last_seen: Mapped[dt.datetime] = mapped_column(_AWARE)


def sources(name: str | None = None) -> list[HarvestSource]:
    """The source of that name, or all of them by name."""
    query = sa.select(HarvestSource).order_by(HarvestSource.name)
    if name is not None:
        query = query.where(HarvestSource.name == name)
    return list(model.Session.scalars(query))


def records(source_id: int) -> dict[str, HarvestRecord]:
    """What became of the source's drafts, by draft id."""
    found = model.Session.scalars(sa.select(HarvestRecord).where(HarvestRecord.source_id == source_id))
    return {record.draft: record for record in found}


def runs(source_id: int, limit: int = 10) -> list[HarvestRun]:
    """The latest runs of a source, newest first."""
    query = sa.select(HarvestRun).where(HarvestRun.source_id == source_id)
    return list(model.Session.scalars(query.order_by(HarvestRun.id.desc()).limit(limit)))


def last_complete(source_id: int) -> HarvestRun | None:
    """The last run that read the whole source."""
    query = sa.select(HarvestRun).where(HarvestRun.source_id == source_id, HarvestRun.state.in_(("done", "held")))
    return model.Session.scalars(query.order_by(HarvestRun.id.desc()).limit(1)).first()


def by_id(run_id: int) -> HarvestRun | None:
    """The run with that id."""
    return model.Session.get(HarvestRun, run_id)


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


def pending(limit: int = 500) -> list[tuple[int, str]]:
    """(id, package id) of the oldest changes that nobody has acted upon."""
    query = sa.select(Change.id, Change.package_id).where(Change.done_at.is_(None)).order_by(Change.id)
    return [(row.id, row.package_id) for row in model.Session.execute(query.limit(limit))]


def done(changes: Iterable[int]) -> None:
    """Mark changes as acted upon."""
    model.Session.execute(sa.update(Change).where(Change.id.in_(list(changes))).values(done_at=sa.func.now()))


def due(now: dt.datetime) -> list[HarvestSource]:
    """Active sources with a schedule whose time has come, locked against a second tick."""
    query = sa.select(HarvestSource).where(
        HarvestSource.active, HarvestSource.schedule.is_not(None),
        sa.or_(HarvestSource.due_at.is_(None), HarvestSource.due_at <= now),
    )
    return list(model.Session.scalars(query.order_by(HarvestSource.id).with_for_update(skip_locked=True)))


def in_state(state: str, before: dt.datetime) -> list[HarvestRun]:
    """Runs in a state that were created before that time."""
    query = sa.select(HarvestRun).where(HarvestRun.state == state, HarvestRun.created < before)
    return list(model.Session.scalars(query.order_by(HarvestRun.id)))


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


def beat(now: dt.datetime) -> None:
    """Say that tick is alive."""
    model.Session.merge(Tick(id=1, last_seen=now))


def last_beat() -> dt.datetime | None:
    """When tick was last seen."""
    return model.Session.scalar(sa.select(Tick.last_seen).where(Tick.id == 1))
