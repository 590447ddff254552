"""Sources that came from the configuration once: one that was deleted since does not come back."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column


class HarvestSeeded(tk.BaseModel):
    """The name of a source that was brought in from the configuration."""

    __tablename__ = "jenasmartcity_harvest_seeded"

    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)


def seeded() -> set[str]:
    """Names of all sources that were ever brought in."""
    return set(model.Session.scalars(sa.select(HarvestSeeded.name)))
