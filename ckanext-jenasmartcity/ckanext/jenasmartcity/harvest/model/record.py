"""What the drafts of a source became."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.harvest.model.base import AWARE


class HarvestRecord(tk.BaseModel):
    """What a draft became.  source_hash: of the draft and all that is done with it,
    content_hash: of the dataset that came of it.  tables: name -> {id, structure, rows, records}, the hashes
    and the number of rows of what was loaded last.  identities: what other sources would
    call the same dataset (sameness.identities).  An unchanged draft is not written:
    one that is not absent was last seen by the source's last complete run."""

    __tablename__ = "jenasmartcity_harvest_record"

    source_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    draft: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text, index=True)
    content_hash: Mapped[str] = mapped_column(sa.Text)
    source_hash: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    fields: Mapped[list[str]] = mapped_column(JSONB)
    tables: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    identities: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    first_seen: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    changed: Mapped[dt.datetime] = mapped_column(AWARE, server_default=sa.func.now())
    last_seen: Mapped[dt.datetime | None] = mapped_column(AWARE)
    absent_since: Mapped[dt.datetime | None] = mapped_column(AWARE)
    absent_runs: Mapped[int] = mapped_column(sa.Integer, default=0)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(AWARE)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a run sees it.  state: of its dataset in CKAN, None where there is none any more."""

    draft: str
    package_id: str
    content_hash: str
    source_hash: str
    fields: list[str]
    tables: dict[str, Any]
    absent_since: dt.datetime | None
    absent_runs: int
    withdrawn_at: dt.datetime | None
    state: str | None


_NAMES = tuple(one.name for one in dataclasses.fields(Record))[:-1]


def records(source_id: int) -> dict[str, HarvestRecord]:
    """What became of the source's drafts, by draft id."""
    found = model.Session.scalars(sa.select(HarvestRecord).where(HarvestRecord.source_id == source_id))
    return {record.draft: record for record in found}


def known(source_id: int) -> dict[str, Record]:
    """The same for a run: one question, and nothing that a commit would make stale."""
    columns = [getattr(HarvestRecord, name) for name in _NAMES]
    query = sa.select(*columns, model.Package.state).outerjoin(
        model.Package, model.Package.id == HarvestRecord.package_id
    ).where(HarvestRecord.source_id == source_id)
    return {row.draft: Record(*row) for row in model.Session.execute(query)}


def any_known(source_id: int) -> bool:
    """Whether the source has ever given a dataset."""
    query = sa.select(HarvestRecord.draft).where(HarvestRecord.source_id == source_id).limit(1)
    return model.Session.scalar(query) is not None


def remember(source_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what drafts have become.

    rows: draft, package_id, content_hash, source_hash, fields, tables, identities, changed.
    """
    if not rows:
        return
    present = {"absent_since": None, "absent_runs": 0, "withdrawn_at": None, "last_seen": None}
    values = [{**row, **present, "source_id": source_id} for row in rows]
    query = insert(HarvestRecord)
    updated = {name: query.excluded[name] for name in values[0] if name not in ("source_id", "draft")}
    model.Session.execute(query.on_conflict_do_update(index_elements=["source_id", "draft"], set_=updated), values)


def stamp(source_id: int, seen: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    """draft -> (source_hash, identities): read with another release of the portal, they are the same datasets."""
    if seen:
        table = HarvestRecord.__table__
        query = sa.update(table).where(table.c.source_id == source_id, table.c.draft == sa.bindparam("of"))
        rows = [{"of": draft, "now": hash_, "same": list(same)} for draft, (hash_, same) in seen.items()]
        values = {"source_hash": sa.bindparam("now"), "identities": sa.bindparam("same")}
        model.Session.execute(query.values(**values), rows)


def seen(source_id: int, drafts: Sequence[str]) -> None:
    """These were missing and are there again."""
    _change(source_id, drafts, absent_since=None, absent_runs=0, last_seen=None)


def missed(source_id: int, drafts: Sequence[str], runs: int, now: dt.datetime, last_seen: dt.datetime | None) -> None:
    """These are missing for the ``runs``-th complete run."""
    _change(
        source_id, drafts, absent_runs=runs, absent_since=sa.func.coalesce(HarvestRecord.absent_since, now),
        last_seen=sa.func.coalesce(HarvestRecord.last_seen, last_seen),
    )


def gone(source_id: int, draft: str, now: dt.datetime, fields: Sequence[str]) -> None:
    """This one's dataset is withdrawn; should it come back, it is written anew."""
    _change(source_id, [draft], withdrawn_at=now, content_hash="", source_hash="", fields=list(fields))


def _change(source_id: int, drafts: Sequence[str], **values: Any) -> None:
    if drafts:
        query = sa.update(HarvestRecord).where(
            HarvestRecord.source_id == source_id, HarvestRecord.draft.in_(list(drafts))
        )
        model.Session.execute(query.values(**values).execution_options(synchronize_session=False))
