"""What CKAN's validators ask of the database for every dataset, answered for a batch at once.

CKAN asks whether an id, a name or the organisation is there: some eight questions for each
new dataset.  Within ``given`` those whose answer is "nobody has it" are settled by one
question for all; for any other CKAN's own validator asks and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import ckan.logic.validators as core
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey, Validator


@dataclass(frozen=True, slots=True)
class Answers:
    """used: ids and names, of those in the batch, that are in use.  organizations: ids of those there are."""

    used: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()


_answers: ContextVar[Answers | None] = ContextVar("answers", default=None)


@contextmanager
def given(answers: Answers) -> Iterator[None]:
    """Let the validators know; every id and name they meet meanwhile must have been asked for."""
    token = _answers.set(answers)
    try:
        yield
    finally:
        _answers.reset(token)


def _free(value: Any) -> bool:
    answers = _answers.get()
    return answers is not None and isinstance(value, str) and value not in answers.used


def package_id_does_not_exist(value: str, context: Context) -> Any:
    """CKAN's rule."""
    return value if _free(value) else core.package_id_does_not_exist(value, context)


def package_name_validator(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> Any:
    """CKAN's rule; the length of a name is checked by its ``name_validator`` as well."""
    if not _free(data[key]):
        core.package_name_validator(key, data, errors, context)


def resource_id_does_not_exist(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> Any:
    """CKAN's rule."""
    if not _free(data[key]):
        core.resource_id_does_not_exist(key, data, errors, context)


def owner_org_validator(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> Any:
    """CKAN's rule; who may write into an organisation is not asked where rights are ignored."""
    answers = _answers.get()
    if answers and context.get("ignore_auth") and data[key] in answers.organizations:
        return
    core.owner_org_validator(key, data, errors, context)


VALIDATORS: Mapping[str, Validator] = {
    "owner_org_validator": owner_org_validator,
    "package_id_does_not_exist": package_id_does_not_exist,
    "package_name_validator": package_name_validator,
    "resource_id_does_not_exist": resource_id_does_not_exist,
}
