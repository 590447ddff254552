"""Repeating subfields before CKAN's validation sees them."""

from __future__ import annotations

from typing import Any

from ckanext.scheming.plugins import expand_form_composite


def prepare(data_dict: dict[str, Any], schema: dict[str, Any] | None) -> None:
    """Collect the fields of a form ("publisher-0-name") and drop parts without any value.

    A form shows an empty part to be filled in; left blank it is no part, so that "at
    least one publisher" is not met by it.
    """
    if schema is None:
        return
    names = {field["field_name"] for field in schema["dataset_fields"] if "repeating_subfields" in field}
    expand_form_composite(data_dict, set(names))
    for name in names & set(data_dict):
        given = data_dict[name]
        if isinstance(given, list):
            data_dict[name] = [part for part in given if not _is_blank(part)]
        elif given in (None, ""):
            data_dict[name] = []


def jenasmartcity_form_data(field: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """What a form shows of ``field``: after an error the parts as they were typed.

    scheming counts parts in ``data[<field>]``, which a form that was refused has not, and
    offers an empty part to fill in only where a dataset is new.
    """
    name = field["field_name"]
    if "repeating_subfields" not in field or data.get(name):
        return data
    typed = {key: value for key, value in data.items() if key != name}
    expand_form_composite(typed, {name})
    return {name: typed[name]} if typed.get(name) else {}


def _is_blank(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in part.values())
