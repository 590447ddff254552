"""What ``package_dictize`` asks of each dataset, asked for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData


@dataclass(frozen=True, slots=True)
class Parts:
    """The answers.

    known: ids of the datasets asked for.  rows: (table, id of the dataset, for "group" of its
    organisation) -> rows.  others: (table, id) of what is rare and was not fetched.
    """

    known: frozenset[str]
    rows: Mapping[tuple[str, str], Sequence[Any]]
    others: frozenset[tuple[str, str]]

    def get(self, table: str, package: Any) -> Sequence[Any] | None:
        """The rows; None for what must be asked."""
        if package.id not in self.known or (table, package.id) in self.others:
            return None
        return self.rows.get((table, package.owner_org if table == "group" else package.id), ())


def parts(packages: Sequence[Any]) -> Parts:
    """Resources, tags and organisations of these datasets; which have groups or relationships."""
    ids = [one.id for one in packages]
    resource, member, relation = model.resource_table, model.member_table, model.package_relationship_table
    rows: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in model.Session.execute(sa.select(resource).where(resource.c.package_id.in_(ids))):
        rows["resource", row.package_id].append(row)
    for package_id, row in _tags(ids):
        rows["package_tag", package_id].append(row)
    owners = {one.owner_org for one in packages}
    group = model.group_table
    for row in model.Session.execute(sa.select(group).where(group.c.id.in_(owners), group.c.state == "active")):
        rows["group", row.id].append(row)
    grouped = sa.select(sa.literal("member"), member.c.table_id).where(
        member.c.table_id.in_(ids), member.c.capacity != "organization",
    )
    related = (sa.select(sa.literal("package_relationship"), column).where(column.in_(ids))
               for column in (relation.c.subject_package_id, relation.c.object_package_id))
    others = model.Session.execute(sa.union_all(grouped, *related))
    return Parts(frozenset(ids), rows, frozenset((row[0], row[1]) for row in others))


def _tags(ids: Sequence[str]) -> Iterable[tuple[str, Any]]:
    """(dataset, tag and the state in which the dataset bears it), as CKAN asks for them."""
    tag, bears = model.tag_table, model.package_tag_table
    query = sa.select(bears.c.package_id, tag, bears.c.state).join(bears, tag.c.id == bears.c.tag_id)
    result = model.Session.execute(query.where(bears.c.package_id.in_(ids)))
    names = list(result.keys())
    found = list(result)
    rows = IteratorResult(SimpleResultMetaData(names[1:]), iter([tuple(row[1:]) for row in found]))
    return zip((row[0] for row in found), rows, strict=True)
