"""Servers that want to be left alone for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jenasmartcity_harvest_0004"
down_revision = "jenasmartcity_harvest_0003"
branch_labels = None
depends_on = None

TABLE = "jenasmartcity_harvest_host"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        TABLE,
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("rest_until", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
