"""What stewards do with sources: protected fields, channels, credentials, drops, requests, notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "jenasmartcity_harvest_0005"
down_revision = "jenasmartcity_harvest_0004"
branch_labels = None
depends_on = None

SOURCE, RUN, RECORD = "jenasmartcity_harvest_source", "jenasmartcity_harvest_run", "jenasmartcity_harvest_record"
HOST = "jenasmartcity_harvest_host"
CREDENTIAL, DROP, NOTICE = (
    "jenasmartcity_harvest_credential", "jenasmartcity_harvest_drop", "jenasmartcity_harvest_notice",
)
SEEDED = "jenasmartcity_harvest_seeded"
TITLES = "ix_jenasmartcity_harvest_package_letters"
_AWARE = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and create the tables."""
    op.add_column(SOURCE, sa.Column("protected", JSONB, nullable=False, server_default="[]"))
    op.add_column(SOURCE, sa.Column("channels", JSONB, nullable=False, server_default='["catalog", "feed"]'))
    op.add_column(SOURCE, sa.Column("token_hash", sa.Text, unique=True))
    op.add_column(SOURCE, sa.Column("leaving", sa.Text))
    op.add_column(RUN, sa.Column("faulty", sa.Boolean, nullable=False, server_default="false"))
    op.add_column(RUN, sa.Column("done", sa.Integer, nullable=False, server_default="0"))
    op.add_column(RUN, sa.Column("total", sa.Integer, nullable=False, server_default="0"))
    op.add_column(RUN, sa.Column("only", sa.Text))
    op.add_column(RUN, sa.Column("asked_by", sa.Text))
    op.add_column(RUN, sa.Column("drop_id", sa.BigInteger))
    op.add_column(RUN, sa.Column("kept", JSONB, nullable=False, server_default="{}"))
    op.add_column(RUN, sa.Column("remarks", JSONB, nullable=False, server_default="{}"))
    op.add_column(RECORD, sa.Column("last_seen", _AWARE))
    op.add_column(RECORD, sa.Column("source_hash", sa.Text, nullable=False, server_default=""))
    op.add_column(RECORD, sa.Column("identities", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.add_column(HOST, sa.Column("next_at", _AWARE))
    _tables()
    _indexes()


def _tables() -> None:
    op.create_table(SEEDED, sa.Column("name", sa.Text, primary_key=True))
    op.create_table(
        CREDENTIAL,
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("modified", _AWARE, nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        DROP,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("source_id", sa.Integer, nullable=False, index=True),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created", _AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("created_by", sa.Text),
    )
    # read part by part: a compressed value would be unpacked from its start for each
    op.execute(f"ALTER TABLE {DROP} ALTER COLUMN content SET STORAGE EXTERNAL")
    op.create_table(
        NOTICE,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("source_id", sa.Integer, nullable=False, index=True),
        sa.Column("run_id", sa.BigInteger),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created", _AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", _AWARE),
        sa.Column("ended_at", _AWARE),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tried_at", _AWARE),
        sa.Column("told", JSONB, nullable=False, server_default="[]"),
    )


def _indexes() -> None:
    """For the pages of stewards: a source's latest runs, its records, what a run changed."""
    # two processes that see the same occasion make one notice
    op.create_index(
        "ix_jenasmartcity_harvest_notice_open", NOTICE, ["source_id", "kind"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(f"ix_{RUN}_latest", RUN, ["source_id", "id"])
    op.create_index(
        f"ix_{RUN}_complete", RUN, ["source_id", "id"], postgresql_where=sa.text("state IN ('done', 'held')"),
    )
    op.create_index(f"ix_{RUN}_drop", RUN, ["drop_id"], postgresql_where=sa.text("drop_id IS NOT NULL"))
    op.create_index(
        f"ix_{RECORD}_absent", RECORD, ["source_id", "draft"],
        postgresql_where=sa.text("absent_since IS NOT NULL OR withdrawn_at IS NOT NULL"),
    )
    # whether another source publishes the same dataset
    op.create_index(
        f"ix_{RECORD}_identities", RECORD, ["identities"], postgresql_using="gin",
        # else each question would read what a large run has written so far
        postgresql_with={"fastupdate": "off"},
    )
    # parts of ids, titles and names; whoever owns a database may have this extension
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(f"CREATE INDEX ix_{RECORD}_letters ON {RECORD} USING gin (draft gin_trgm_ops)")
    op.execute(f"CREATE INDEX {TITLES} ON package USING gin (title gin_trgm_ops, name gin_trgm_ops)")
    op.create_index("ix_jenasmartcity_change_run", "jenasmartcity_change", ["run_id", "id"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_jenasmartcity_change_run")
    # another one may need the extension
    op.drop_index(TITLES)
    for table, name in (
        (RECORD, "letters"), (RECORD, "identities"), (RECORD, "absent"), (RUN, "drop"), (RUN, "complete"),
        (RUN, "latest"),
    ):
        op.drop_index(f"ix_{table}_{name}")
    for table in (CREDENTIAL, DROP, NOTICE, SEEDED):
        op.drop_table(table)
    for table, names in (
        (SOURCE, ("protected", "channels", "token_hash", "leaving")),
        (RUN, ("faulty", "done", "total", "only", "asked_by", "drop_id", "kept", "remarks")),
        (RECORD, ("last_seen", "source_hash", "identities")), (HOST, ("next_at",)),
    ):
        for name in names:
            op.drop_column(table, name)
