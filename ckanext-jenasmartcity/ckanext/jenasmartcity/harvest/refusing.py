"""What the schema would say to a dataset, asked without writing it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.connectors.base import Draft, Rejected
from ckanext.jenasmartcity.harvest.publish import _refusals, context, overlay


def refusals(draft: str, dataset: Mapping[str, Any], shown: Mapping[str, Any] | None) -> list[Rejected]:
    """Why the dataset would be refused; empty where it would not.

    shown: the dataset that it would change, None for a new one.
    """
    plugin = lib_plugins.lookup_package_plugin(dataset["type"])
    ours = context()
    if shown is None:
        wanted, schema, action = dict(dataset), plugin.create_package_schema(), "package_create"
    else:
        wanted, schema, action = overlay(shown, dataset, ()), plugin.update_package_schema(), "package_update"
        ours["package"] = model.Package.get(shown["id"])
    _, errors = lib_plugins.plugin_validate(plugin, ours, copy.deepcopy(wanted), schema, action)
    if not errors:
        return []
    return list(_refusals(Draft(draft, dataset["type"], ""), tk.ValidationError(errors)))
