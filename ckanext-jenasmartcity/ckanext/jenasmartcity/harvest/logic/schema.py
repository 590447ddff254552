"""What the actions of this room take."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema, Validator


@tk.validator_args
def source_show(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """name: of the source."""
    return {"name": [not_empty, unicode_safe]}


def validated(data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The values, or ValidationError."""
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return data
