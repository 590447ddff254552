"""The road from a feed to datasets, tables and back again, over real HTTP and with all services."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.jenasmartcity.harvest import lease, tick
from ckanext.jenasmartcity.harvest import model as tables

from .conftest import NOW, Feeds, act, run

STORED = (
    "package", "resource", "package_tag", "member", "activity", "jenasmartcity_item", "jenasmartcity_harvest_record",
    "jenasmartcity_harvest_rejection", "jenasmartcity_change",
)
COLUMNS = {"columns": {"id": {"type": "int"}, "zahl": {"type": "numeric"}}}


def csv_options(**more: Any) -> dict[str, Any]:
    return {"tables": [{"name": "werte", "title": {"de": "Werte", "en": "Values"}, "key": ["id"], **COLUMNS, **more}]}


def snapshot() -> dict[str, Any]:
    """Every stored row with the transaction that wrote it, in both databases and the index."""
    found: dict[str, Any] = {}
    for table in STORED:
        rows = model.Session.execute(sa.text(f"SELECT xmin::text, t::text FROM {table} t ORDER BY 2"))  # noqa: S608
        found[table] = [tuple(row) for row in rows]
    model.Session.rollback()
    with get_write_engine().connect() as connection:
        names = connection.scalars(sa.text("SELECT name FROM _table_metadata WHERE alias_of IS NULL")).all()
        for name in names:
            rows = connection.execute(sa.text(f'SELECT xmin::text, _id FROM "{name}" ORDER BY _id'))  # noqa: S608
            found[name] = [tuple(row) for row in rows]
    hits = act("package_search", rows=1000, fl=["id", "metadata_modified", "index_id"])["results"]
    found["index"] = sorted(map(str, hits))
    return found


def datasets() -> list[dict[str, Any]]:
    return act("package_search", rows=1000)["results"]


def ask_datastore(query: str, **values: Any) -> list[Any]:
    with get_write_engine().connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), values)]


def table_of(dataset: dict[str, Any], name: str | None = None) -> str:
    return next(
        one["id"] for one in dataset["resources"] if one.get("role") == "table" and name in (None, one["table_name"])
    )


def dataset_of(source: str) -> dict[str, Any]:
    [row] = tables.sources(source)
    record = next(iter(tables.records(row.id).values()))
    return act("package_show", id=record.package_id)


def rows_of(source: str) -> list[dict[str, Any]]:
    return act("datastore_search", resource_id=table_of(dataset_of(source)), limit=1000)["records"]


def test_the_samples_become_datasets_of_every_harvested_type(harvested):
    assert {name: outcome.error for name, outcome in harvested.items() if outcome.error} == {}
    assert {one["type"] for one in datasets()} >= {"dataset", "sensor", "logistics", "learning-offer"}
    for outcome in harvested.values():
        counts = outcome.counts
        assert counts.added > 0, outcome
        assert counts.found == counts.added + counts.rejected, outcome
        assert counts.withdrawn == counts.updated == counts.unchanged == 0, outcome


def test_every_dataset_says_where_it_is_from_and_what_one_may_do_with_it(harvested):
    for one in datasets():
        assert one["origin_name"], one["name"]
        assert one["organization"]["name"], one["name"]
        assert one["groups"], one["name"]
        assert one["resources"], one["name"]
        for resource in one["resources"]:
            assert resource["url"].startswith("http"), resource["name"]
            assert resource["license"].startswith("http://dcat-ap.de/def/licenses/"), resource["name"]
            assert resource["role"] in ("table", "geojson", "original", "file"), resource["name"]
        if one["title"].endswith("(erzeugt)"):
            assert one["organization"]["name"] == "beispieldaten"
    placed = [one["name"] for one in datasets() if one.get("spatial_coverage")]
    assert len(placed) >= 5


def test_the_index_knows_every_dataset_after_the_run(harvested):
    with_records = {record.package_id for row in tables.sources() for record in tables.records(row.id).values()}
    assert {one["id"] for one in datasets()} == with_records
    assert tables.pending() == []


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in names:
            zipped.writestr(name, "stop_id,stop_name\n" + "1,Holzmarkt\n" * 500)
    return file.getvalue()


HTML = "<!doctype html><html><body>Bitte melden Sie sich an</body></html>"
GEOJSON = json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"id": 1}, "geometry": {"type": "Point", "coordinates": [11.58, 50.92]}},
]})
EMPTY_COLLECTION = b'{"type":"FeatureCollection","features":[]}'
BROKEN = {
    "500": ("parkplaetze", (500, "text/html", b"oops"), "http-status"),
    "404": ("parkplaetze", (404, "text/html", b"none"), "http-status"),
    "html": ("parkplaetze", (200, "application/json", HTML.encode()), "html"),
    "empty": ("parkplaetze", (200, "application/json", b""), "empty"),
    "no records": ("parkplaetze", (200, "application/json", EMPTY_COLLECTION), "missing-part"),
    "no lines": ("zeilen", (200, "text/csv", b"id;zahl\n"), "empty"),
    "truncated JSON": ("parkplaetze", (200, "application/json", GEOJSON[:-40].encode()), "not-the-format"),
    "truncated ZIP": ("gtfs-jena-beispiel", (200, "application/zip", archive("stops.txt")[:60]), "broken-archive"),
    "ZIP without its parts": ("gtfs-jena-beispiel", (200, "application/zip", archive("x.txt")), "missing-part"),
    "empty stations": ("opensensemap-jena", (200, "application/json", b"[]"), "empty"),
    "cut XML": ("vhs-jena-beispiel", (200, "application/xml", b"<veranstaltungen><veranstaltung>"), "not-the-format"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_source_changes_nothing_and_says_why(harvested, feeds: Feeds, source, case):
    name, answer, code = BROKEN[case]
    if name == "zeilen":
        run(source(name, "csv", feeds.give("/zeilen.csv", "id;zahl\n1;1\n"), options=csv_options()))
    [row] = tables.sources(name)
    address, row.url = row.url, feeds.url("/broken")
    model.Session.commit()
    feeds.answers["/broken"] = answer
    before = snapshot()
    try:
        outcome = run(name)
    finally:
        row.url = address
        model.Session.commit()
    assert outcome.error is not None
    assert outcome.error.code == code
    assert snapshot() == before
    latest = act("jenasmartcity_harvest_source_show", name=name)["last_run"]
    assert latest["state"] == "failed"
    assert latest["error"]["code"] == code
    assert latest["error"]["de"] != latest["error"]["en"]


def test_a_changed_feed_changes_only_what_changed(harvested, feeds: Feeds, source):
    url = feeds.give("/werte.csv", "id;zahl;text\n1;1,5;Holzmarkt\n2;2;Bleibt\n3;3;Geht\n")
    name = source("wechsel", "csv", url, options=csv_options())
    assert run(name).counts.added == 3
    dataset = dataset_of(name)
    versions = dict(ask_datastore(f'SELECT id, xmin::text FROM "{table_of(dataset)}"'))  # noqa: S608
    feeds.give("/werte.csv", "id;zahl;text\n1;1,75;Westbahnhof\n2;2;Bleibt\n4;4;Kommt\n5;5;Auch\n")
    later = NOW + dt.timedelta(days=1)
    counts = run(name, now=later).counts
    assert (counts.added, counts.updated, counts.unchanged, counts.withdrawn) == (2, 1, 1, 1)
    assert counts.found == 5
    assert [(one["id"], one["zahl"], one["text"]) for one in sorted(rows_of(name), key=lambda one: one["id"])] == [
        (1, 1.75, "Westbahnhof"), (2, 2, "Bleibt"), (4, 4, "Kommt"), (5, 5, "Auch"),
    ]
    new = dataset_of(name)
    table = table_of(new)
    assert dict(ask_datastore(f'SELECT id, xmin::text FROM "{table}"'))[2] == versions[2]  # noqa: S608
    assert [one["id"] for one in new["resources"]] == [one["id"] for one in dataset["resources"]]
    assert next(one for one in new["resources"] if one["id"] == table)["last_modified"].startswith("2026-11-25")
    assert act("datastore_search", resource_id=table, q="Westbahnhof")["total"] == 1
    assert act("datastore_search", resource_id=table, q="Holzmarkt")["total"] == 0
    assert act("datastore_search", resource_id=table)["total"] == 4


def test_a_record_that_becomes_invalid_is_told_and_its_row_stays_until_a_run_without_fault(
    harvested, feeds: Feeds, source
):
    options = {"tables": [{"name": "werte", "key": ["id"], "columns": {"zahl": {"type": "numeric"}}}]}
    lines = [f"{number};{number}\n" for number in range(1, 11)]
    url = feeds.give("/fehler.csv", "id;zahl\n" + "".join(lines))
    name = source("fehler", "csv", url, options=options)
    run(name)
    left = [*lines[:1], *lines[3:]]
    feeds.give("/fehler.csv", "id;zahl\n2;kaputt\n" + "".join(left))
    for _ in range(2):
        counts = run(name).counts
        assert (counts.found, counts.rejected, counts.withdrawn) == (9, 1, 0)
        assert [(one["id"], one["zahl"]) for one in rows_of(name)] == [(number, number) for number in range(1, 11)]
    feeds.give("/fehler.csv", "id;zahl\n" + "".join(left))
    assert run(name).counts.withdrawn == 2
    assert [one["id"] for one in rows_of(name)] == [1, *range(4, 11)]


def test_what_people_added_survives_the_next_run(harvested, feeds: Feeds, source):
    url = feeds.give("/hand.csv", "id;zahl\n1;1\n")
    name = source("hand", "csv", url, options=csv_options())
    run(name)
    dataset = dataset_of(name)
    act("package_patch", id=dataset["id"], version="7")
    feeds.give("/hand.csv", "id;zahl\n1;2\n")
    run(name)
    assert dataset_of(name)["version"] == "7"
    assert rows_of(name)[0]["zahl"] == 2


def test_a_deleted_dataset_is_not_brought_back(harvested, feeds: Feeds, source):
    name = source("weg", "csv", feeds.give("/weg.csv", "id;zahl\n1;1\n"), options=csv_options())
    run(name)
    act("package_delete", id=dataset_of(name)["id"])
    feeds.give("/weg.csv", "id;zahl\n1;2\n")
    assert run(name).counts.unchanged == 1
    assert dataset_of(name)["state"] == "deleted"


def test_a_dataset_that_the_schema_refuses_is_told_with_its_remedy(harvested, feeds: Feeds, source):
    url = feeds.give("/lizenz.csv", "id;zahl\n1;1\n2;2\n")
    name = source("lizenz", "csv", url, options=csv_options(), defaults={"license": "frei nach Absprache"})
    before = snapshot()
    outcome = run(name)
    assert (outcome.counts.rejected, outcome.counts.found) == (2, 2)
    rejected = act("jenasmartcity_harvest_source_show", name=name)["rejected"]
    assert {one["code"] for one in rejected} == {"schema"}
    assert any("license" in one["field"] for one in rejected)
    after = snapshot()
    assert after["package"] == before["package"]
    assert after["index"] == before["index"]


def test_two_runs_of_one_source_never_overlap(harvested):
    [row] = tables.sources("ortsteile")
    with lease.held(row.id, row.uid) as mine:
        assert mine is not None
        assert run("ortsteile").busy
    assert not run("ortsteile").busy


def test_tick_plans_what_is_due_and_a_worker_takes_it_up_once(harvested):
    [row] = tables.sources("ortsteile")
    row.due_at = NOW - dt.timedelta(minutes=1)
    model.Session.commit()
    planned = tick.plan(NOW)
    assert len(planned) == 1
    model.Session.refresh(row)
    assert row.due_at > NOW
    assert tick.plan(NOW) == []
    number = len(tables.runs(row.id, 100))
    tick.take_up(planned[0])
    tick.take_up(planned[0])
    assert len(tables.runs(row.id, 100)) == number
    assert tables.runs(row.id, 1)[0].state == "done"


def test_a_run_whose_process_died_is_planned_anew(harvested):
    [row] = tables.sources("ortsteile")
    dead = tables.HarvestRun(source_id=row.id, state="running", created=NOW - dt.timedelta(hours=1))
    model.Session.add(dead)
    model.Session.commit()
    now, woken = dt.datetime.now(dt.UTC), {}
    for seconds in range(0, 50, 5):
        tick.work(now + dt.timedelta(seconds=seconds), woken)
    assert len(woken) == 1
    model.Session.expire_all()
    assert dead.state == "interrupted"
    waiting = [one for one in tables.runs(row.id) if one.state == "waiting"]
    assert len(waiting) == 1
    tick.take_up(waiting[0].id)
    assert act("jenasmartcity_tick_show")["alive"] is True


def test_only_its_organisations_editors_see_a_source(harvested):
    for name, organization in (("eine-jenaerin", "stadt-jena"), ("jemand-anders", "beispieldaten")):
        # pragma: allowlist nextline secret
        act("user_create", name=name, email=f"{name}@example.org", password="langes-Passwort-12")
        act("organization_member_create", id=organization, username=name, role="editor")
    shown = {one["organization"] for one in act("jenasmartcity_harvest_source_list", user="eine-jenaerin")}
    assert shown == {"stadt-jena"}
    tk.check_access("jenasmartcity_harvest_source_show", {"user": "eine-jenaerin"}, {"name": "ortsteile"})
    for user in ("jemand-anders", ""):
        with pytest.raises(tk.NotAuthorized):
            act("jenasmartcity_harvest_source_show", user=user, name="ortsteile")
    with pytest.raises(tk.NotAuthorized):
        act("jenasmartcity_harvest_source_list", user="")
    with pytest.raises(tk.NotAuthorized):
        act("jenasmartcity_harvest_source_seed", user="eine-jenaerin")


def test_seeding_again_changes_nothing_and_leaves_stewards_changes(harvested):
    assert act("jenasmartcity_harvest_source_seed") == []
    [row] = tables.sources("ortsteile")
    row.schedule, row.seed_hash = "0 5 * * *", row.seed_hash
    model.Session.commit()
    assert act("jenasmartcity_harvest_source_seed") == []
    assert tables.sources("ortsteile")[0].schedule == "0 5 * * *"
