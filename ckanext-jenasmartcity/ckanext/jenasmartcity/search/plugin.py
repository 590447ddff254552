"""The plugin that adds to the index what CKAN leaves out."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.search import cli as cli
from ckanext.jenasmartcity.search import document, tables


@tk.blanket.config_declarations
class SearchPlugin(p.SingletonPlugin):
    """Loaded before `spatial_query`, which indexes the extent that is set here."""

    p.implements(p.IPackageController, inherit=True)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        dataset = json.loads(pkg_dict["validated_data_dict"])
        schema = tk.h.scheming_get_dataset_schema(pkg_dict["type"]) or {"dataset_fields": [], "resource_fields": []}
        return {
            **document.indexable(pkg_dict, dataset, schema),
            "table_text": tables.texts(dataset.get("resources", []), config.search().table_text_cap),
        }
