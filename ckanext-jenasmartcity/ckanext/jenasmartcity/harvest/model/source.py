"""Where data come from."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.channels import CHANNELS
from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestSource(tk.BaseModel):
    """Where data come from.  ``uid`` makes the ids of its datasets, so that a repeated
    run meets its own earlier writes.  validators: what the last complete run was told.
    protected: fields of its datasets that the harvest must not overwrite.  channels: the
    ways on which its data may leave (channels.CHANNELS).  token_hash: SHA-256 of the token
    with which files may be sent.  leaving: None, or what becomes of the datasets of a source
    that is being removed: keep or withdraw."""

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
    protected: Mapped[list[str]] = mapped_column(JSONB, default=list)
    channels: Mapped[list[str]] = mapped_column(JSONB, default=lambda: list(CHANNELS))
    token_hash: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    leaving: Mapped[str | None] = mapped_column(sa.Text)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    seed_hash: Mapped[str | None] = mapped_column(sa.Text)
    validators: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    due_at: Mapped[dt.datetime | None] = mapped_column(AWARE)
    created: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    modified: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())


def sources(name: str | None = None) -> list[HarvestSource]:
    """The source of that name, or all of them by name."""
    query = sa.select(HarvestSource).order_by(HarvestSource.name)
    if name is not None:
        query = query.where(HarvestSource.name == name)
    return list(model.Session.scalars(query))


def due(now: dt.datetime) -> list[HarvestSource]:
    """Active sources with a schedule whose time has come, locked against a second tick."""
    query = sa.select(HarvestSource).where(
        HarvestSource.active, HarvestSource.schedule.is_not(None),
        sa.or_(HarvestSource.due_at.is_(None), HarvestSource.due_at <= now),
    )
    return list(model.Session.scalars(query.order_by(HarvestSource.id).with_for_update(skip_locked=True)))
