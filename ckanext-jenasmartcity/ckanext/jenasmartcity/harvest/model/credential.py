"""Secrets that a source's server asks for, encrypted (harvest/credentials.py)."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestCredential(tk.BaseModel):
    """One secret of a source; value: encrypted with a key that is not in the database."""

    __tablename__ = "jenasmartcity_harvest_credential"

    source_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    value: Mapped[bytes] = mapped_column(sa.LargeBinary)
    modified: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())


def credentials(source_id: int) -> dict[str, HarvestCredential]:
    """The secrets of a source by name, encrypted."""
    found = model.Session.scalars(sa.select(HarvestCredential).where(HarvestCredential.source_id == source_id))
    return {row.name: row for row in found}
