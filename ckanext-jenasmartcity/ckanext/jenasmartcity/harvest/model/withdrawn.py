"""Datasets are marked as withdrawn, as ``package_patch`` with this one field would do it, many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import ckan.model as model
import sqlalchemy as sa

from ckanext.jenasmartcity.schemas.rules.withdrawn import FIELD

_MARK = sa.text("""
    UPDATE package SET metadata_modified = :now,
        extras = coalesce(extras, CAST('{}' AS jsonb)) || jsonb_build_object(CAST(:field AS text), CAST(:day AS text))
    WHERE id = ANY(:ids) AND state = 'active'
    RETURNING id
""")


def mark(package_ids: Collection[str], day: dt.date) -> list[str]:
    """Mark those of the datasets that are active; their ids.  Whether the schema would take them today does not
    matter: what is withdrawn must go whatever else is wrong with it."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    values = {"now": now, "field": FIELD, "day": day.isoformat(), "ids": list(package_ids)}
    marked = list(model.Session.scalars(_MARK, values))
    # the session may hold them as they were
    for one in marked:
        held = model.Session.identity_map.get((model.Package, (one,), None))
        if held is not None:
            model.Session.expire(held)
    return marked
