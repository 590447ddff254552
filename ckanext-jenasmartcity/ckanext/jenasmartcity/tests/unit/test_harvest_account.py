"""Every record accounted for."""

from __future__ import annotations

import pytest

from ckanext.jenasmartcity.connectors.base import Column, Harvest, Table, Text
from ckanext.jenasmartcity.harvest.account import Counts, check, settle, total


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
