"""What a benchmark gives: three runs of each side, and a ratio only where it can be claimed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Runs:
    """One side's figure in each run."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    def as_json(self) -> dict[str, Any]:
        """The figures themselves, and what the table shows of them."""
        return {"runs": list(self.values), "median": self.median, "spread": list(self.spread)}


@dataclass(frozen=True, slots=True)
class Result:
    """One promise measured.

    what: words for the table.  datasets: in the catalogue.  unit: of the figures.  stock: None
    where the promise compares ours with ours, so that the figures are ratios themselves.
    promised: the ratio that is promised, if one is; atmost: whether that is an upper limit.
    """

    name: str
    what: str
    datasets: int
    unit: str
    ours: Runs
    stock: Runs | None
    promised: float | None = None
    atmost: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours to stock by their medians; None where the spreads of the runs meet."""
        if self.stock is None:
            return self.ours.median if self.atmost else None
        apart = self.ours.spread[0] > self.stock.spread[1] or self.ours.spread[1] < self.stock.spread[0]
        return self.ours.median / self.stock.median if apart else None

    @property
    def kept(self) -> bool | None:
        """Whether the promise holds; None where nothing is promised or stock was left out."""
        if self.promised is None or (self.stock is None and not self.atmost):
            return None
        if self.ratio is None:
            return False
        return self.ratio <= self.promised if self.atmost else self.ratio >= self.promised

    def as_json(self) -> dict[str, Any]:
        """All of it, for var/bench/<name>.json."""
        return {
            "name": self.name, "what": self.what, "datasets": self.datasets, "unit": self.unit,
            "ours": self.ours.as_json(), "stock": self.stock.as_json() if self.stock else None,
            "ratio": self.ratio, "promised": self.promised,
            "kept": self.kept,
        }


def table(results: Sequence[Result]) -> str:
    """Aligned lines: what, ours, stock, ratio, spread."""
    rows = [("what", "datasets", "ours", "stock", "ratio", "promised", "spread (ours; stock)")]
    for one in results:
        stock = one.stock
        limit = "≤" if one.atmost else "≥"
        verdict = {True: ": kept", False: ": MISSED", None: ""}[one.kept]
        promised = "–" if one.promised is None else f"{limit} {one.promised:g}{verdict}"
        rows.append((
            f"{one.what} [{one.unit}]", f"{one.datasets:,}",
            _figure(one.ours.median), _figure(stock.median) if stock else "–",
            "–" if one.ratio is None else f"{one.ratio:.3g}", promised,
            "; ".join(_span(runs) for runs in (one.ours, stock) if runs),
        ))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _span(runs: Runs) -> str:
    return "–".join(map(_figure, runs.spread))
