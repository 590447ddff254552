"""Sources in the hands of stewards: made, changed, tried, run and ended through the actions."""

from __future__ import annotations

import io
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from werkzeug.datastructures import FileStorage

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest import tick

from .conftest import Feeds, act, run

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


def file(content: bytes, name: str = "werte.csv") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name, content_type="text/csv")


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
    same = act("jenasmartcity_harvest_source_try", name="versuch")
    assert (same["unchanged"], same["new"], same["changed"]) == (1, [], [])
    feeds.give("/v.csv", "id;zahl\n1;1\n3;2\n4;4\n")
    other = act("jenasmartcity_harvest_source_try", name="versuch", title={"de": "Wälder", "en": "Woods"})
    [changed] = other["changed"]
    assert [(one["added"], one["updated"], one["removed"]) for one in changed["tables"]] == [(2, 0, 1)]
    assert changed["fields"] == [{"field": "title", "before": "Bäume", "after": "Wälder"}]
