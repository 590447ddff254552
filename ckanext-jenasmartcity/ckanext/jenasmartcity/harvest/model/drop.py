"""Files that were sent to a source instead of being fetched."""

from __future__ import annotations

import datetime as dt

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestDrop(tk.BaseModel):
    """One file.  It lies in the database, so that every process of the portal sees the same."""

    __tablename__ = "jenasmartcity_harvest_drop"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.Integer, index=True)
    filename: Mapped[str] = mapped_column(sa.Text)
    media_type: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.Text)
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary))
    created: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    created_by: Mapped[str | None] = mapped_column(sa.Text)
