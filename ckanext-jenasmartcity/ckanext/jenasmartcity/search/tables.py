"""The text of a dataset's tables, so that a search finds what stands in the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

VALUES_PER_COLUMN = 20_000


def _columns(resource_id: str) -> list[str]:
    found = tk.get_action("datastore_search")({"ignore_auth": True}, {"resource_id": resource_id, "limit": 0})
    return [field["id"] for field in found["fields"] if field["type"] == "text"]


def _values(resource_id: str) -> Iterator[str]:
    for column in _columns(resource_id):
        found = tk.get_action("datastore_search")(
            {"ignore_auth": True},
            {
                "resource_id": resource_id, "fields": [column], "distinct": True, "sort": column,
                "limit": VALUES_PER_COLUMN, "include_total": False,
            },
        )
        yield from (record[column] for record in found["records"] if record[column])


def texts(resources: Iterable[Mapping[str, Any]], cap: int) -> list[str]:
    """Distinct texts of all tables of a dataset, at most ``cap`` characters in all.

    A resource whose table is not there (yet) has none.
    """
    kept: list[str] = []
    left = cap
    for resource in resources:
        if not resource.get("datastore_active"):
            continue
        try:
            for value in _values(resource["id"]):
                if len(value) > left:
                    return kept
                kept.append(value)
                left -= len(value)
        except tk.ObjectNotFound:
            continue
    return kept
