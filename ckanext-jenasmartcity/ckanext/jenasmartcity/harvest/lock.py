"""One run per source at a time, for as long as its process lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ckan.model as model
import sqlalchemy as sa

from ckanext.jenasmartcity.harvest.model import LOCK


@contextmanager
def locked(source_id: int) -> Iterator[bool]:
    """Whether the source was free; it is held until the block ends or the process dies.

    The lock belongs to a connection of its own, outside the session, so that commits do
    not touch it and PostgreSQL drops it with the connection.
    """
    engine = model.ensure_engine()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        keys = {"room": LOCK, "source": source_id}
        if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:room, :source)"), keys):
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:room, :source)"), keys)
