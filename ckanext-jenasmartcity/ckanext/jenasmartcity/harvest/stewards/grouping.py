"""Rejections by their cause: what a steward can mend with one call.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.jenasmartcity.connectors.base import Rejected
from ckanext.jenasmartcity.connectors.reasons import REASONS

# Records that a group shows one by one.
SHOWN = 20
# Stands for a value that differs from record to record.
_VARIES = "…"


@dataclass(frozen=True, slots=True)
class Group:
    """Records that were rejected for the same cause in the same field.

    count: all of them; records: the first of them.
    """

    code: str
    field: str | None
    count: int
    records: tuple[Rejected, ...]

    def as_dict(self) -> dict[str, Any]:
        """code, count, cause {de, en}, remedy {de, en}, field, records: list of {id, field, de, en}."""
        reason, values = REASONS[self.code], _Shared(_shared(self.records))
        return {
            "code": self.code, "count": self.count, "field": self.field,
            "cause": {"de": reason.cause_de.format_map(values), "en": reason.cause_en.format_map(values)},
            "remedy": {"de": reason.remedy_de.format_map(values), "en": reason.remedy_en.format_map(values)},
            "records": [
                {"id": one.id, "field": one.field, "de": one.message("de"), "en": one.message("en")}
                for one in self.records
            ],
        }


class _Shared(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return _VARIES


def _shared(records: tuple[Rejected, ...]) -> dict[str, str]:
    said = [{"id": one.id, "field": one.field or "", **one.values} for one in records]
    return {
        name: value for name, value in (said[0].items() if said else ()) if all(one.get(name) == value for one in said)
    }


def groups(rejected: Iterable[Rejected], counts: Mapping[tuple[str, str | None], int] | None = None) -> list[Group]:
    """One group for each cause and field, the largest first.

    counts: how many there are of each where ``rejected`` holds only the first.
    """
    found: dict[tuple[str, str | None], list[Rejected]] = {}
    for one in rejected:
        found.setdefault((one.code, one.field), []).append(one)
    listed = [
        Group(code, name, (counts or {}).get((code, name), len(same)), tuple(same[:SHOWN]))
        for (code, name), same in found.items()
    ]
    return sorted(listed, key=lambda group: -group.count)
