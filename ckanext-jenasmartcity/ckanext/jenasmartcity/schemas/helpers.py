"""Template helpers of the schemas."""

from __future__ import annotations

from typing import Any

from ckanext.scheming import helpers as scheming

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas import vocabularies
from ckanext.jenasmartcity.schemas.form_errors import jenasmartcity_form_errors
from ckanext.jenasmartcity.schemas.parts import jenasmartcity_form_data
from ckanext.jenasmartcity.schemas.rules.vocabulary import Vocabulary

__all__ = [
    "jenasmartcity_choices", "jenasmartcity_field_groups", "jenasmartcity_form_data", "jenasmartcity_form_errors",
    "jenasmartcity_label", "jenasmartcity_vocabulary", "scheming_flatten_subfield",
]


def jenasmartcity_vocabulary(name: str) -> Vocabulary:
    """The list ``name``: a file of ``config/vocabularies`` or licenses, projects, ortsteile."""
    return vocabularies.read(config.house().directory, name)


def jenasmartcity_choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    """Choices of a field with ``vocabulary: <name>``, in scheming's form."""
    return [
        {"value": entry.value, "label": _labels(entry.label)}
        for entry in jenasmartcity_vocabulary(field["vocabulary"]).entries
    ]


def jenasmartcity_label(name: str, value: str, lang: str = "de") -> str:
    """What the list ``name`` calls ``value``; the value itself where the list has it not."""
    entry = jenasmartcity_vocabulary(name).find(value)
    return _labels(entry.label)["en" if lang == "en" else "de"] if entry else value


def jenasmartcity_field_groups(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a dataset's form by group: name, label, open, fields; no empty group."""
    groups = []
    for group in schema["form_groups"]:
        fields = [field for field in schema["dataset_fields"] if field["form_group"] == group["name"]]
        if fields:
            groups.append({**group, "fields": fields})
    return groups


def _labels(text: Text) -> dict[str, str]:
    return {"de": text.de, "en": text.en}


def scheming_flatten_subfield(subfield: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """In place of scheming's helper, which fails on a message about the field as a whole, such as »is missing«."""
    parts = data.get(subfield["field_name"])
    if isinstance(parts, list) and not all(isinstance(part, dict) for part in parts):
        return dict(data)
    return scheming.scheming_flatten_subfield(subfield, data)
