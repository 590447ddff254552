"""A source that goes: at once for those who look, in batches for its datasets, and whole whoever dies meanwhile."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.jenasmartcity.harvest import faults, lease, leaving, tick
from ckanext.jenasmartcity.harvest import model as tables

from . import dying
from .conftest import NOW, Feeds, act, run
from .killing import mixed  # noqa: F401
from .test_harvest import csv_options

pytestmark = pytest.mark.usefixtures("harvested", "mixed")
DATASETS = 120


@pytest.fixture
def many(feeds: Feeds, source, request) -> str:
    """A source with more datasets than go at once."""
    name = f"viele-{abs(hash(request.node.name))}"
    listed = [{"id": f"d{number:03}", "title": f"Datensatz {number:03}"} for number in range(DATASETS)]
    body = json.dumps({"datasets": listed, "items": []})
    source(name, "mixed", feeds.give(f"/{name}.json", body, "application/json"), schedule="0 4 * * *")
    assert run(name).counts.added == DATASETS
    return name


def datasets(name: str) -> list[str]:
    return [one.package_id for one in tables.records(tables.sources(name)[0].id).values()]


def withdrawn(ids: list[str]) -> int:
    model.Session.expire_all()
    return sum(bool(act("package_show", id=id_).get("withdrawn")) for id_ in ids)


def delete(name: str, choice: str) -> dict[str, Any]:
    found: dict[str, Any] = act("jenasmartcity_harvest_source_delete", name=name, datasets=choice)
    model.Session.expire_all()
    return found


def rounds(number: int = 1) -> None:
    for _ in range(number):
        tick.work(dt.datetime.now(dt.UTC), {})
        model.Session.remove()


def test_the_request_marks_it_and_tick_does_the_work(many: str, app, monkeypatch):
    ids = datasets(many)
    act("jenasmartcity_harvest_source_run", name=many)
    assert delete(many, "withdraw") == {"name": many, "gone": False}
    assert withdrawn(ids) == leaving.BATCHES["withdraw"]
    shown = act("jenasmartcity_harvest_source_show", name=many)
    assert (shown["state"], shown["leaving"]) == ("leaving", "withdraw")
    assert (shown["active"], shown["next_run"]) == (False, None)
    assert not any(shown["may"].values())
    assert [one["state"] for one in shown["runs"]] == ["interrupted", "done"]
    # nothing begins any more, by no way
    [row] = tables.sources(many)
    for action, asked in (("run", {}), ("update", {"active": True}), ("token_create", {})):
        with pytest.raises(tk.ValidationError):
            act(f"jenasmartcity_harvest_source_{action}", name=many, **asked)
    assert run(many).busy
    assert row.id not in {one.id for one in tables.due(NOW + dt.timedelta(days=400))}
    model.Session.rollback()
    assert act("jenasmartcity_harvest_source_seed") == []
    # once is enough, and what was said first holds
    monkeypatch.setattr(leaving, "SLICE", 0)
    assert delete(many, "keep")["gone"] is False
    assert withdrawn(ids) == 2 * leaving.BATCHES["withdraw"]
    rounds()
    assert tables.sources(many) == []
    assert withdrawn(ids) == DATASETS
    # the index has learnt of it as well
    listed = act("package_search", fq=f"name:{many}*", rows=0)["count"]
    asked = act("package_search", fq=f"name:{many}* +extras_withdrawn:[* TO *]", rows=0)["count"]
    assert (listed, asked) == (0, DATASETS)


@pytest.mark.parametrize(("choice", "batch"), [("withdraw", 50), ("keep", 50)])
@pytest.mark.parametrize("number", [1, 2])
def test_who_is_killed_between_two_batches_is_taken_up(many: str, monkeypatch, choice, batch, number):
    monkeypatch.setattr(leaving, "BATCHES", {choice: batch})
    ids = datasets(many)
    [row] = tables.sources(many)
    leaving.begin(row, choice == "withdraw", NOW)

    def work() -> int:
        faults.arm("withdrawal", number)
        tick.work(dt.datetime.now(dt.UTC), {})
        return dying.DONE

    assert dying.code_of(dying.fork(work)) == dying.KILLED
    assert len(datasets(many)) == DATASETS - number * batch
    assert withdrawn(ids) == (number * batch if choice == "withdraw" else 0)
    dying.expire(many)
    rounds()
    assert tables.sources(many) == []
    assert withdrawn(ids) == (DATASETS if choice == "withdraw" else 0)


def test_a_small_source_is_gone_at_once(feeds: Feeds, source):
    name = source("klein", "csv", feeds.give("/klein.csv", "id;zahl\n1;1\n"), options=csv_options())
    run(name)
    ids = datasets(name)
    assert delete(name, "withdraw") == {"name": name, "gone": True}
    assert (tables.sources(name), withdrawn(ids)) == ([], 1)


def test_a_run_under_way_comes_to_its_end_first(feeds: Feeds, source):
    name = source("laeuft", "csv", feeds.give("/laeuft.csv", "id;zahl\n1;1\n"), options=csv_options())
    run(name)
    [row] = tables.sources(name)
    with lease.held(row.id, row.uid):
        assert delete(name, "keep")["gone"] is False
        rounds()
        assert act("jenasmartcity_harvest_source_show", name=name)["state"] == "leaving"
    rounds()
    assert tables.sources(name) == []


def test_a_run_that_died_is_not_begun_again(feeds: Feeds, source):
    name = source("starb", "csv", feeds.give("/starb.csv", "id;zahl\n1;1\n"), options=csv_options())
    [row] = tables.sources(name)
    model.Session.add(tables.HarvestRun(source_id=row.id, state="running"))
    row.leaving, row.active = "keep", False
    model.Session.commit()
    tick._recover(dt.datetime.now(dt.UTC))
    model.Session.rollback()
    model.Session.expire_all()
    assert [one.state for one in tables.runs(row.id)] == ["interrupted"]


def test_what_is_withdrawn_at_once_is_as_if_it_had_been_edited(many: str):
    ours, theirs = datasets(many)[:2]
    tables.withdrawn.mark([ours], NOW.date())
    model.Session.commit()
    act("package_patch", id=theirs, withdrawn=NOW.date().isoformat())
    rows = [model.Session.get(model.Package, id_) for id_ in (ours, theirs)]
    kept = [{key: value for key, value in row.extras.items() if value != row.extras.get("identifier")} for row in rows]
    assert kept[0] == kept[1]
    assert kept[0]["withdrawn"] == "2026-11-24"
    assert all(dt.datetime.now(dt.UTC).replace(tzinfo=None) - row.metadata_modified < dt.timedelta(minutes=1)
               for row in rows)
