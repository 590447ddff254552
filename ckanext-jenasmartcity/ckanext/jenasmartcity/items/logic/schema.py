"""What the actions of this room take."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema, Validator, ValidatorFactory

LARGEST_PAGE = 1000
# Days of a calendar that time zones and Solr can shift by one.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
# Solr's page numbers end where a 32-bit integer does.
_LAST = 100_000


def day(value: Any) -> dt.date | None:
    """A day as YYYY-MM-DD, or Invalid."""
    if value in (None, ""):
        return None
    try:
        found = dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise tk.Invalid(tk._("Please enter a date as YYYY-MM-DD.")) from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise tk.Invalid(tk._("Please enter a date as YYYY-MM-DD."))
    return found


def within(lowest: int, highest: int) -> Any:
    """A validator for a whole number between two, both included."""
    def check(value: Any) -> int:
        try:
            number = int(value)
        except (TypeError, ValueError) as error:
            raise tk.Invalid(tk._("Please enter a whole number.")) from error
        return max(lowest, min(highest, number))

    return check


@tk.validator_args
def item_search(
    default: ValidatorFactory, unicode_safe: Validator, boolean_validator: Validator, ignore_missing: Validator
) -> Schema:
    """q, district, from, to (days), free, accessible, past, rows, start."""
    return {
        "q": [default(""), unicode_safe], "district": [default(""), unicode_safe],
        "from": [ignore_missing, day], "to": [ignore_missing, day],
        "free": [default(False), boolean_validator], "accessible": [default(False), boolean_validator],
        "past": [default(False), boolean_validator],
        "rows": [default(20), within(0, LARGEST_PAGE)], "start": [default(0), within(0, _LAST)],
    }


@tk.validator_args
def item_list(default: ValidatorFactory, unicode_safe: Validator, ignore_missing: Validator) -> Schema:
    """source, dataset_id, limit, offset."""
    return {
        "source": [ignore_missing, unicode_safe], "dataset_id": [ignore_missing, unicode_safe],
        "limit": [default(100), within(0, LARGEST_PAGE)], "offset": [default(0), within(0, 2**31 - 1)],
    }


@tk.validator_args
def item_reconcile(default: ValidatorFactory, unicode_safe: Validator) -> Schema:
    """after, limit."""
    return {"after": [default(""), unicode_safe], "limit": [default(500), within(1, LARGEST_PAGE)]}


@tk.validator_args
def item_show(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """id: public id of the offer."""
    return {"id": [not_empty, unicode_safe]}


def validated(data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The values, or ValidationError."""
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return data
