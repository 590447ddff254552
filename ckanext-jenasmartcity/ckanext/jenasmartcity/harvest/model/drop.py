"""Files that were sent to a source instead of being fetched."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE
from ckanext.jenasmartcity.harvest.model.run import HarvestRun

_PART = 4 * 1024 * 1024


class HarvestDrop(tk.BaseModel):
    """One file.  It lies in the database, so that every process of the portal sees the same."""

    __tablename__ = "jenasmartcity_harvest_drop"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.Integer, index=True)
    filename: Mapped[str] = mapped_column(sa.Text)
    media_type: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.Text)
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary))
    created: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    created_by: Mapped[str | None] = mapped_column(sa.Text)


def latest(source_id: int) -> HarvestDrop | None:
    """The file that was sent last to a source."""
    query = sa.select(HarvestDrop).where(HarvestDrop.source_id == source_id).order_by(HarvestDrop.id.desc())
    return model.Session.scalars(query.limit(1)).first()


def run_of(drop_id: int) -> HarvestRun | None:
    """The newest run that reads a file."""
    query = sa.select(HarvestRun).where(HarvestRun.drop_id == drop_id).order_by(HarvestRun.id.desc())
    return model.Session.scalars(query.limit(1)).first()


def filenames(drop_ids: Iterable[int]) -> dict[int, str]:
    """Id of a file -> its name, for those that are still kept."""
    query = sa.select(HarvestDrop.id, HarvestDrop.filename).where(HarvestDrop.id.in_(list(drop_ids)))
    return {row[0]: row[1] for row in model.Session.execute(query)}


def fill(drop_id: int, parts: Iterable[bytes]) -> None:
    """Write a file's content part by part: sent whole, it would lie in memory several times."""
    session = model.Session
    session.execute(sa.text("CREATE TEMPORARY TABLE IF NOT EXISTS incoming_drop (n int, part bytea) ON COMMIT DROP"))
    session.execute(sa.text("DELETE FROM pg_temp.incoming_drop"))
    for number, part in enumerate(parts):
        session.execute(
            sa.text("INSERT INTO pg_temp.incoming_drop (n, part) VALUES (:n, :part)"), {"n": number, "part": part}
        )
    session.execute(sa.text(
        "UPDATE jenasmartcity_harvest_drop SET content = "
        "(SELECT string_agg(part, ''::bytea ORDER BY n) FROM pg_temp.incoming_drop) WHERE id = :id"
    ), {"id": drop_id})


def content(drop_id: int) -> bytes:
    """A file's bytes, read part by part."""
    found, place = io.BytesIO(), 1
    part = sa.text("SELECT substring(content FROM :place FOR :length) FROM jenasmartcity_harvest_drop WHERE id = :id")
    while read := model.Session.scalar(part, {"id": drop_id, "place": place, "length": _PART}):
        found.write(read)
        place += _PART
    return found.getvalue()


def prune(source_id: int, keep: int) -> None:
    """Delete a source's oldest files beyond ``keep``, but none that a run still waits for."""
    newest = sa.select(HarvestDrop.id).where(HarvestDrop.source_id == source_id)
    waiting = sa.select(HarvestRun.drop_id).where(
        HarvestRun.source_id == source_id, HarvestRun.state.in_(("waiting", "running")), HarvestRun.drop_id.is_not(None)
    )
    model.Session.execute(sa.delete(HarvestDrop).where(
        HarvestDrop.source_id == source_id, HarvestDrop.id.not_in(waiting),
        HarvestDrop.id.not_in(newest.order_by(HarvestDrop.id.desc()).limit(keep)),
    ).execution_options(synchronize_session=False))
