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


def _is_blank(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in part.values())
