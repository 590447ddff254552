"""What the DataStore's database really holds, asked of PostgreSQL itself."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2 import sql

from ckanext.jenasmartcity.harvest import aside

# CKAN's own two columns belong to no feed.
_SHAPES = sa.text("""
    SELECT c.relname AS id, CAST(json_object_agg(a.attname, t.typname) AS text) AS columns,
        concat_ws('/', c.oid, c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del) AS stamp
    FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY(:ids)
        AND a.attname NOT IN ('_id', '_full_text')
    GROUP BY c.oid, c.relname, c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del
""")
_ASIDE = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = :schema")


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is.  columns: name -> PostgreSQL's type.  stamp: another one whenever rows came or went."""

    columns: Mapping[str, str]
    stamp: str


def shapes(ids: Collection[str]) -> dict[str, Shape]:
    """Those of the tables that exist, by resource id."""
    with get_write_engine().connect() as connection:
        rows = connection.execute(_SHAPES, {"ids": list(ids)})
        return {row.id: Shape(json.loads(row.columns), row.stamp) for row in rows}


def size(resource_id: str) -> int:
    """Number of rows of a table, counted."""
    with get_write_engine().connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(resource_id)))
        return int(cursor.fetchone()[0])


def put_aside() -> set[str]:
    """Resource ids of tables that a load has put aside and not brought back."""
    with get_write_engine().connect() as connection:
        return {aside.resource(name) for name in connection.scalars(_ASIDE, {"schema": aside.SCHEMA})}
