"""What the actions of this room take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema, Validator, ValidatorFactory
from flask import has_request_context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.harvest.stewards.entries import Problems

LARGEST_PAGE = 1000
# Where PostgreSQL's whole numbers end; rows that no page can reach are not counted out.
_LAST = 2**31 - 1


def within(lowest: int, highest: int) -> Callable[[Any], int]:
    """A validator for a whole number between two, both included."""
    def check(value: Any) -> int:
        try:
            number = int(value)
        except (TypeError, ValueError) as error:
            raise tk.Invalid(tk._("Please enter a whole number.")) from error
        return max(lowest, min(highest, number))

    return check


def clean(value: Any) -> str:
    """A text that PostgreSQL can compare."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()


def drafts(value: Any) -> list[str]:
    """Ids of drafts, one or a list of them."""
    found = [clean(one) for one in (value if isinstance(value, list) else [value])]
    if len(found) > LARGEST_PAGE:
        raise tk.Invalid(tk._("Please ask for {limit} at most.").format(limit=LARGEST_PAGE))
    return found


@tk.validator_args
def source_list(ignore_missing: Validator) -> Schema:
    """organization: name or id (optional)."""
    return {"organization": [ignore_missing, clean]}


@tk.validator_args
def source_show(not_empty: Validator) -> Schema:
    """name: of the source."""
    return {"name": [not_empty, clean]}


@tk.validator_args
def source_delete(not_empty: Validator, default: ValidatorFactory, one_of: ValidatorFactory) -> Schema:
    """name: of the source; datasets: keep or withdraw."""
    return {"name": [not_empty, clean], "datasets": [default("keep"), one_of(["keep", "withdraw"])]}


@tk.validator_args
def source_run(not_empty: Validator, ignore_empty: Validator) -> Schema:
    """name: of the source; only: id of a draft (optional)."""
    return {"name": [not_empty, clean], "only": [ignore_empty, clean]}


@tk.validator_args
def run_show(not_empty: Validator) -> Schema:
    """id: of the run."""
    return {"id": [not_empty, run_id]}


@tk.validator_args
def run_list(not_empty: Validator, default: ValidatorFactory) -> Schema:
    """source: name; limit, offset."""
    return {
        "source": [not_empty, clean], "limit": [default(50), within(0, LARGEST_PAGE)],
        "offset": [default(0), within(0, _LAST)],
    }


@tk.validator_args
def record_list(
    not_empty: Validator, ignore_empty: Validator, default: ValidatorFactory, one_of: ValidatorFactory
) -> Schema:
    """source: name; state, q, drafts (all optional); limit, offset."""
    return {
        "source": [not_empty, clean], "state": [ignore_empty, one_of(["present", "absent", "withdrawn"])],
        "q": [ignore_empty, clean], "drafts": [ignore_empty, drafts], "limit": [default(50), within(0, LARGEST_PAGE)],
        "offset": [default(0), within(0, _LAST)],
    }


@tk.validator_args
def run_decide(not_empty: Validator, boolean_validator: Validator, not_missing: Validator) -> Schema:
    """id: of the run; accept: whether what is held may go."""
    return {"id": [not_empty, run_id], "accept": [not_missing, boolean_validator]}


def run_id(value: Any) -> int:
    """The number of a run, or Invalid."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise tk.Invalid(tk._("Please enter a whole number."))
    return int(text)


def validated(data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The values, or ValidationError."""
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return data


def refused(problems: Problems) -> tk.ValidationError:
    """The complaints as CKAN tells them, in the language of the request."""
    return tk.ValidationError({
        key: [text.en if language() == "en" else text.de] for key, text in problems.items()
    })


def language() -> str:
    """"en" for a request in English, otherwise "de"."""
    chosen = tk.request.environ.get("CKAN_LANG") if has_request_context() else None
    return "en" if str(chosen or config.harvest().language).startswith("en") else "de"
