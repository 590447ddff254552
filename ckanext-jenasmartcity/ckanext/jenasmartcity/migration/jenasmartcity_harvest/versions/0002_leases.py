"""Leases with a fencing number, in place of advisory locks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jenasmartcity_harvest_0002"
down_revision = "jenasmartcity_harvest_0001"
branch_labels = None
depends_on = None

TABLE = "jenasmartcity_harvest_lease"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        TABLE,
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fence", sa.BigInteger, nullable=False), sa.Column("holder", sa.Text),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
