"""From CKAN's flat data to what the rules between fields read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.schemas.helpers import jenasmartcity_vocabulary
from ckanext.jenasmartcity.schemas.rules import dataset as rules
from ckanext.jenasmartcity.schemas.rules.words import Problem

# Where the chained package_update leaves the dataset's whole list of resources.
ALL_RESOURCES = "jenasmartcity_resources"


def problems(schema: dict[str, Any], data: Any, context: Any, *, publishing: bool) -> Iterator[Problem]:
    """The rules between fields that the data break."""
    fields: dict[str, Any] = {}
    for field in schema["dataset_fields"]:
        name = field["field_name"]
        if "repeating_subfields" in field:
            fields[name] = _rows(name, data)
        elif (value := data.get((name,), tk.missing)) is not tk.missing:
            fields[name] = as_list(value) if field.get("multiple") else value
    checked = _rows("resources", data)
    whole = rules.Dataset(
        fields=fields, resources=_all_resources(checked, context), checked=checked, publishing=publishing
    )
    return rules.problems(whole, jenasmartcity_vocabulary("licenses"), jenasmartcity_vocabulary("maturity-models"))


def as_list(value: Any) -> list[Any]:
    """A list from a list, from its JSON, or from the lines of a text (a form's field)."""
    if isinstance(value, list):
        return value
    if value is None or value is tk.missing:
        return []
    if isinstance(value, str):
        return _listed(value) if value.lstrip().startswith("[") else value.splitlines()
    return [value]


def _listed(value: str) -> list[Any]:
    try:
        content = json.loads(value)
    except ValueError:
        return value.splitlines()
    return content if isinstance(content, list) else [value]


def _rows(name: str, data: Any) -> list[dict[str, Any]]:
    """The parts of a repeating field in their order, with plain values only."""
    rows: dict[int, dict[str, Any]] = {}
    for key, value in data.items():
        if len(key) == 3 and key[0] == name:
            row = rows.setdefault(key[1], {})
            if value is not tk.missing:
                row[key[2]] = value
    return [rows[number] for number in sorted(rows)]


def _all_resources(checked: list[dict[str, Any]], context: Any) -> list[dict[str, Any]]:
    """What the dataset will have: a validator is shown only the resources that change."""
    package = context.get("package")
    if package is None:
        return checked
    listed = context.get(ALL_RESOURCES)
    if listed is not None:
        return listed
    return [
        {"url": resource.url, "format": resource.format, "name": resource.name, **(resource.extras or {})}
        for resource in package.resources
    ]
