"""CKAN's edge of the rules: validators for the YAML schemas.

A validator here turns CKAN's flat data into plain values, asks a rule, and writes the
rule's answer back in the language of the request.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.validators import ignore_not_package_admin

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas import between, language
from ckanext.jenasmartcity.schemas.helpers import jenasmartcity_vocabulary
from ckanext.jenasmartcity.schemas.rules import geometry, words
from ckanext.jenasmartcity.schemas.rules.dataset import is_publishing, themes_of
from ckanext.jenasmartcity.schemas.rules.values import RULES
from ckanext.jenasmartcity.schemas.rules.words import RuleError

STATE = ("state",)
NO_TITLE = Text(
    de="Titel fehlt: Geben Sie einen Titel ein; aus ihm entsteht die Adresse.",
    en="Title is missing: Enter a title; the address is made from it.",
)

Field = dict[str, Any]
Validator = Callable[..., Any]


def settle_state(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Before all else: put in place the state that the dataset will really have.

    CKAN drops a state that the user may not set, but only in the alphabetical course of
    validation: a field checked before it would believe the state sent and let an
    incomplete dataset through as "draft", which then becomes "active".  A new dataset
    may be a draft whoever makes it: that shows less, not more.
    """
    package = context.get("package")
    given = data.get(STATE) or None
    if given is not None and not (package is None and given == "draft"):
        ignore_not_package_admin(STATE, data, errors, context)
        given = data.get(STATE) or None
    data[STATE] = given or (package.state if package is not None else "active")


def will_be_published(data: Any) -> bool:
    """Whether the dataset being validated must be complete."""
    return is_publishing(data.get(STATE))


def _scheming(for_field: Callable[[Field, Field], Validator]) -> Callable[[Field, Field], Validator]:
    for_field.is_a_scheming_validator = True  # type: ignore[attr-defined]
    return for_field


@_scheming
def required_to_publish(field: Field, schema: Field) -> Validator:
    """In place of ``required: true``: an empty field stops a publication, not a draft."""

    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        if not _is_empty(data.get(key)):
            return
        if field.get("required_to_publish") and will_be_published(data):
            _complain(errors, key, words.missing(language.label(field), _remedy(field, key, data)))
        if field.get("keep_empty"):
            data[key] = ""  # a column of CKAN's own: left out, its old value would stay
        else:
            data.pop(key, None)
        raise tk.StopOnError

    return validator


@_scheming
def required_parts(field: Field, schema: Field) -> Validator:
    """The same for fields of repeating subfields, which CKAN validates only by their parts."""

    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        if not will_be_published(data):
            return
        filled = {k[0] for k in data if len(k) == 3}
        for whole in schema["dataset_fields"]:
            name = whole["field_name"]
            if "repeating_subfields" in whole and whole.get("required_to_publish") and name not in filled:
                errors.setdefault((name,), [])
                _complain(errors, (name,), words.missing(language.label(whole), _remedy(whole, key, data)))

    return validator


def checked_by(rule: Callable[[str, Text], str]) -> Callable[[Field, Field], Validator]:
    """A validator that applies ``rule`` to a value, or to each where the field is ``multiple``."""

    @_scheming
    def for_field(field: Field, schema: Field) -> Validator:
        def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
            try:
                data[key] = _kept(field, data[key], rule)
            except RuleError as error:
                _complain(errors, key, error.text)
                raise tk.StopOnError from None

        return validator

    return for_field


@_scheming
def choice(field: Field, schema: Field) -> Validator:
    """A value of the field's vocabulary; other spellings that the list knows are corrected."""

    def rule(value: str, label: Text) -> str:
        return jenasmartcity_vocabulary(field["vocabulary"]).checked(value, label)

    return checked_by(rule)(field, schema)


