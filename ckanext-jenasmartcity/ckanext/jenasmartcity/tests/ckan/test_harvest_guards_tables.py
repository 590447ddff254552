"""Tables and offers do not vanish because a source was shortened."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest

from ckanext.jenasmartcity.harvest import ledger, load
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.repair import remembered

from . import killing
from .conftest import Feeds, act, run
from .killing import mixed  # noqa: F401
from .shrinking import Shrinking, a_shrinking_source, shortened  # noqa: F401
from .test_harvest import csv_options, rows_of

pytestmark = pytest.mark.usefixtures("harvested", "mixed")


def test_tables_and_offers_that_were_refused_are_not_asked_again(shrinking: Shrinking):
    def total() -> tuple[int, int]:
        [table] = [one["id"] for one in shrinking.dataset("d09")["resources"] if one["role"] == "table"]
        offers = act("jenasmartcity_item_list", source=shrinking.name)["count"]
        return act("datastore_search", resource_id=table)["total"], offers

    def feed(rows: int, items: int) -> str:
        whole = json.loads(shortened(10, items))
        whole["datasets"][9]["rows"] = whole["datasets"][9]["rows"][:rows]
        return json.dumps(whole)

    shrinking.run(feed(4, 100))
    held = shrinking.run(feed(2, 50))
    assert (held.held["tables"], held.held["items"]) == ({"d09": {"werte": [4, 2]}}, [100, 50])
    act("jenasmartcity_harvest_run_decide", id=held.id, accept=False)
    for rows, items in ((2, 50), (3, 60)):
        same = shrinking.run(feed(rows, items))
        assert (same.state, same.kept, total()) == ("done", held.held, (4, 100))
    less = shrinking.run(feed(1, 60))
    assert (less.held["tables"], less.held["items"]) == ({"d09": {"werte": [4, 1]}}, None)
    assert less.kept["items"] == [100, 50]
    act("jenasmartcity_harvest_run_decide", id=less.id, accept=True)
    assert (shrinking.run(feed(1, 60)).state, total()) == ("done", (1, 100))
    # what was refused first is kept until somebody thinks again
    last = tables.runs(shrinking.id, 1)[0]
    assert (last.kept["items"], last.kept["tables"]) == ([100, 50], {})
    act("jenasmartcity_harvest_run_decide", id=last.id, accept=True)
    assert (shrinking.run(feed(1, 60)).kept, total()) == ({}, (1, 60))


def test_a_faulty_run_with_few_rows_opens_no_way_for_the_next_one(shrinking: Shrinking):
    shrinking.run(shortened(10))
    broken = json.loads(shortened(10, rows=1))
    broken["datasets"].append(broken["datasets"][0])
    assert shrinking.run(json.dumps(broken)).withdrawn == 0
    assert shrinking.run(shortened(10, rows=1)).held["tables"]["d09"] == {"werte": [killing.ROWS, 1]}
    [table] = [one["id"] for one in shrinking.dataset("d09")["resources"] if one["role"] == "table"]
    assert act("datastore_search", resource_id=table)["total"] == killing.ROWS


@pytest.mark.parametrize("killed", [False, True])
def test_a_table_that_the_source_has_no_longer_goes_when_somebody_says_so(
    shrinking: Shrinking, monkeypatch, killed: bool
):
    def found() -> list[str]:
        return [one["id"] for one in shrinking.dataset("d09")["resources"] if one["role"] == "table"]

    shrinking.run(shortened(10))
    [table] = found()
    without = json.loads(shortened(10))
    del without["datasets"][9]["columns"]
    body = json.dumps(without)
    held = shrinking.run(body)
    assert held.held["tables"] == {"d09": {"werte": [killing.ROWS, 0]}}
    for decision in (False, True):
        # whoever refused may think again, of the same run or of a later one
        held = held if killed else shrinking.run(body)
        assert found() == [table]
        assert act("datastore_search", resource_id=table)["total"] == killing.ROWS
        act("jenasmartcity_harvest_run_decide", id=held.id, accept=decision)
    with monkeypatch.context() as patched:
        if killed:
            patched.setattr(load, "drop", lambda _id: None)
        gone = shrinking.run(body)
    assert (gone.state, gone.withdrawn, found()) == ("done", killing.ROWS, [])
    if killed:
        assert table in ledger.ours()
        assert sum(tally.mended for tally in remembered.leftovers()) > 0
    assert table not in ledger.ours()
    with pytest.raises(tk.ObjectNotFound):
        act("datastore_search", resource_id=table)
    assert shrinking.run(body).unchanged > 0
    assert tables.runs(shrinking.id, 1)[0].state == "done"
    # and it may come back
    shrinking.run(shortened(10))
    assert act("datastore_search", resource_id=found()[0])["total"] == killing.ROWS


def test_a_dataset_may_get_its_first_table_later(shrinking: Shrinking):
    whole = json.loads(shortened(10))
    columns = whole["datasets"][9].pop("columns")
    shrinking.run(json.dumps(whole))
    whole["datasets"][9]["columns"] = columns
    assert shrinking.run(json.dumps(whole)).rejected == 0
    [table] = [one["id"] for one in shrinking.dataset("d09")["resources"] if one["role"] == "table"]
    assert act("datastore_search", resource_id=table)["total"] == killing.ROWS


def test_a_table_that_is_missing_beside_a_faulty_record_stays(shrinking: Shrinking):
    shrinking.run(shortened(10))
    broken = json.loads(shortened(10))
    del broken["datasets"][9]["columns"]
    whole = json.dumps(broken)
    broken["datasets"].append(broken["datasets"][0])
    assert shrinking.run(json.dumps(broken)).held == {}
    assert shrinking.run(whole).held["tables"] == {"d09": {"werte": [killing.ROWS, 0]}}
    [table] = [one["id"] for one in shrinking.dataset("d09")["resources"] if one["role"] == "table"]
    assert act("datastore_search", resource_id=table)["total"] == killing.ROWS


def test_a_valid_file_with_few_rows_empties_no_table(feeds: Feeds, source):
    lines = [f"{number};{number}\n" for number in range(100)]
    name = source("schrumpft", "csv", feeds.give("/s.csv", "id;zahl\n" + "".join(lines)), options=csv_options())
    run(name)
    feeds.give("/s.csv", "id;zahl\n" + "".join(lines[:80]))
    assert run(name).counts.withdrawn == 20
    feeds.give("/s.csv", "id;zahl\n" + "".join(lines[:10]))
    assert run(name).counts.withdrawn == 0
    assert len(rows_of(name)) == 80
    [row] = tables.sources(name)
    latest = tables.runs(row.id, 1)[0]
    assert (latest.state, list(latest.held["tables"].values())) == ("held", [{"werte": [80, 10]}])
    act("jenasmartcity_harvest_run_decide", id=latest.id, accept=True)
    assert run(name).counts.withdrawn == 70
    assert len(rows_of(name)) == 10
