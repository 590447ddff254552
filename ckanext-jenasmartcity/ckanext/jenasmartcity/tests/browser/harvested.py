"""What the running portal holds of a source."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ckanext.jenasmartcity.tests.browser import asking, readers, words

Key = tuple[Any, ...]
Row = dict[str, Any]


class Harvested:
    """Of one source: the tables of its datasets, and what it rejected."""

    def __init__(self, name: str, token: str) -> None:
        shown = asking.act("jenasmartcity_harvest_source_show", token, name=name)
        self.name, self.packages = name, [entry["package_id"] for entry in shown["datasets"]]
        self.rejected = {(entry["id"], entry["code"]) for entry in shown["rejected"]}
        self.tables = {
            resource["table_name"]: resource["id"]
            for package in self.packages for resource in asking.act("package_show", id=package)["resources"]
            if resource.get("role") == "table"
        }

    def table(self, name: str, key: tuple[str, ...]) -> tuple[dict[str, str], dict[Key, Row]]:
        """Column -> type, and the rows by key."""
        types, rows = asking.table(self.tables[name])
        typed = [{column: given(value, types[column]) for column, value in row.items()} for row in rows]
        keyed = {tuple(row[column] for column in key): row for row in typed}
        assert len(keyed) == len(typed), f"{name}: rows share a key"
        return types, keyed


def given(value: Any, type_: str) -> Any:
    """A value of the DataStore's JSON as its column's type says."""
    if value is None or type_ in ("text", "json"):
        assert value is None or type_ == "json" or isinstance(value, str)
        return value
    if type_ in ("date", "timestamptz"):
        return (dt.date if type_ == "date" else dt.datetime).fromisoformat(value)
    kinds = {"int8": int, "bool": bool, "numeric": (int, Decimal)}
    assert isinstance(value, kinds[type_]), (value, type_)
    assert isinstance(value, bool) == (type_ == "bool")
    return Decimal(value) if type_ == "numeric" else value


@dataclass(frozen=True)
class Feed:
    """A harvested dataset: its metadata, and the texts of its tables as the second reader sees them."""

    name: str
    about: str
    cells: frozenset[str]


def feeds(token: str) -> list[Feed]:
    """One for each dataset that the configured sources make."""
    found = []
    for source in readers.sources():
        (package,) = (asking.act("package_show", id=id_) for id_ in Harvested(source["name"], token).packages)
        about = json.dumps(package, ensure_ascii=False, default=str)
        found.append(Feed(package["name"], about, frozenset(words.cells(source))))
    return found


def holding(feeds: list[Feed], part: str) -> set[str]:
    """Datasets with a table in which a word has the part inside, however it is spelled."""
    return {feed.name for feed in feeds if any(words.plain(part) in words.plain(cell) for cell in feed.cells)}


def mentioning(feeds: list[Feed], part: str) -> set[str]:
    """Datasets that say anything at all with the part inside, in a table or about themselves."""
    return {feed.name for feed in feeds if words.has_inside(" ".join([feed.about, *feed.cells]), part)}
