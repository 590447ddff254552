"""How a source stands, why records were rejected, what would change: said from values alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from ckanext.jenasmartcity.connectors.base import Rejected
from ckanext.jenasmartcity.harvest.stewards import difference, grouping, states

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class Plan:
    active: bool = True
    schedule: str | None = "0 3 * * *"
    created: dt.datetime = NOW - DAY


@dataclass
class Run:
    state: str
    decision: str | None = None


@pytest.mark.parametrize(("plan", "latest", "success", "expected"), [
    (Plan(), None, None, "never"),
    (Plan(created=NOW - 5 * DAY), None, None, "overdue"),
    (Plan(), Run("waiting"), None, "waiting"),
    (Plan(active=False), Run("running"), None, "running"),
    (Plan(active=False), Run("failed"), None, "paused"),
    (Plan(), Run("done"), NOW - DAY, "done"),
    (Plan(), Run("done"), NOW - 2 * DAY, "done"),
    (Plan(), Run("done"), NOW - 4 * DAY, "overdue"),
    (Plan(schedule=None), Run("done"), NOW - 400 * DAY, "done"),
    (Plan(), Run("failed"), NOW - DAY, "failed"),
    (Plan(), Run("interrupted"), NOW - DAY, "failed"),
    (Plan(), Run("held"), NOW - DAY, "held"),
    (Plan(), Run("held", "refused"), NOW - DAY, "done"),
])
def test_a_source_stands_as_one_would_say(plan, latest, success, expected):
    assert states.state(plan, latest, success, NOW) == expected
    assert expected in states.STATES


def test_records_are_told_by_cause_the_largest_first():
    listed = [Rejected(str(n), "not-a-number", "zahl", {"value": f"x{n}"}) for n in range(30)]
    listed += [Rejected("a", "missing", "id"), Rejected("b", "not-a-number", "hoehe", {"value": "x"})]
    found = grouping.groups(listed)
    assert [(one.code, one.field, one.count, len(one.records)) for one in found] == [
        ("not-a-number", "zahl", 30, 20), ("missing", "id", 1, 1), ("not-a-number", "hoehe", 1, 1),
    ]
    shown = found[0].as_dict()
    # what differs is left open, what is the same is said
    assert shown["cause"]["de"] == "zahl: »…« ist keine Zahl."
    assert found[2].as_dict()["cause"]["en"] == "hoehe: “x” is not a number."
    assert shown["remedy"]["de"] != shown["remedy"]["en"]
    assert "x3" in shown["records"][3]["de"]


def test_a_group_counts_more_than_it_shows():
    [group] = grouping.groups([Rejected("1", "missing", "id")], {("missing", "id"): 10_000})
    assert (group.count, len(group.records)) == (10_000, 1)


SHOWN = {
    "id": "p", "name": "baeume", "type": "dataset", "title": "Bäume", "notes": "Alt.\r\nZeile", "version": "7",
    "language": '["de", "en"]', "license_id": "cc", "withdrawn": "2026-01-01", "private": False,
    "organization": {"name": "stadt-jena"}, "owner_org": "an-id",
    "tags": [{"name": "wald", "display_name": "wald"}, {"name": "baum"}],
    "resources": [
        {"id": "r", "name": "Tabelle", "role": "table", "url": "http://x/dump/r", "license": "cc", "position": 0},
        {"id": "own", "name": "Von Hand", "url": "http://x/y"},
    ],
}
SAME = {
    "id": "p", "name": "anders", "type": "dataset", "title": "Bäume", "notes": "Alt.\nZeile", "language": ["de", "en"],
    "license_id": "cc", "private": "false", "owner_org": "stadt-jena", "tags": [{"name": "baum"}, {"name": "wald"}],
    "resources": [{"id": "r", "name": "Tabelle", "role": "table", "url": "_datastore_only_resource", "license": "cc"}],
}


def changes(**more: object) -> dict[str, tuple[object, object]]:
    found = difference.fields(SHOWN, {**SAME, **more}, ["title", "license_id"])
    return {one.field: (one.before, one.after) for one in found}


def test_the_same_in_other_words_is_no_difference():
    assert changes() == {}


def test_each_field_is_told_before_and_after():
    assert changes(title="Wälder") == {"title": ("Bäume", "Wälder")}
    assert changes(tags=[{"name": "baum"}]) == {"tags": (["baum", "wald"], ["baum"])}
    assert changes(owner_org="stadtwerke") == {"owner_org": ("stadt-jena", "stadtwerke")}
    new = {"id": "n", "name": "Neu", "url": "http://n"}
    assert changes(resources=[*SAME["resources"], new]) == {"resources.Neu": (None, "http://n")}
    other = {**SAME["resources"][0], "license": "by"}
    assert changes(resources=[other]) == {"resources.Tabelle.license": ("cc", "by")}


def test_what_the_source_gives_no_longer_goes_and_what_is_protected_stays():
    less = {key: value for key, value in SAME.items() if key != "license_id"}
    assert [one.field for one in difference.fields(SHOWN, less, ["title", "license_id"])] == ["license_id"]
    assert difference.fields(SHOWN, less, ["title", "license_id"], ["license_id"]) == []
    # what people added is none of the source's business
    assert difference.fields(SHOWN, less, ["title"]) == []
    assert difference.fields(SHOWN, {**SAME, "title": "x"}, [], ["title"]) == []


def test_a_long_text_is_cut():
    [change] = difference.fields(SHOWN, {**SAME, "notes": "x" * 5_000_000}, [])
    assert len(change.as_dict()["after"]) < 3000
