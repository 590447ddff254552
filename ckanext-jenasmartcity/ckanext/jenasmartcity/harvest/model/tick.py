"""Whether the tick process is alive."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class Tick(tk.BaseModel):
    """When the tick process was last seen; one row."""

    __tablename__ = "jenasmartcity_tick"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    last_seen: Mapped[dt.datetime] = mapped_column(AWARE)


def beat(now: dt.datetime) -> None:
    """Say that tick is alive."""
    model.Session.merge(Tick(id=1, last_seen=now))


def last_beat() -> dt.datetime | None:
    """When tick was last seen."""
    return model.Session.scalar(sa.select(Tick.last_seen).where(Tick.id == 1))
