"""What a benchmark may claim, and what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import harvest_growth, run, world
from benchmarks.result import Result, Runs, table
from stack import layout
from stack.steps import StepError


def _result(ours: tuple[float, ...], stock: tuple[float, ...] | None, promised: float | None = 5) -> Result:
    return Result("x", "harvest", 2000, "datasets/s", Runs(ours), None if stock is None else Runs(stock), promised)


def test_a_ratio_is_that_of_the_medians():
    result = _result((60, 50, 90), (10, 11, 9))
    assert result.ratio == 6
    assert result.kept is True
    assert _result((40, 44, 42), (10, 11, 9)).kept is False


@pytest.mark.parametrize(("ours", "stock"), [((9, 60, 60), (10, 9, 9)), ((10, 10, 60), (10, 9, 9))])
def test_no_ratio_is_claimed_where_the_spreads_meet(ours: tuple[float, ...], stock: tuple[float, ...]):
    result = _result(ours, stock)
    assert result.ratio is None
    assert result.kept is False
    assert "MISSED" in table([result])


def test_nothing_is_claimed_without_stock():
    result = _result((60, 50, 90), None)
    assert (result.ratio, result.kept) == (None, None)
    assert "MISSED" not in table([result])


def test_slower_runs_are_told_as_well():
    assert _result((1, 1, 2), (10, 11, 9)).ratio == 0.1


def test_growth_is_kept_below_its_limit():
    assert Result("g", "growth", 20_000, "ratio", Runs((1.1, 1.3, 1.15)), None, 1.2, atmost=True).kept is True
    assert Result("g", "growth", 20_000, "ratio", Runs((1.3, 1.3, 1.15)), None, 1.2, atmost=True).kept is False


def test_the_table_names_both_sides_and_their_spread():
    text = table([_result((60, 50, 9000), (10, 11, 9)), _result((2, 2, 2), (1, 1, 1), None)])
    assert "50–9,000; 9–11" in text
    assert "≥ 5: kept" in text
    assert len(text.splitlines()) == 4


def test_datasets_of_a_batch_share_its_time():
    assert harvest_growth.shared([(1.0, 0), (2.0, 2), (2.0, 2), (5.0, 3)]) == [0.5, 0.5, 3.0]


def test_the_index_is_part_of_a_datasets_time_whenever_it_is_written():
    moments = [(1.0, 2), (2.0, 4), (5.0, 6)]
    assert harvest_growth.each({"moments": moments, "commits": [1.5, 4.0]}) == [0.5, 0.5, 1.5, 1.5]
    assert harvest_growth.each({"moments": moments, "commits": [8.0, 11.0]}) == [1.5, 1.5, 2.5, 2.5]


def test_benchmarks_are_found_by_name():
    names = [module.__name__ for module in run.modules("harvest_new, harvest_growth")]
    assert names == ["benchmarks.harvest_new", "benchmarks.harvest_growth"]
    assert len(run.modules("")) >= 4
    with pytest.raises(StepError, match="harvest_new"):
        run.modules("nonsense")


def test_a_size_that_is_none_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("N", raising=False)
    assert world.number("N", 2000, 20) == 2000
    for wrong in ("abc", "-5", "1", "2e3", "²"):
        monkeypatch.setenv("N", wrong)
        with pytest.raises(StepError, match="is no number of datasets"):
            world.number("N", 2000, 20)


class _Portal(world.Side):
    """A side that says it harvested and of which a search finds so many."""

    def __init__(self, finds: tuple[int, int]) -> None:
        self.name, self.finds, self.state = "ours", finds, None

    def call(self, verb: str, *arguments: str) -> dict[str, Any]:
        return {"seconds": 2.0, "counts": {"rejected": 0}}

    def found(self, words: str = "*:*") -> int:
        return self.finds[words != "*:*"]


@pytest.mark.parametrize("finds", [(19, 2), (20, 1), (20, 0)])
def test_a_harvest_that_is_not_found_whole_is_no_figure(finds: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    instance = layout.Instance("bench", 5200)
    monkeypatch.setattr(world.World, "publish", lambda self, changed, count: 2)
    monkeypatch.setattr(layout.Instance, "secrets", {})
    measured = world.World(instance, 20)
    with pytest.raises(StepError, match="found instead of"):
        measured.rate(_Portal(finds), 10)
    assert measured.rate(_Portal((20, 2)), 10) == 10
