"""Every record accounted for."""

from __future__ import annotations

import pytest

from ckanext.jenasmartcity.connectors.base import Column, Draft, Harvest, Item, Table, Text
from ckanext.jenasmartcity.harvest.account import Counts, check, faulty, settle, total


def table(*found_rows):
    return Table("d", "t", Text("t", "t"), (Column("a", "int"), Column("b", "text")), ("a",), found_rows)


@pytest.mark.parametrize(
    ("found", "counts", "expected"),
    [
        (10, Counts(added=10), Counts(added=10)),
        # two records folded into each row
        (10, Counts(added=5), Counts(added=10)),
        (10, Counts(unchanged=4, updated=1), Counts(unchanged=9, updated=1)),
        # one record in two tables
        (10, Counts(added=12, rejected=3), Counts(added=7, rejected=3)),
        (10, Counts(unchanged=1, updated=11), Counts(unchanged=1, updated=9)),
        # what vanished was not in the source
        (10, Counts(unchanged=10, withdrawn=2), Counts(unchanged=10, withdrawn=2)),
        (0, Counts(), Counts()),
    ],
)
def test_the_sum_is_what_the_source_holds(found, counts, expected):
    settled = settle(found, counts)
    assert settled == expected
    assert settled.found == found + counts.withdrawn
    for name in ("added", "updated", "unchanged", "rejected", "withdrawn"):
        assert f"{name} {getattr(settled, name)}" in settled.as_text()


def test_counts_add_up():
    assert total([Counts(added=1), Counts(updated=2, rejected=1)]) == Counts(1, 2, 0, 1, 0)


def test_rows_that_cannot_be_told_apart_are_refused_and_told():
    checked = check(Harvest(4, tables=(table((1, "x"), (1, "y"), (None, "z"), (2, "x")),)))
    assert checked.tables[0].rows == ((1, "x"), (2, "x"))
    assert [(one.code, one.id) for one in checked.rejected] == [("duplicate-id", "t/1"), ("no-id", "t/None")]
    assert all(one.message("de") and one.message("en") for one in checked.rejected)


def told(harvest):
    return [(one.id, one.code, one.field) for one in harvest.rejected]


def test_of_drafts_with_one_id_the_first_stays_and_the_others_are_told():
    drafts = (Draft("a", "dataset", "A"), Draft("b", "dataset", "B"), Draft("a", "dataset", "A2"),
              Draft("a", "dataset", "A3"), Draft(" ", "dataset", "Ohne"))
    checked = check(Harvest(5, drafts))
    assert [one.title for one in checked.drafts] == ["A", "B"]
    assert told(checked) == [("a", "duplicate-id", "id"), ("a", "duplicate-id", "id"), ("Ohne", "no-id", "id")]
    # what is missing may be what the others should have been
    assert faulty(checked)
    assert len(checked.drafts) + len(checked.rejected) == checked.found


def test_of_offers_with_one_id_the_first_stays():
    items = (Item("1", "a", "Kurs"), Item("2", "a", "Kurs"), Item("1", "b", "Anderer Kurs"))
    checked = check(Harvest(3, (Draft("a", "learning-offer", "A"), Draft("b", "learning-offer", "B")), items))
    assert checked.items == items[:2]
    assert told(checked) == [("1", "duplicate-id", "id")]


def test_rows_of_a_draft_that_is_there_already_are_refused_one_by_one():
    first, second = table((1, "x"), (2, "y")), table((2, "z"), (3, "z"))
    drafts = (Draft("d", "dataset", "D"), Draft("d", "dataset", "D2"))
    checked = check(Harvest(4, drafts, tables=(first, second)))
    assert (checked.drafts, checked.tables) == (drafts[:1], (first,))
    # the rows are counted, not the dataset around them
    assert told(checked) == [("d/t/2", "duplicate-id", "id"), ("d/t/3", "duplicate-id", "id")]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("k" * 2001, "x", None), "key"),
        (("1", "ü" * 300_001, None), "text"),
        (("2", "x", {"a": ["y" * 600_000]}), "shape"),
    ],
)
def test_a_row_that_no_table_can_hold_is_refused_and_the_others_stay(row, field):
    columns = (Column("key", "text"), Column("text", "text"), Column("shape", "json"))
    given = (("good", "y" * 500_000, None), row)
    checked = check(Harvest(2, tables=(Table("d", "t", Text("t", "t"), columns, ("key",), given),)))
    assert checked.tables[0].rows == given[:1]
    [rejected] = checked.rejected
    assert (rejected.code, rejected.field) == ("too-long", field)
    assert "zu lang" in rejected.message("de")
    assert len(rejected.message("de")) < 300
