"""The plugin `jenasmartcity_withdrawn`: data of withdrawn datasets are not handed out."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.schemas.rules.withdrawn import FIELD
from ckanext.jenasmartcity.withdrawn import helpers, views
from ckanext.jenasmartcity.withdrawn.logic import auth


@tk.blanket.auth_functions(auth)
@tk.blanket.blueprints([views.blueprint])
@tk.blanket.helpers({"jenasmartcity_withheld": helpers.jenasmartcity_withheld})
class WithdrawnPlugin(p.SingletonPlugin):
    """Whatever writes a dataset's field ``withdrawn``, the harvest or a person."""

    p.implements(p.IPackageController, inherit=True)

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        """Leave out what was withdrawn, unless the question is about it."""
        asked = str(search_params.get("fq", ""))
        if f"extras_{FIELD}" in asked:
            return search_params
        return {**search_params, "fq": f"{asked} -extras_{FIELD}:[* TO *]".strip()}
