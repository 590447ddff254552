"""Sources in the hands of stewards: made, changed, tried, run and ended through the actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest import tick
from ckanext.jenasmartcity.harvest.model import overview
from ckanext.jenasmartcity.harvest.model.overview import record_page
from ckanext.jenasmartcity.harvest.stewards import trial

from .conftest import NOW, Feeds, act, run
from .test_harvest import snapshot

GOOD = {
    "title": {"de": "Bäume", "en": "Trees"}, "connector": "csv", "organization": "stadt-jena", "schedule": "15 3 * * *",
    "options": {"tables": [{"name": "werte", "key": ["id"], "columns": {"id": {"type": "int"}}}]},
    "defaults": {
        "license": "http://dcat-ap.de/def/licenses/cc-zero", "notes": "Nur für diesen Test.",
        "theme": ["http://publications.europa.eu/resource/authority/data-theme/GOVE"],
        "project": ["wissensallmende"], "contact": [{"name": "Stadt Jena", "url": "https://www.jena.de"}],
        "publisher": [{"name": "Stadt Jena", "url": "https://www.jena.de"}],
    },
}


def make(name: str, url: str, **more: Any) -> dict[str, Any]:
    return act("jenasmartcity_harvest_source_create", name=name, url=url, **{**GOOD, **more})


def settle(name: str) -> dict[str, Any]:
    """Do every run of the source that waits, as a worker would."""
    [row] = tables.sources(name)
    for one in reversed(tables.runs(row.id)):
        if one.state == "waiting":
            tick.take_up(one.id)
    model.Session.expire_all()
    return act("jenasmartcity_harvest_source_show", name=name)


def test_a_source_is_made_run_and_shown(harvested, feeds: Feeds):
    made = make("baeume", feeds.give("/b.csv", "id;zahl\n1;1\n2;2\nx;3\n"))
    assert (made["state"], made["datasets"], made["last_run"]) == ("never", [], None)
    assert made["next_run"] is not None
    assert made["may"] == {"edit": True, "run": True, "delete": True, "decide": True}
    planned = act("jenasmartcity_harvest_source_run", name="baeume")
    assert (planned["state"], planned["asked_by"]) == ("waiting", "jena")
    with pytest.raises(tk.ValidationError):
        act("jenasmartcity_harvest_source_run", name="baeume")
    shown = settle("baeume")
    assert (shown["state"], shown["dataset_count"]) == ("done", 1)
    assert shown["last_success"] == shown["last_run"]["finished"]
    [listed] = [one for one in act("jenasmartcity_harvest_source_list") if one["name"] == "baeume"]
    assert (listed["datasets"], listed["organization_title"]) == (1, "Stadt Jena")
    assert listed["connector_title"] == {"de": "CSV-Tabellen", "en": "CSV tables"}
    again = act("jenasmartcity_harvest_run_show", id=planned["id"])
    assert (again["source"], again["added"], again["rejected_count"]) == ("baeume", 2, 1)
    [group] = again["rejected"]
    assert (group["code"], group["count"], len(group["records"])) == ("not-a-number", 1, 1)
    assert group["cause"]["de"] != group["cause"]["en"]
    [change] = again["changes"]
    assert (change["rows_added"], change["title"]) == (2, "Bäume")
    records = act("jenasmartcity_harvest_record_list", source="baeume")
    assert records["count"] == 1
    assert records["results"][0]["tables"] == {"werte": 2}


def test_a_trial_tells_the_difference_and_writes_nothing(harvested, feeds: Feeds):
    url = feeds.give("/v.csv", "id;zahl\n1;1\n2;2\n")
    first = act("jenasmartcity_harvest_source_try", **{**GOOD, "url": url, "name": "versuch"})
    assert first["error"] is None
    assert [one["title"] for one in first["new"]] == ["Bäume"]
    assert tables.sources("versuch") == []
    make("versuch", url)
    run("versuch")
    before = everything()
    same = act("jenasmartcity_harvest_source_try", name="versuch")
    assert (same["unchanged"], same["new"], same["changed"], same["held"]) == (1, [], [], None)
    feeds.give("/v.csv", "id;zahl\n1;1\n2;3\n3;2\n4;4\n")
    other = act("jenasmartcity_harvest_source_try", name="versuch", title={"de": "Wälder", "en": "Woods"})
    [changed] = other["changed"]
    assert [(one["added"], one["updated"], one["removed"]) for one in changed["tables"]] == [(2, 1, 0)]
    assert changed["fields"] == [{"field": "title", "before": "Bäume", "after": "Wälder"}]
    assert everything() == before
    # what the trial said is what the run does
    counts = run("versuch").counts
    assert (counts.added, counts.updated, counts.withdrawn) == (2, 1, 0)
    assert act("jenasmartcity_harvest_source_show", name="versuch")["title"]["de"] == "Bäume"


def everything() -> dict[str, Any]:
    """Every row with the transaction that wrote it, and what PostgreSQL counts of each table of the harvest."""
    found = snapshot()
    for table in ("source", "run", "lease", "host", "drop", "credential", "notice"):
        query = f"SELECT xmin::text, t::text FROM jenasmartcity_harvest_{table} t ORDER BY 2"  # noqa: S608
        rows = model.Session.execute(sa.text(query))
        found[table] = [tuple(row) for row in rows]
    model.Session.rollback()
    return found


def test_a_trial_cannot_write_even_if_it_would(harvested, feeds: Feeds, monkeypatch):
    make("schreibt-nicht", feeds.give("/s.csv", "id;zahl\n1;1\n"))

    def writes(*_: Any) -> Any:
        model.Session.add(tables.Change(package_id="x", fields=[]))
        model.Session.flush()

    monkeypatch.setattr(trial, "_vanished", writes)
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        act("jenasmartcity_harvest_source_try", name="schreibt-nicht")
    assert tables.sources("schreibt-nicht")


@pytest.mark.parametrize("name", ["parkplaetze", "bodenfeuchte-stadtbaeume", "gtfs-jena-beispiel", "vhs-jena-beispiel"])
def test_a_trial_finds_no_difference_where_there_is_none(harvested, name):
    """Also where the hash says nothing: CKAN stores what a source gives in other words."""
    [row] = tables.sources(name)
    kept = {one.draft: one.content_hash for one in tables.records(row.id).values()}
    for one in tables.records(row.id).values():
        one.content_hash = ""
    model.Session.commit()
    try:
        tried = act("jenasmartcity_harvest_source_try", name=name)
    finally:
        for one in tables.records(row.id).values():
            one.content_hash = kept[one.draft]
        model.Session.commit()
    assert tried["error"] is None
    assert tried["changed"] == []
    assert tried["unchanged"] == len(kept)
    assert (tried["items"]["added"], tried["items"]["updated"], tried["items"]["removed"]) == (0, 0, 0)
    if name == "vhs-jena-beispiel":
        assert tried["items"]["unchanged"] > 100


def test_a_trial_tells_what_vanishes_and_what_would_be_held(harvested, feeds: Feeds):
    lines = [f"{number};{number}\n" for number in range(10)]
    make("schwund", feeds.give("/w.csv", "id;zahl\n" + "".join(lines)))
    run("schwund")
    feeds.give("/w.csv", "id;zahl\n" + "".join(lines[:2]))
    tried = act("jenasmartcity_harvest_source_try", name="schwund")
    assert tried["held"]["tables"] == {"schwund": {"werte": [10, 2]}}
    assert tried["changed"][0]["tables"][0]["removed"] == 8
    # another draft in its place
    options = {**GOOD["options"], "draft": {"id": "anderer", "title": "Anderer"}}
    tried = act("jenasmartcity_harvest_source_try", name="schwund", options=options)
    assert [one["draft"] for one in tried["vanished"]] == ["schwund"]
    assert tried["held"]["datasets"] == ["schwund"]
    assert [one["draft"] for one in tried["new"]] == ["anderer"]


def test_a_trial_tells_what_the_schema_refuses_and_what_is_broken(harvested, feeds: Feeds):
    url = feeds.give("/r.csv", "id;zahl\n1;1\nx;2\n")
    refused = act("jenasmartcity_harvest_source_try", **{
        **GOOD, "url": url, "name": "nein", "defaults": {"license": "frei nach Absprache"},
    })
    assert {"schema", "not-a-number"} <= {one["code"] for one in refused["rejected"]}
    assert refused["new"] == []
    feeds.answers["/r.csv"] = (500, "text/html", b"no")
    broken = act("jenasmartcity_harvest_source_try", **{**GOOD, "url": url, "name": "nein"})
    assert broken["error"]["code"] == "http-status"
    assert broken["error"]["de"] != broken["error"]["en"]
    # nothing that is not to be reached is reached by trying it
    for address in ("http://169.254.169.254/latest/meta-data", "http://localhost:1/x", "http://127.0.0.1:22/"):
        inside = act("jenasmartcity_harvest_source_try", **{**GOOD, "url": address, "name": "nein"})
        assert inside["error"]["code"] == "refused-address"


def test_a_protected_field_is_no_difference(harvested, feeds: Feeds):
    make("geschuetzt", feeds.give("/g.csv", "id;zahl\n1;1\n"), protected=["title"])
    run("geschuetzt")
    tried = act("jenasmartcity_harvest_source_try", name="geschuetzt", title="Anders")
    assert tried["changed"] == []


def test_a_source_is_changed_by_what_is_given_only(harvested, feeds: Feeds):
    made = make("wandel", feeds.give("/w2.csv", "id\n1\n"), protected=["notes"])
    changed = act("jenasmartcity_harvest_source_update", name="wandel", schedule="0 5 * * *")
    moved = {key for key in made if made[key] != changed[key]}
    assert moved == {"schedule", "next_run"}
    assert changed["next_run"][11:16] in ("03:00", "04:00")
    paused = act("jenasmartcity_harvest_source_update", name="wandel", active=False)
    assert (paused["state"], paused["next_run"]) == ("paused", None)
    again = act("jenasmartcity_harvest_source_update", name="wandel", active=True)
    assert again["next_run"] == changed["next_run"]
    with pytest.raises(tk.ValidationError) as caught:
        act("jenasmartcity_harvest_source_update", name="wandel", options={"nein": 1}, schedule="0 6 * * *")
    assert list(caught.value.error_dict) == ["options.nein"]
    assert act("jenasmartcity_harvest_source_show", name="wandel")["schedule"] == "0 5 * * *"


def test_a_new_source_is_told_all_that_is_wrong_at_once(harvested):
    with pytest.raises(tk.ValidationError) as caught:
        act("jenasmartcity_harvest_source_create", name="Ä", url="ftp://x", organization="keine")
    assert set(caught.value.error_dict) == {"name", "url", "organization"}
    with pytest.raises(tk.ValidationError) as caught:
        make("ortsteile", "https://example.org/x")
    assert set(caught.value.error_dict) == {"name"}


def test_one_dataset_is_asked_for_again(harvested):
    with pytest.raises(tk.ValidationError):
        act("jenasmartcity_harvest_source_run", name="ortsteile", only="gibt-es-nicht")
    draft = act("jenasmartcity_harvest_source_show", name="ortsteile")["datasets"][0]["draft"]
    assert act("jenasmartcity_harvest_source_run", name="ortsteile", only=draft)["only"] == draft
    assert settle("ortsteile")["state"] == "done"


def test_a_deleted_source_leaves_its_datasets_and_does_not_come_back(harvested, feeds: Feeds):
    url = feeds.give("/ende.csv", "id\n1\n")
    for name, datasets in (("bleibt", "keep"), ("zurueck", "withdraw")):
        make(name, url)
        run(name)
        [dataset] = [one.package_id for one in tables.records(tables.sources(name)[0].id).values()]
        act("jenasmartcity_harvest_source_delete", name=name, datasets=datasets)
        assert tables.sources(name) == []
        shown = act("package_show", id=dataset)
        assert shown["state"] == "active"
        assert bool(shown.get("withdrawn")) is (datasets == "withdraw")
    with pytest.raises(tk.ObjectNotFound):
        act("jenasmartcity_harvest_source_show", name="bleibt")
    act("jenasmartcity_harvest_source_delete", name="ortsteile")
    assert act("jenasmartcity_harvest_source_seed") == []
    assert tables.sources("ortsteile") == []


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that CKAN's database is asked."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa.event.listen(model.ensure_engine(), "before_cursor_execute", note)
    yield asked
    sa.event.remove(model.ensure_engine(), "before_cursor_execute", note)


def test_many_sources_and_records_cost_no_more_questions_than_few(harvested):
    asked = []
    for number in (1, 20):
        for place in range(number):
            name = f"viele-{number}-{place}"
            make(name, "https://example.org/x.csv", organization="beispieldaten")
            [row] = tables.sources(name)
            model.Session.add(tables.HarvestRun(source_id=row.id, state="done", started=NOW, finished=NOW))
            for draft in range(number):
                model.Session.add(tables.HarvestRecord(
                    source_id=row.id, draft=str(draft), package_id=f"p-{name}-{draft}", content_hash="", fields=[],
                ))
            model.Session.commit()
        with counted() as statements:
            act("jenasmartcity_harvest_source_list")
            act("jenasmartcity_harvest_source_show", name=name)
            act("jenasmartcity_harvest_record_list", source=name)
            act("jenasmartcity_harvest_run_list", source=name)
        asked.append(len(statements))
    assert asked[0] == asked[1] < 60


def test_lists_are_paged(harvested, feeds: Feeds):
    make("seiten", feeds.give("/p.csv", "id\n1\n"))
    for day in range(3):
        run("seiten", now=NOW + dt.timedelta(days=day))
    listed = act("jenasmartcity_harvest_run_list", source="seiten", limit=2)
    rest = act("jenasmartcity_harvest_run_list", source="seiten", limit=2, offset=2)
    assert (listed["count"], len(listed["results"]), len(rest["results"])) == (3, 2, 1)
    assert listed["results"][0]["id"] > rest["results"][0]["id"]
    [record] = act("jenasmartcity_harvest_record_list", source="seiten", q="ÄUME")["results"]
    assert (record["draft"], record["state"], record["title"]) == ("seiten", "present", "Bäume")
    for nothing in ({"q": "%"}, {"q": "_"}, {"state": "absent"}, {"offset": 1}):
        assert act("jenasmartcity_harvest_record_list", source="seiten", **nothing)["results"] == []
    for wrong in ({"state": "weg"}, {"limit": "x"}, {"source": ""}):
        with pytest.raises(tk.ValidationError):
            act("jenasmartcity_harvest_record_list", **{"source": "seiten", **wrong})


def test_words_are_looked_up_in_an_index_and_found_in_every_place(harvested, feeds: Feeds):
    make("woerter", feeds.give("/woerter.csv", "id\n1\n"), title={"de": "Wörter", "en": "Words"})
    run("woerter")
    number = tables.sources("woerter")[0].id
    [(record, name, title)] = record_page(number, None, None, 10, 0)[1]
    for words in (record.draft[1:6], name[2:8].upper(), title[1:5], title[:2], "%", "_"):
        expected = [record.draft] if words not in "%_" else []
        assert [one.draft for one, _, _ in record_page(number, None, words, 10, 0)[1]] == expected, words
    # of so few rows it would rather read all
    for way in ("seqscan", "indexscan", "indexonlyscan", "nestloop"):
        model.Session.execute(sa.text(f"SET LOCAL enable_{way} = off"))
    everywhere = sa.select(tables.HarvestRecord.draft).where(overview._holds(number, "Baumbestand"))
    by_id = sa.select(tables.HarvestRecord.draft).where(tables.HarvestRecord.draft.ilike("%Baumbestand%"))
    for query, table in ((everywhere, "package"), (by_id, "record")):
        asked = str(query.compile(model.ensure_engine(), compile_kwargs={"literal_binds": True})).replace("%%", "%")
        plan = model.Session.scalars(sa.text(f"EXPLAIN {asked}".replace(":", r"\:"))).all()
        assert f"ix_jenasmartcity_harvest_{table}_letters" in "\n".join(plan)
    model.Session.rollback()
