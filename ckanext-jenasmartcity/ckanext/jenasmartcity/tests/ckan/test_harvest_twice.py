"""A second run on a source that says the same writes no row and no document."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib.search.common import make_connection
from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.items import index

from . import killing
from .conftest import NOW, Feeds, run
from .dying import until
from .killing import mixed  # noqa: F401

pytestmark = pytest.mark.usefixtures("harvested", "mixed")
LATER = NOW + dt.timedelta(hours=1)
# what a run keeps of itself, however many records it reads: its own row, its lease, the
# moment at which the source and the host may be asked again
OWN = {"jenasmartcity_harvest_run", "jenasmartcity_harvest_lease", "jenasmartcity_harvest_source",
       "jenasmartcity_harvest_host", "_jenasmartcity_fence"}
OF_A_RUN = 30
_WRITTEN = sa.text("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS written FROM pg_stat_user_tables")
_END_OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


def written() -> dict[str, int]:
    """Table -> rows written so far, in both databases.

    A connection hands its figures in when it ends, so all are ended before: ours, and
    those that CKAN forgot when it was configured anew.
    """
    model.Session.remove()
    databases = (model.ensure_engine(), get_write_engine())
    for database in (*databases, get_read_engine()):
        database.dispose()
    found: dict[str, int] = {}
    for database in databases:
        until(lambda database=database: not _asked(database, _END_OTHERS))
        found |= {row.relname: row.written for row in _asked(database, _WRITTEN)}
    return found


def _asked(database: sa.Engine, query: sa.TextClause) -> list[Any]:
    with database.connect() as connection:
        rows = list(connection.execute(query))
    database.dispose()
    return rows


def documents() -> list[int]:
    """A number of each core that moves with every commit that changed anything."""
    return [
        json.loads(core._send_request("get", "admin/luke?numTerms=0&show=index&wt=json"))["index"]["version"]
        for core in (make_connection(), index.core())
    ]


def rows_since(before: dict[str, int]) -> dict[str, int]:
    """Table -> rows written since then, where there are any."""
    return {table: count - before.get(table, 0) for table, count in written().items() if count != before.get(table, 0)}


@pytest.mark.parametrize("trusting", [True, False])
def test_the_samples_again_write_no_row_and_no_document(harvested, trusting):
    if not trusting:
        model.Session.execute(sa.update(tables.HarvestSource).values(validators={}))
        model.Session.commit()
    before, said = written(), documents()
    for name, first in harvested.items():
        again = run(name, now=LATER)
        assert again.not_modified is trusting
        assert (again.counts.unchanged, again.counts.rejected) == (first.counts.added, first.counts.rejected), name
        assert again.counts.found == first.counts.found
    assert set(rows_since(before)) <= OWN
    assert documents() == said


@pytest.mark.parametrize("records", [40, 400])
def test_a_second_run_writes_no_row_and_no_document(feeds: Feeds, source, records):
    found = json.loads(killing.feed(0))
    kept = found["datasets"][:records]
    ids = {one["id"] for one in kept}
    items = [one for one in found["items"] if one["draft"] in ids]
    # no ETag and no Last-Modified: everything is read and hashed
    url = feeds.give("/zweimal.json", json.dumps({"datasets": kept, "items": items}), "application/json")
    name = source(f"zweimal-{records}", "mixed", url)
    first = run(name).counts
    assert first.added >= records
    before, said = written(), documents()

    again = run(name, now=LATER)

    assert again.counts.unchanged == first.added
    assert not again.not_modified
    rows = rows_since(before)
    assert {table: count for table, count in rows.items() if table not in OWN} == {}
    assert sum(rows.values()) <= OF_A_RUN
    assert documents() == said


def test_the_figures_see_what_is_written(feeds: Feeds, source):
    """The test above would hold as well if nobody counted."""
    entry = {"id": "einer", "title": "Einer"}
    url = feeds.give("/einer.json", json.dumps({"datasets": [entry], "items": []}), "application/json")
    name = source("einer", "mixed", url)
    run(name)
    before, said = written(), documents()

    feeds.give("/einer.json", json.dumps({"datasets": [entry | {"title": "Eins"}], "items": []}), "application/json")
    assert run(name, now=LATER).counts.updated == 1

    assert set(rows_since(before)) >= {"package", "jenasmartcity_harvest_record"}
    assert documents() != said
