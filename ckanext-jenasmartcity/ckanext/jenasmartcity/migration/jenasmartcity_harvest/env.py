"""Alembic's entry point, run by ``ckan db upgrade``: one version table per plugin."""

from __future__ import annotations

from pathlib import Path

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

NAME = Path(__file__).parent.name


def migrate() -> None:
    """Run the migrations on the database that CKAN named."""
    section = context.config.get_section(context.config.config_ini_section) or {}
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, version_table=f"{NAME}_alembic_version",
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
