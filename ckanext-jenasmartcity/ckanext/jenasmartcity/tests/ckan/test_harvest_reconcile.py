"""What has drifted apart by whatever fault is brought together again, and nothing else is touched."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any, get_args

import ckan.model as model
import pysolr
import pytest
import sqlalchemy as sa
from ckan.lib import search
from ckanext.datastore.backend.postgres import get_write_engine
from click.testing import CliRunner

from ckanext.jenasmartcity.connectors.base import ColumnType
from ckanext.jenasmartcity.harvest import aside, cli, lease, outbox, tick
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.repair import reconcile
from ckanext.jenasmartcity.items import index
from ckanext.jenasmartcity.tests.mailbox import free_port

from .conftest import Feeds, act, run
from .drifts import DATASETS, DRIFTS, OFFERS, Source, add_ghost, datastore, delete_rows, lose_document
from .killing import mixed  # noqa: F401
from .test_harvest import snapshot

pytestmark = pytest.mark.usefixtures("harvested", "mixed")


def later() -> dt.datetime:
    """When all that was written is no longer on its way."""
    return dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)


@pytest.fixture
def drifting(feeds: Feeds, source) -> Iterator[Source]:
    """A source of its own for each test."""
    name = f"drift-{uuid.uuid4().hex[:8]}"
    made = Source(feeds, name)
    source(name, "mixed", feeds.url(f"/{name}.json"))
    assert run(name).error is None
    # other modules emptied CKAN's database, and left their tables in the DataStore's
    mend()
    yield made
    row = made.row
    row.active = False
    model.Session.commit()


def mend() -> reconcile.Report:
    report = reconcile.whole(later())
    model.Session.remove()
    return report


def written() -> Any:
    """All that a pass could have written."""
    with model.ensure_engine().connect() as connection:
        more = [
            connection.execute(sa.text(f"SELECT xmin::text, t::text FROM {table} t ORDER BY 2")).all()  # noqa: S608
            for table in ("jenasmartcity_harvest_source", "jenasmartcity_harvest_run", "jenasmartcity_harvest_lease")
        ]
    versions = index.core().search("*:*", fl="id,_version_", rows=5000, sort="id asc").docs
    documents = search.make_connection().search("*:*", fl="id,_version_", rows=5000, sort="id asc").docs
    return snapshot(), more, versions, documents


def test_where_nothing_differs_nothing_is_written(drifting: Source):
    before = written()
    report = mend()
    assert report.mended == 0
    assert report.tallies["index"].compared >= DATASETS
    assert report.tallies["items"].compared >= OFFERS
    assert report.tallies["tables"].compared >= DATASETS
    assert report.tallies["leftovers"].compared >= DATASETS
    assert written() == before


@pytest.mark.parametrize("name", DRIFTS)
def test_what_drifts_is_mended_and_then_left_alone(drifting: Source, name):
    make, kind, reloads = DRIFTS[name]
    before = drifting.state()
    make(drifting)
    assert differs(drifting, before)
    report = mend()
    assert report.tallies[kind].mended > 0
    waiting = drifting.waiting()
    assert len(waiting) == (1 if reloads else 0)
    if reloads:
        tick.take_up(waiting[0])
        assert tables.by_id(waiting[0]).state == "done"
    assert drifting.state() == before
    again = written()
    assert mend().mended == 0
    assert written() == again


def test_a_table_with_every_type_of_column_is_right(drifting: Source):
    columns = {"id": "int", **{f"a_{type_}": type_ for type_ in get_args(ColumnType)}}
    row = [1, "x", 2, 2.5, True, "2026-11-24", "2026-11-24T12:00:00+01:00", {"a": [1]}]
    feed = {"datasets": [{"id": "d00", "title": "Alles", "columns": columns, "rows": [row]}], "items": []}
    drifting.feeds.give(f"/{drifting.name}.json", json.dumps(feed), "application/json")
    assert run(drifting.name, again=True).error is None
    assert mend().tallies["tables"].mended == 0


def differs(source: Source, before: dict[str, Any]) -> bool:
    """Whether a reader would notice."""
    try:
        return source.state() != before
    except Exception:  # noqa: BLE001 - whatever a missing part makes of it
        return True


def test_what_a_person_deleted_is_not_brought_back(drifting: Source):
    act("package_delete", id=drifting.package())
    act("resource_delete", id=drifting.table("d04"))
    mend()
    assert drifting.waiting() == []
    assert act("package_show", id=drifting.package())["state"] == "deleted"
    assert drifting.table("d04") not in str(act("package_show", id=drifting.package("d04"))["resources"])


def test_a_document_of_a_deleted_dataset_goes(drifting: Source):
    document = {key: value for key, value in drifting.document().items() if key != "_version_"}
    act("package_delete", id=drifting.package())
    search.make_connection().add([document], commit=True)
    assert mend().tallies["index"].mended == 1
    assert search.make_connection().search(f'id:"{drifting.package()}"').hits == 0


def test_what_was_written_a_moment_ago_is_left_to_the_next_pass(drifting: Source):
    add_ghost(drifting, dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    report = reconcile.whole(dt.datetime.now(dt.UTC))
    assert report.tallies["index"].mended == 0
    assert report.tallies["index"].postponed > 0
    assert mend().tallies["index"].mended == 1


def test_a_run_at_work_is_not_taken_for_a_fault(drifting: Source):
    delete_rows(drifting)
    row = drifting.row
    number, uid, go, taken = row.id, row.uid, threading.Event(), threading.Event()

    def work() -> None:
        with lease.held(number, uid):
            taken.set()
            go.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    taken.wait(10)
    report = mend()
    assert (report.tallies["tables"].mended, report.tallies["records"].postponed) == (0, 1)
    assert drifting.waiting() == []
    go.set()
    thread.join()
    assert mend().tallies["tables"].mended == 1


def test_a_paused_source_is_mended_when_it_goes_on(drifting: Source):
    delete_rows(drifting)
    drifting.row.active = False
    model.Session.commit()
    report = mend()
    assert (report.tallies["tables"].mended, report.tallies["runs"].mended) == (1, 0)
    assert drifting.waiting() == []
    assert run(drifting.name).counts.added == 1


def test_a_broken_source_is_not_asked_again_and_again(drifting: Source):
    delete_rows(drifting)
    drifting.feeds.give(f"/{drifting.name}.json", "weg", status=500)
    mend()
    [waiting] = drifting.waiting()
    tick.take_up(waiting)
    model.Session.expire_all()
    assert tables.by_id(waiting).state == "failed"
    assert mend().mended == 0
    assert drifting.waiting() == []


def exists(table: str, schema: str = "public") -> bool:
    with get_write_engine().connect() as connection:
        return connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": f'{schema}."{table}"'}) is not None


def orphan(ours: bool) -> str:
    id_ = str(uuid.uuid4())
    datastore(f'CREATE TABLE "{id_}" (_id serial PRIMARY KEY, _full_text tsvector, id int)')
    if ours:
        datastore("INSERT INTO _jenasmartcity_load VALUES (:id, 'x', 'y')", id=id_)
    return id_


def test_only_tables_of_the_harvest_are_cleared_away_and_only_while_nobody_harvests(drifting: Source):
    ours, theirs = orphan(True), orphan(False)
    row = drifting.row
    with lease.held(row.id, row.uid):
        # this thread holds it; the pass asks PostgreSQL
        assert reconcile.whole(later()).tallies["leftovers"].postponed == 1
    assert exists(ours)
    assert mend().tallies["leftovers"].mended == 1
    assert (exists(ours), exists(theirs)) == (False, True)
    assert mend().mended == 0
    datastore(f'DROP TABLE "{theirs}"')


def test_a_table_that_a_dead_load_put_aside_comes_back(drifting: Source):
    before = drifting.state()
    table = drifting.table()
    aside.put(table)
    datastore(f'CREATE TABLE "{table}" (_id serial PRIMARY KEY, _full_text tsvector, anderes int)')
    report = mend()
    assert report.tallies["leftovers"].mended == 1
    assert not exists(f"_old_{table}", aside.SCHEMA)
    assert drifting.state() == before
    aside.put(table)
    datastore("DELETE FROM _jenasmartcity_load WHERE resource_id = :id", id=f"_old_{table}")
    assert mend().tallies["leftovers"].mended == 1
    assert exists(table)


def test_what_the_index_missed_while_it_was_away_is_caught_up(drifting: Source, ckan_config, monkeypatch):
    patrol = reconcile.Patrol()
    with monkeypatch.context() as patch:
        patch.setitem(ckan_config, "solr_url", f"http://127.0.0.1:{free_port()}/solr/ckan")
        drifting.give(1)
        assert run(drifting.name).error is None
        assert len(tables.pending()) > 0
        with pytest.raises(outbox.IndexAwayErrors):
            patrol.walk(later())
    # a write whose line in the outbox was lost as well
    model.Session.execute(sa.text("UPDATE jenasmartcity_change SET done_at = now()"))
    model.Session.commit()
    report = None
    while report is None:
        report = patrol.walk(later())
    assert report.tallies["index"].mended > 0
    assert tables.pending() == []
    before = drifting.state()
    assert run(drifting.name, again=True).error is None
    assert drifting.state() == before


def test_tick_finds_drift_within_ten_minutes(drifting: Source):
    ticks = iter(range(10**9))
    # each look at the clock takes 0.4 s, so that a pass takes several rounds
    patrol = reconcile.Patrol(clock=lambda: next(ticks) * 0.4)
    now, reports = later(), []
    for second in range(0, 600, 5):
        if second == 100:
            lose_document(drifting)
        reports.append(patrol.walk(now + dt.timedelta(seconds=second)))
    ended = [report for report in reports if report is not None]
    assert reports[0] is None
    assert [report.mended for report in ended][:2] == [0, 1]
    assert 2 <= len(ended) <= 3


def test_the_command_says_what_it_did_line_by_line(drifting: Source):
    delete_rows(drifting)
    done = CliRunner().invoke(cli.harvest, ["reconcile"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.strip().splitlines()
    assert len(lines) == len(reconcile.KINDS)
    assert "1 Datensätze laden ihre Tabellen neu" in done.stdout
    assert all(line.endswith(".") for line in lines)


def test_a_missing_solr_is_an_error_and_no_loss(drifting: Source, ckan_config, monkeypatch):
    before = drifting.state()
    url = ckan_config["ckanext.jenasmartcity.items.solr_url"]
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.items.solr_url", f"http://127.0.0.1:{free_port()}/solr/x")
    with pytest.raises(pysolr.SolrError):
        reconcile.whole(later())
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.items.solr_url", url)
    model.Session.rollback()
    assert mend().mended == 0
    assert drifting.state() == before
