"""A form's errors as a list of links, in words that name the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.schemas import language


@dataclass(frozen=True, slots=True)
class Problem:
    """text: what to do; href: address of the field, None where it has none."""

    text: str
    href: str | None


def jenasmartcity_form_errors(
    errors: Mapping[str, Any], dataset_type: str, part: str, dataset: str | None = None
) -> list[Problem]:
    """What CKAN's error dictionary says of a form's fields.

    part: "dataset_fields" or "resource_fields".  dataset: name of the dataset whose own
    form has the fields, where it is not the form on this page.
    """
    fields = tk.h.scheming_get_dataset_schema(dataset_type)[part]
    page = tk.url_for(f"{dataset_type}.edit", id=dataset) if dataset else ""
    found: list[Problem] = []
    known = [field["field_name"] for field in fields]
    for field in fields:
        found += _problems(field, errors.get(field["field_name"]), page)
    for name in sorted(set(errors) - set(known)):
        place = tk.url_for(f"{dataset_type}.resources", id=dataset) if dataset and name == "resources" else None
        found += [Problem(text, place) for text in _texts(errors[name])]
    # a dataset's error may be said of the field and of the whole
    return list({problem.text: problem for problem in reversed(found)}.values())[::-1]


def _problems(field: Mapping[str, Any], wrong: Any, page: str) -> Iterator[Problem]:
    name = field["field_name"]
    if "repeating_subfields" in field and isinstance(wrong, list) and any(isinstance(one, dict) for one in wrong):
        for number, part in enumerate(wrong):
            for sub in field["repeating_subfields"]:
                for text in _texts((part or {}).get(sub["field_name"]) if isinstance(part, dict) else None):
                    yield Problem(_named(text, sub), f"{page}#field-{name}-{number}-{sub['field_name']}")
        return
    for text in _texts(wrong):
        yield Problem(_named(text, field), f"{page}#field-{name}")


def _named(text: str, field: Mapping[str, Any]) -> str:
    """Our own messages begin with the field's label; CKAN's do not."""
    label = language.label(dict(field))
    said = label.en if language.current() == "en" else label.de
    return text if text.startswith(said) else f"{said}: {text}"


def _texts(wrong: Any) -> Iterator[str]:
    """Every sentence in a value of an error dictionary, however it is nested."""
    if isinstance(wrong, str):
        yield wrong
    elif isinstance(wrong, Mapping):
        for one in wrong.values():
            yield from _texts(one)
    elif isinstance(wrong, list | tuple):
        for one in wrong:
            yield from _texts(one)
