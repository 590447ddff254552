"""Five schemas from one set of common fields.

ckanext-scheming 3.1.0 has presets for single fields but no way to share a list of
them, so each ``<type>.yaml`` says only what its type adds or changes:

``dataset_type``, ``about``   as in scheming
``dataset_fields``            fields that the type adds; with ``after: <field>`` there,
                              otherwise at the end of their ``form_group``
``resource_fields``           the same for its resources
``changes``                   {field: {attribute: value}}, for fields of ``common.yaml``
``resource_changes``          the same for fields of its resources
``without``                   common fields that the type has not
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TYPES = ("dataset", "sensor", "logistics", "learning-offer", "service")
FOLDER = Path(__file__).parent

Field = dict[str, Any]

_NEEDED = {"de": "Zum Veröffentlichen nötig.", "en": "Needed to publish."}


def schemas(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """The complete scheming schema of each dataset type, presets not yet expanded."""
    common = _load(folder / "common.yaml")
    return {name: _compose(common, _load(folder / f"{name}.yaml")) for name in TYPES}


def presets(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """This portal's presets by name."""
    return {preset["preset_name"]: preset["values"] for preset in _load(folder / "presets.yaml")["presets"]}


def _compose(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    without = own.get("without", ())
    fields = _merged(common["dataset_fields"], own.get("dataset_fields", ()), own.get("changes", {}), without)
    resources = _merged(
        common["resource_fields"], own.get("resource_fields", ()), own.get("resource_changes", {}), without
    )
    groups = common["form_groups"]
    order = [group["name"] for group in groups]
    return {
        "scheming_version": 2,
        "dataset_type": own["dataset_type"],
        "about": own["about"],
        "form_groups": groups,
        "before_validators": common["before_validators"],
        "after_validators": common["after_validators"],
        # Sorting is stable: within a group fields keep the order of the files.
        "dataset_fields": sorted(fields, key=lambda field: order.index(field["form_group"])),
        "resource_fields": resources,
    }


def _merged(
    common: list[Field], added: list[Field], changes: dict[str, Field], without: tuple[str, ...]
) -> list[Field]:
    fields = [_explained({**field, **changes.get(field["field_name"], {})}) for field in common
              if field["field_name"] not in without]
    unknown = set(changes) - {field["field_name"] for field in fields}
    if unknown:
        raise ValueError(f"changes name fields that common.yaml has not: {sorted(unknown)}")
    for field in added:
        after = field.get("after")
        names = [known["field_name"] for known in fields]
        position = names.index(after) + 1 if after else len(fields)
        fields.insert(position, _explained({key: value for key, value in field.items() if key != "after"}))
    return fields


def _explained(field: Field) -> Field:
    """The field, its help saying whether it is needed to publish."""
    if not field.get("required_to_publish"):
        return field
    help_text = field["help_text"]
    return {**field, "help_text": {lang: f"{help_text[lang]} {_NEEDED[lang]}" for lang in ("de", "en")}}


def _load(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, yaml.CSafeLoader)
