"""Datasets that were withdrawn: they stay as a note of what there was, their data are not handed out.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The dataset's field that says since when.
FIELD = "withdrawn"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """since: ISO date.  by_source: whether a source has the data no longer; else a person withdrew them."""

    since: str
    by_source: bool


def withdrawal(dataset: Mapping[str, Any]) -> Withdrawal | None:
    """What the fields of a dataset say of its withdrawal; None for one that is not withdrawn."""
    since = str(dataset.get(FIELD) or "").strip()
    return Withdrawal(since, dataset.get("origin") == "harvested") if since else None
