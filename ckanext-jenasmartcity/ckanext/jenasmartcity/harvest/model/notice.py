"""What was told to those who look after a source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE
from ckanext.jenasmartcity.harvest.model.run import HarvestRun
from ckanext.jenasmartcity.harvest.model.source import HarvestSource
from ckanext.jenasmartcity.harvest.notices.occasions import FAILURES, Run, Standing, next_try

_COMPLETE = ("done", "held")
# Who looks after an organisation's sources.
_CAPACITIES = ("admin", "editor")


class HarvestNotice(tk.BaseModel):
    """One occasion.  kind: failing, held or overdue.  sent_at: when the mail had left to all.
    ended_at: when the occasion was over; there is one open notice of a kind per source.
    attempts, tried_at: of sending.  told: ids of the users who have the mail already."""

    __tablename__ = "jenasmartcity_harvest_notice"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.Integer, index=True)
    run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    created: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    sent_at: Mapped[dt.datetime | None] = mapped_column(AWARE)
    ended_at: Mapped[dt.datetime | None] = mapped_column(AWARE)
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    tried_at: Mapped[dt.datetime | None] = mapped_column(AWARE)
    told: Mapped[list[str]] = mapped_column(JSONB, default=list)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who is told by mail."""

    user_id: str
    name: str
    email: str


def standings() -> list[Standing]:
    """How every source is doing."""
    ended = _latest((*_COMPLETE, "failed"), FAILURES)
    complete = {source_id: found[0] for source_id, found in _latest(_COMPLETE, 1).items()}
    columns = (HarvestSource.id, HarvestSource.active, HarvestSource.schedule, HarvestSource.modified)
    return [
        Standing(row.id, row.active, row.schedule, row.modified, ended.get(row.id, ()), complete.get(row.id))
        for row in model.Session.execute(sa.select(*columns).order_by(HarvestSource.id))
    ]


def _latest(states: Collection[str], limit: int) -> dict[int, list[Run]]:
    columns = (HarvestRun.id, HarvestRun.state, HarvestRun.finished, HarvestRun.decision)
    query = sa.select(*columns).where(
        HarvestRun.source_id == HarvestSource.id, HarvestRun.state.in_(states), HarvestRun.finished.is_not(None),
        # one dataset alone says nothing of its source
        HarvestRun.only.is_(None),
    )
    # an index on (source_id, id) leads to these few, however many runs there were
    latest = query.order_by(HarvestRun.id.desc()).limit(limit).correlate(HarvestSource).lateral()
    found: dict[int, list[Run]] = {}
    joined = sa.select(HarvestSource.id, latest).select_from(HarvestSource).join(latest, sa.true())
    for source_id, run_id, state, finished, decision in model.Session.execute(joined.order_by(latest.c.id.desc())):
        found.setdefault(source_id, []).append(Run(run_id, state, finished, decision is not None))
    return found


def open_notices() -> list[HarvestNotice]:
    """Notices whose occasion is not over, oldest first."""
    query = sa.select(HarvestNotice).where(HarvestNotice.ended_at.is_(None))
    return list(model.Session.scalars(query.order_by(HarvestNotice.id)))


def decided() -> set[int]:
    """Ids of the open notices about something held, of which somebody has decided since."""
    query = sa.select(HarvestNotice.id).join(HarvestRun, HarvestRun.source_id == HarvestNotice.source_id).where(
        HarvestNotice.ended_at.is_(None), HarvestNotice.kind == "held", HarvestRun.id >= HarvestNotice.run_id,
        HarvestRun.decision.is_not(None),
    )
    return set(model.Session.scalars(query))


def begin(source_id: int, kind: str, run_id: int | None, now: dt.datetime) -> None:
    """Make a notice, unless one of the kind is open already."""
    values = {"source_id": source_id, "kind": kind, "run_id": run_id, "created": now, "attempts": 0, "told": []}
    model.Session.execute(insert(HarvestNotice).values(values).on_conflict_do_nothing())


def claim(notice: HarvestNotice, now: dt.datetime) -> bool:
    """Take it upon this process to send a notice, and commit; False where it is not its time.

    Of two processes that claim the same one gets it.
    """
    if notice.sent_at is not None or notice.ended_at is not None:
        return False
    due = next_try(notice.attempts, notice.tried_at) if notice.tried_at is not None else now
    if due is None or due > now:
        return False
    query = sa.update(HarvestNotice).where(
        HarvestNotice.id == notice.id, HarvestNotice.attempts == notice.attempts, HarvestNotice.sent_at.is_(None),
    )
    taken = model.Session.execute(query.values(attempts=notice.attempts + 1, tried_at=now))
    model.Session.commit()
    return bool(taken.rowcount)


def recipients(organization: str) -> list[Recipient]:
    """Active editors and administrators of an organisation who have an address."""
    query = sa.select(model.User).distinct().join(
        model.Member, sa.and_(model.Member.table_id == model.User.id, model.Member.table_name == "user"),
    ).join(model.Group, model.Group.id == model.Member.group_id).where(
        sa.or_(model.Group.name == organization, model.Group.id == organization),
        model.Group.is_organization, model.Group.state == "active", model.Member.state == "active",
        model.Member.capacity.in_(_CAPACITIES), model.User.state == "active",
        model.User.email.is_not(None), model.User.email != "",
    )
    found = model.Session.scalars(query.order_by(model.User.name))
    return [Recipient(user.id, user.display_name, user.email) for user in found]


def told_of(source_ids: Collection[int], limit: int, offset: int) -> tuple[int, Sequence[HarvestNotice]]:
    """Number of the notices of these sources, and one page of them, newest first."""
    query = sa.select(HarvestNotice).where(HarvestNotice.source_id.in_(list(source_ids)))
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    page = query.order_by(HarvestNotice.id.desc()).limit(limit).offset(offset)
    return count, list(model.Session.scalars(page))


def runs_of(notices: Collection[HarvestNotice]) -> Mapping[int, HarvestRun]:
    """The runs that the notices are about, by id."""
    ids = [notice.run_id for notice in notices if notice.run_id is not None]
    return {run.id: run for run in model.Session.scalars(sa.select(HarvestRun).where(HarvestRun.id.in_(ids)))}
