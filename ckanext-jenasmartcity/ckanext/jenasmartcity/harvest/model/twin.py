"""Datasets that everybody sees, as another source would ask for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array

from ckanext.jenasmartcity.harvest.model.record import HarvestRecord
from ckanext.jenasmartcity.harvest.model.source import HarvestSource

# What nobody may see is not spoken of, whoever asks.
_PUBLIC = (model.Package.state == "active", sa.not_(sa.func.coalesce(model.Package.private, False)))


@dataclass(frozen=True, slots=True)
class Twin:
    """A public dataset.  source: titles of the source that publishes it, empty for one that
    people entered.  organization: its name; owner: its title."""

    package_id: str
    name: str
    title: str
    source: dict[str, str]
    organization: str
    owner: str


_COLUMNS = (
    model.Package.id, model.Package.name, model.Package.title, HarvestSource.title.label("source"),
    model.Group.name.label("organization"), model.Group.title.label("owner"),
)


def alike(source_id: int, identities: Collection[str]) -> Iterator[tuple[list[str], Twin]]:
    """Datasets that other sources publish and that have one of these identities, with all they have."""
    # one by one, since of an overlap of arrays PostgreSQL expects so much that it would read all records
    given = sa.func.unnest(sa.cast(list(identities), ARRAY(sa.Text)))
    asked = given.table_valued(sa.column("identity", sa.Text), name="asked").render_derived()
    query = sa.select(HarvestRecord.package_id).select_from(asked).join(
        HarvestRecord, HarvestRecord.identities.contains(array([asked.c.identity]))
    ).where(HarvestRecord.source_id != source_id, HarvestRecord.withdrawn_at.is_(None))
    if found := set(model.Session.scalars(query)):
        yield from _published(source_id, found)


def _published(source_id: int, package_ids: Collection[str]) -> Iterator[tuple[list[str], Twin]]:
    query = (
        sa.select(HarvestRecord.identities, *_COLUMNS)
        .join(model.Package, model.Package.id == HarvestRecord.package_id)
        .join(HarvestSource, HarvestSource.id == HarvestRecord.source_id)
        .outerjoin(model.Group, model.Group.id == model.Package.owner_org)
        .where(HarvestRecord.package_id.in_(package_ids), HarvestRecord.source_id != source_id, *_PUBLIC)
    )
    for row in model.Session.execute(query.order_by(HarvestRecord.source_id, HarvestRecord.draft)):
        yield row[0], _twin(row[1:])


def titled(source_id: int, titles: Collection[str]) -> Iterator[Twin]:
    """Datasets with one of these titles that are not this source's, also those that people entered."""
    record = HarvestRecord
    query = (
        sa.select(*_COLUMNS)
        .outerjoin(record, record.package_id == model.Package.id)
        .outerjoin(HarvestSource, HarvestSource.id == record.source_id)
        .outerjoin(model.Group, model.Group.id == model.Package.owner_org)
        .where(
            model.Package.title == sa.any_(sa.cast(list(titles), ARRAY(sa.Text))), *_PUBLIC,
            record.source_id.is_distinct_from(source_id), record.withdrawn_at.is_(None),
        )
    )
    for row in model.Session.execute(query.order_by(model.Package.name)):
        yield _twin(row)


def _twin(row: sa.Row) -> Twin:
    id_, name, title, source, organization, owner = row
    return Twin(id_, name, title or name, source or {}, organization or "", owner or organization or "")
