"""What the drafts of a source became."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestRecord(tk.BaseModel):
    """What a draft became.  tables: name -> {id, structure, rows, records}, the hashes
    and the number of rows of what was loaded last.  An unchanged draft is not written:
    one that is not absent was last seen by the source's last complete run."""

    __tablename__ = "jenasmartcity_harvest_record"

    source_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    draft: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text, index=True)
    content_hash: Mapped[str] = mapped_column(sa.Text)
    fields: Mapped[list[str]] = mapped_column(JSONB)
    tables: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    first_seen: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    changed: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    last_seen: Mapped[dt.datetime | None] = mapped_column(AWARE)
    absent_since: Mapped[dt.datetime | None] = mapped_column(AWARE)
    absent_runs: Mapped[int] = mapped_column(sa.Integer, default=0)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(AWARE)


def records(source_id: int) -> dict[str, HarvestRecord]:
    """What became of the source's drafts, by draft id."""
    found = model.Session.scalars(sa.select(HarvestRecord).where(HarvestRecord.source_id == source_id))
    return {record.draft: record for record in found}
