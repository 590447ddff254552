"""What the actions of this room take."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema, Validator


@tk.validator_args
def source_show(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """name: of the source."""
    return {"name": [not_empty, unicode_safe]}


@tk.validator_args
def run_decide(not_empty: Validator, int_validator: Validator, boolean_validator: Validator,
               not_missing: Validator) -> Schema:
    """id: of the run; accept: whether what is held may go."""
    return {"id": [not_empty, int_validator], "accept": [not_missing, boolean_validator]}


def validated(data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The values, or ValidationError."""
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return data
