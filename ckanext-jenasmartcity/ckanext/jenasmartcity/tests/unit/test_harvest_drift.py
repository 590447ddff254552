"""What a record must forget when the portal does not hold what it remembers."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.jenasmartcity.harvest.repair import drift

STATE = {
    "id": "r1", "rows": "abc", "structure": "def", "records": 3, "spare": False,
    "columns": [["a", "int"], ["b", "text"]], "key": ["a"],
}
RECORD = drift.Remembered("d1", "p1", "hash", {"werte": STATE})


def held(**changes: Any) -> drift.Held:
    given: dict[str, Any] = {
        "datasets": {"p1": "active"}, "resources": {"r1": "active"}, "columns": {"r1": {"a": "int8", "b": "text"}},
        "size": lambda id_: {"r1": 3}[id_], "loaded": {"r1": {"structure": "def", "rows": "abc"}},
    }
    return drift.Held(**{**given, **changes})


def test_a_record_that_is_right_stays():
    assert drift.settled(RECORD, held()) == RECORD
    assert drift.settled(RECORD, held(loaded={})) == RECORD
    assert drift.settled(RECORD._replace(tables={}), held()).tables == {}


@pytest.mark.parametrize("changes", [
    {"size": lambda _: 2}, {"size": lambda _: 4}, {"loaded": {"r1": {"structure": "def", "rows": "other"}}},
    {"loaded": {"r1": {"structure": "", "rows": ""}}},
])
def test_other_rows_are_loaded_into_the_same_table(changes):
    found = drift.settled(RECORD, held(**changes))
    assert found == RECORD._replace(tables={"werte": {**STATE, "rows": ""}})
    assert drift.settled(found, held(**changes)) == found


@pytest.mark.parametrize("columns", [
    {}, {"r1": {"a": "int8"}}, {"r1": {"a": "int8", "b": "text", "c": "text"}}, {"r1": {"a": "text", "b": "text"}},
])
def test_another_table_or_none_is_made_anew_and_the_guard_on_its_rows_stays(columns):
    state = drift.settled(RECORD, held(columns=columns)).tables["werte"]
    assert (state["id"], state["rows"], state["structure"], state["records"]) == ("r1", "", "", 3)
    again = RECORD._replace(tables={"werte": state})
    assert drift.settled(again, held(columns=columns)) == again


def test_a_table_whose_rows_are_in_doubt_is_made_anew_once_it_is_gone():
    doubtful = RECORD._replace(tables={"werte": {**STATE, "rows": ""}})
    assert drift.settled(doubtful, held(columns={})).tables["werte"]["structure"] == ""


def test_more_rows_than_the_last_run_brought_are_right_where_it_had_faults():
    spared = RECORD._replace(tables={"werte": {**STATE, "spare": True}})
    assert drift.settled(spared, held(size=lambda _: 5)) == spared
    assert drift.settled(spared, held(size=lambda _: 2)) != spared


def test_a_purged_dataset_is_made_anew_and_what_a_person_deleted_is_not():
    purged = drift.settled(RECORD, held(datasets={}))
    assert (purged.content_hash, purged.tables["werte"]["structure"]) == ("", "")
    assert drift.settled(purged, held(datasets={})) == purged
    assert drift.settled(RECORD, held(datasets={"p1": "deleted"}, columns={})) == RECORD
    for resources in ({}, {"r1": "deleted"}):
        assert drift.settled(RECORD, held(resources=resources, columns={})) == RECORD
