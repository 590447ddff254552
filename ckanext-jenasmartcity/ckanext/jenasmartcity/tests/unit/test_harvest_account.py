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
