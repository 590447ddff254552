"""The fields that a connector declares: one for each of its options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.connectors.base import Option
from ckanext.jenasmartcity.harvest.forms import written

PREFIX = "option-"


def shown(options: Sequence[Option], values: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values for what a source has set, or for the defaults."""
    return {PREFIX + one.name: _shown(one, values.get(one.name, one.default)) for one in options}


def read(options: Sequence[Option], form: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The options that were filled in, and what is wrong, by the name of the form's field."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for option in options:
        name = PREFIX + option.name
        try:
            value = _read(option, form.get(name, ""))
        except ValueError as error:
            errors[name] = [str(error)]
            continue
        if value not in (None, "", [], {}):
            values[option.name] = value
        elif option.required:
            errors[name] = [tk._("Please fill in this field.")]
    return values, errors


def _shown(option: Option, value: Any) -> Any:
    if option.type == "bool":
        return "1" if value else ""
    return str(value) if option.type == "int" and value is not None else written.shown(value)


def _read(option: Option, text: str) -> Any:
    text = text.replace("\r\n", "\n")
    if option.type == "bool":
        return bool(text) if bool(text) != bool(option.default) else None
    if not text.strip():
        return None
    if option.type == "int":
        return _number(text.strip())
    if option.type == "list":
        return written.listed(text)
    return written.mapping(text) if option.type == "mapping" else text.strip()


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise ValueError(tk._("“{value}” is not a whole number.").format(value=text[:40]))
    return int(text)
