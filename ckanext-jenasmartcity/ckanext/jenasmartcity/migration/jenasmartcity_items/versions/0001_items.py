"""The table of single learning offers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "jenasmartcity_items_0001"
down_revision = None
branch_labels = None
depends_on = None

_AWARE = sa.DateTime(timezone=True)
_TEXTS = (
    "course_code", "course_mode", "place_name", "place_street", "place_postcode", "place_town", "place_district",
    "price_note", "language", "level", "certificate", "contact_email", "url", "category", "provider",
)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "jenasmartcity_item",
        sa.Column("source", sa.Text, primary_key=True), sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("uid", sa.Text, nullable=False, unique=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False), sa.Column("description", sa.Text, nullable=False),
        sa.Column("subjects", ARRAY(sa.Text), nullable=False), sa.Column("audience", ARRAY(sa.Text), nullable=False),
        sa.Column("start", _AWARE), sa.Column("end", _AWARE), sa.Column("whole_days", sa.Boolean, nullable=False),
        sa.Column("sessions", JSONB, nullable=False), sa.Column("place_accessible", sa.Boolean),
        sa.Column("price", sa.Numeric), sa.Column("free_of_charge", sa.Boolean),
        sa.Column("places_total", sa.Integer), sa.Column("places_taken", sa.Integer),
        sa.Column("valid_until", sa.Date), *(sa.Column(name, sa.Text) for name in _TEXTS),
        sa.Column("content_hash", sa.Text, nullable=False), sa.Column("first_seen", _AWARE, nullable=False),
        sa.Column("last_changed", _AWARE, nullable=False), sa.Column("deleted_at", _AWARE),
        sa.Column("dirty", sa.Boolean, nullable=False, server_default=sa.true()),
    )
    op.create_index(
        "ix_jenasmartcity_item_dirty", "jenasmartcity_item", ["uid"], postgresql_where=sa.text("dirty"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("jenasmartcity_item")
