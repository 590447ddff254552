"""A harvested source, and the ways in which its parts can drift apart."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib import search
from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.items import index

from . import killing
from .conftest import Feeds, act
from .killing import mixed  # noqa: F401

# datasets and offers of the source that drifts
DATASETS, OFFERS = 6, 20
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]*Z?")


def datastore(statement: str, **values: Any) -> None:
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(statement), values)


class Source:
    """A harvested source of datasets with tables and offers."""

    def __init__(self, feeds: Feeds, name: str) -> None:
        self.feeds, self.name = feeds, name
        self.give(0)

    def give(self, version: int) -> None:
        whole = json.loads(killing.feed(version))
        drafts = {one["id"] for one in whole["datasets"][:DATASETS]}
        items = [one for one in whole["items"] if one["draft"] in drafts][:OFFERS]
        body = json.dumps({"datasets": whole["datasets"][:DATASETS], "items": items})
        self.feeds.give(f"/{self.name}.json", body, "application/json")

    @property
    def row(self) -> tables.HarvestSource:
        model.Session.expire_all()
        return tables.sources(self.name)[0]

    def package(self, draft: str = "d05") -> str:
        return tables.records(self.row.id)[draft].package_id

    def table(self, draft: str = "d05") -> str:
        return tables.records(self.row.id)[draft].tables["werte"]["id"]

    def document(self) -> dict[str, Any]:
        [found] = search.make_connection(decode_dates=False).search(f'id:"{self.package()}"').docs
        return found

    def waiting(self) -> list[int]:
        return [one.id for one in tables.runs(self.row.id) if one.state == "waiting"]

    def state(self) -> Any:
        """All that it has become; a table that was loaded anew may say when."""
        return json.loads(_TIME.sub("@", json.dumps(killing.state(self.name), default=str)))


def lose_document(source: Source) -> None:
    search.make_connection().delete(id=source.document()["index_id"], commit=True)


def lose_index(_source: Source) -> None:
    search.clear_all()


_GHOSTLY = ("site_id", "entity_type", "state", "metadata_modified", "title", "dataset_type", "capacity")


def add_ghost(source: Source, indexed: str = "2020-01-01T00:00:00Z") -> None:
    ghost = {key: value for key, value in source.document().items() if key in _GHOSTLY}
    own = {"id": str(uuid.uuid4()), "index_id": uuid.uuid4().hex, "name": f"{source.name}-geist", "indexed_ts": indexed}
    search.make_connection().add([{**ghost, **own}], commit=True)


def age_document(source: Source) -> None:
    old = {**source.document(), "metadata_modified": "2020-01-01T00:00:00Z", "title": "Von gestern"}
    old = {key: value for key, value in old.items() if key not in ("_version_", "permission_labels")}
    search.make_connection().add([old], commit=True)


def offers(source: Source) -> list[dict[str, Any]]:
    return index.core().search(f'source:"{source.name}"', rows=3).docs


def lose_offers(source: Source) -> None:
    index.core().delete(id=[one["id"] for one in offers(source)], commit=True)


def add_offer(source: Source) -> None:
    ghost = {**offers(source)[0], "id": str(uuid.uuid4())}
    index.core().add([{key: value for key, value in ghost.items() if key != "_version_"}], commit=True)


def age_offer(source: Source) -> None:
    old = {**offers(source)[0], "name": "Von gestern", "changed": "2020-01-01T00:00:00Z"}
    index.core().add([{key: value for key, value in old.items() if key != "_version_"}], commit=True)


def drop_table(source: Source) -> None:
    datastore(f'DROP TABLE "{source.table()}" CASCADE')


def delete_rows(source: Source) -> None:
    datastore(f'DELETE FROM "{source.table()}" WHERE _id = 1')  # noqa: S608


def add_row(source: Source) -> None:
    datastore(f'INSERT INTO "{source.table()}" (id, zahl) VALUES (4711, 1)')  # noqa: S608


def drop_column(source: Source) -> None:
    datastore(f'ALTER TABLE "{source.table()}" DROP COLUMN zahl')


def retype_column(source: Source) -> None:
    datastore(f'ALTER TABLE "{source.table()}" ALTER COLUMN zahl TYPE text')


def restore_older_datastore(source: Source) -> None:
    datastore("UPDATE _jenasmartcity_load SET rows = 'earlier' WHERE resource_id = :id", id=source.table())
    datastore(f'UPDATE "{source.table()}" SET zahl = 99')  # noqa: S608


def purge_dataset(source: Source) -> None:
    act("dataset_purge", id=source.package())


DRIFTS: dict[str, tuple[Callable[[Source], None], str, bool]] = {
    "a lost document": (lose_document, "index", False), "a lost index": (lose_index, "index", False),
    "a ghost": (add_ghost, "index", False), "an old document": (age_document, "index", False),
    "lost offers": (lose_offers, "items", False), "an offer's ghost": (add_offer, "items", False),
    "an old offer": (age_offer, "items", False),
    "a lost table": (drop_table, "tables", True), "lost rows": (delete_rows, "tables", True),
    "a row too many": (add_row, "tables", True), "a lost column": (drop_column, "tables", True),
    "a column of another type": (retype_column, "tables", True),
    "an older DataStore": (restore_older_datastore, "tables", True),
    "a purged dataset": (purge_dataset, "records", True),
}
