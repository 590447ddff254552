"""What was told to those who look after a source."""

from __future__ import annotations

import datetime as dt

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestNotice(tk.BaseModel):
    """One occasion.  kind: failing, held or overdue.  sent_at: when the mail left.
    ended_at: when the occasion was over; there is one open notice of a kind per source."""

    __tablename__ = "jenasmartcity_harvest_notice"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.Integer, index=True)
    run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    created: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    sent_at: Mapped[dt.datetime | None] = mapped_column(AWARE)
    ended_at: Mapped[dt.datetime | None] = mapped_column(AWARE)
