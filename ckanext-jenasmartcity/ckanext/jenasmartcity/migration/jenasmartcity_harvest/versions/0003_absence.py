"""What is missing: counted per record, held per run, withdrawn; a steward's decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jenasmartcity_harvest_0003"
down_revision = "jenasmartcity_harvest_0002"
branch_labels = None
depends_on = None

RECORD, RUN = "jenasmartcity_harvest_record", "jenasmartcity_harvest_run"
_AWARE = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns."""
    op.add_column(RECORD, sa.Column("absent_runs", sa.Integer, nullable=False, server_default="0"))
    op.add_column(RECORD, sa.Column("withdrawn_at", _AWARE))
    op.add_column(RUN, sa.Column("held", JSONB, nullable=False, server_default="{}"))
    op.add_column(RUN, sa.Column("decision", sa.Text))
    op.add_column(RUN, sa.Column("decided_by", sa.Text))
    op.add_column(RUN, sa.Column("decided_at", _AWARE))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("absent_runs", "withdrawn_at"):
        op.drop_column(RECORD, name)
    for name in ("held", "decision", "decided_by", "decided_at"):
        op.drop_column(RUN, name)
