"""Who writes for a source."""

from __future__ import annotations

import datetime as dt

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestLease(tk.BaseModel):
    """Who writes for a source, until when (harvest/lease.py)."""

    __tablename__ = "jenasmartcity_harvest_lease"

    source_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    fence: Mapped[int] = mapped_column(sa.BigInteger)
    holder: Mapped[str | None] = mapped_column(sa.Text)
    lease_until: Mapped[dt.datetime] = mapped_column(AWARE)
