"""Sources, runs, records, rejections, the change outbox and tick's beat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jenasmartcity_harvest_0001"
down_revision = None
branch_labels = None
depends_on = None

_AWARE = sa.DateTime(timezone=True)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, _AWARE, nullable=False, server_default=sa.func.now())


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _json(name: str, default: str = "{}") -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False, server_default=default)


def upgrade() -> None:
    """Create the tables."""
    _sources()
    _runs()
    _records()
    op.create_table(
        "jenasmartcity_change",
        sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("package_id", sa.Text, nullable=False),
        _json("fields", "[]"), _count("rows_added"), _count("rows_removed"), sa.Column("run_id", sa.BigInteger),
        _now("created"), sa.Column("done_at", _AWARE),
    )
    op.create_index(
        "ix_jenasmartcity_change_pending", "jenasmartcity_change", ["id"], postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "jenasmartcity_tick", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("last_seen", _AWARE, nullable=False),
    )


def _sources() -> None:
    op.create_table(
        "jenasmartcity_harvest_source",
        sa.Column("id", sa.Integer, primary_key=True), sa.Column("uid", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False, unique=True), _json("title"),
        sa.Column("connector", sa.Text, nullable=False), sa.Column("url", sa.Text, nullable=False),
        sa.Column("organization", sa.Text, nullable=False), sa.Column("schedule", sa.Text),
        _json("options"), _json("origin"), _json("defaults"), _json("drafts"),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("seed_hash", sa.Text), _json("validators"), sa.Column("due_at", _AWARE),
        _now("created"), _now("modified"),
    )


def _runs() -> None:
    op.create_table(
        "jenasmartcity_harvest_run",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("source_id", sa.Integer, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False), _now("created"), sa.Column("started", _AWARE),
        sa.Column("finished", _AWARE), _count("found"), _count("added"), _count("updated"), _count("unchanged"),
        _count("rejected"), _count("withdrawn"), sa.Column("error_code", sa.Text), _json("error_values"),
        sa.Column("not_modified", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("rejections_run", sa.BigInteger),
    )
    op.create_index(
        "ix_jenasmartcity_harvest_run_open", "jenasmartcity_harvest_run", ["state"],
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "jenasmartcity_harvest_rejection",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("run_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("record", sa.Text, nullable=False), sa.Column("code", sa.Text, nullable=False),
        sa.Column("field", sa.Text), _json("values"),
    )


def _records() -> None:
    op.create_table(
        "jenasmartcity_harvest_record",
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("draft", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("content_hash", sa.Text, nullable=False), _json("fields", "[]"), _json("tables"),
        _now("first_seen"), _now("changed"), sa.Column("absent_since", _AWARE),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("harvest_rejection", "harvest_record", "harvest_run", "harvest_source", "change", "tick"):
        op.drop_table(f"jenasmartcity_{table}")