@_scheming
def geojson(field: Field, schema: Field) -> Validator:
    """A geometry in WGS 84, given as text or as JSON itself."""
    check = checked_by(geometry.geojson)(field, schema)

    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        if isinstance(data[key], dict):
            data[key] = json.dumps(data[key])
        check(key, data, errors, context)

    return validator


@_scheming
def inherit_license(field: Field, schema: Field) -> Validator:
    """A resource without a licence of its own has the one chosen for its dataset."""

    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        if _is_empty(data.get(key)) and not _is_empty(data.get(("license_id",))):
            data[key] = data[("license_id",)]

    return validator


@_scheming
def themes_from_category(field: Field, schema: Field) -> Validator:
    """An empty theme is filled from the categories of opendata.jena.de that were chosen."""

    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        chosen = data.get(("category",))
        if _is_empty(data.get(key)) and not _is_empty(chosen):
            categories = jenasmartcity_vocabulary("categories")
            data[key] = themes_of(between.as_list(chosen), categories, jenasmartcity_vocabulary("themes"))

    return validator


@_scheming
def dataset_rules(field: Field, schema: Field) -> Validator:
    """After all fields: what they owe to one another."""

    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        for problem in between.problems(schema, data, context, publishing=will_be_published(data)):
            errors.setdefault(problem.path, [])
            _complain(errors, problem.path, problem.text)

    return validator


def name_from_title(key: Any, data: Any, errors: Any, context: Any) -> None:
    """A new dataset without an address gets it from its title, as the form's script would do."""
    if not _is_empty(data.get(key)):
        return
    title = data.get(("title",))
    if _is_empty(title):
        errors.setdefault(("title",), [])
        _complain(errors, ("title",), NO_TITLE)
        raise tk.StopOnError
    data[key] = words.address(str(title))


def list_output(value: Any) -> Any:
    """A list as it is shown: from its JSON in the database."""
    return between.as_list(value)


def _kept(field: Field, value: Any, rule: Callable[[str, Text], str]) -> Any:
    label = language.label(field)
    if not field.get("multiple"):
        return rule(_as_text(value, label), label)
    kept = dict.fromkeys(rule(_as_text(one, label), label) for one in between.as_list(value) if not _is_empty(one))
    return json.dumps(list(kept), ensure_ascii=False)


def _as_text(value: Any, label: Text) -> str:
    if isinstance(value, list | dict):
        raise words.broken(
            label, value,
            Text(de="ist kein einzelner Wert.", en="is not a single value."),
            Text(de="Geben Sie einen Text ein.", en="Enter a text."),
        )
    return str(value)


def _is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip() or value.strip() == "[]"
    if isinstance(value, list):
        return all(_is_empty(one) for one in value)
    return value is None or value is tk.missing


def _remedy(field: Field, key: Any, data: Any) -> Text:
    """The field's remedy; {file} in it is the name of the resource that the key points to."""
    file = ""
    if key[0] == "resources":
        of = (data.get((*key[:2], part)) for part in ("name", "url"))
        file = next((str(name) for name in of if not _is_empty(name)), str(key[1] + 1))
    remedy = field["remedy"]
    return Text(de=remedy["de"].replace("{file}", file), en=remedy["en"].replace("{file}", file))


def _complain(errors: Any, key: Any, text: Text) -> None:
    errors[key].append(words.said(text, language.current()))


VALIDATORS: dict[str, Validator] = {
    "jenasmartcity_settle_state": settle_state,
    "jenasmartcity_required_to_publish": required_to_publish,
    "jenasmartcity_required_parts": required_parts,
    "jenasmartcity_choice": choice,
    "jenasmartcity_geojson": geojson,
    "jenasmartcity_inherit_license": inherit_license,
    "jenasmartcity_themes_from_category": themes_from_category,
    "jenasmartcity_dataset_rules": dataset_rules,
    "jenasmartcity_list_output": list_output,
    "jenasmartcity_name_from_title": name_from_title,
    **{f"jenasmartcity_{name}": checked_by(rule) for name, rule in RULES.items()},
}
