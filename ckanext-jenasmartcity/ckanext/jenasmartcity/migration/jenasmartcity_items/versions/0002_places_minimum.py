"""How many people an offer needs to take place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jenasmartcity_items_0002"
down_revision = "jenasmartcity_items_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("jenasmartcity_item", sa.Column("places_minimum", sa.Integer))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("jenasmartcity_item", "places_minimum")
