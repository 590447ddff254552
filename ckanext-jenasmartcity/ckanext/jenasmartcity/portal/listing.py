"""Lists of datasets: which types they show, their facets and the words for them."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import has_request_context

from ckanext.jenasmartcity.portal import language, names
from ckanext.jenasmartcity.portal.home import new_query, types_query
from ckanext.jenasmartcity.portal.words import type_label

# Pages that list datasets and therefore no services; /service has its own list.
ENDPOINTS = ("dataset.search", "group.read", "organization.read", "user.read", "dashboard.datasets")
# What is new in the city's data: without samples, as on the home page.
FEEDS = ("feeds.general", "feeds.custom", "feeds.tag", "feeds.group")
# facet: list of config/vocabularies (see the room schemas) whose labels it shows
VOCABULARIES = {"project": "projects", "theme": "themes", "license_id": "licenses"}


def facet_label(facet: str, item: dict[str, Any]) -> str:
    """The words for one entry of a facet: never an IRI or a machine's name."""
    if facet == "dataset_type":
        return type_label(item["name"])
    if facet in VOCABULARIES:
        return tk.h.jenasmartcity_label(VOCABULARIES[facet], item["name"], language.code())
    if facet == "organization":
        return names.of(item, "title")
    return str(item.get("display_name") or item["name"])


def facets(without: tuple[str, ...] = ()) -> dict[str, str]:
    """The facets of a list of datasets in their order."""
    titles = {
        "project": tk._("Sub-project"), "theme": tk._("Theme"), "dataset_type": tk._("Kind of data"),
        "organization": tk._("Organization"), "res_format": tk._("Format"), "ortsteil": tk._("District"),
        "license_id": tk._("License"),
    }
    return {name: title for name, title in titles.items() if name not in without}


class Listing:
    """Mixin of the main plugin: IFacets and IPackageController for lists of datasets."""

    def dataset_facets(self, facets_dict: dict[str, Any], package_type: str) -> dict[str, Any]:
        """The portal's facets in place of CKAN's."""
        return facets(("dataset_type",) if package_type != "dataset" else ())

    def group_facets(
        self, facets_dict: dict[str, Any], group_type: str, package_type: str | None
    ) -> dict[str, Any]:
        """The same on a sub-project's page, without the sub-projects."""
        return facets(("project",))

    def organization_facets(
        self, facets_dict: dict[str, Any], organization_type: str, package_type: str | None
    ) -> dict[str, Any]:
        """The same on an organisation's page, without the organisations."""
        return facets(("organization",))

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        """Keep services out of the pages that list datasets, and samples out of feeds; the API stays complete."""
        endpoint = tk.request.endpoint if has_request_context() else None
        if endpoint not in ENDPOINTS + FEEDS:
            return search_params
        only = new_query() if endpoint in FEEDS else types_query()
        return {**search_params, "fq": f"{search_params.get('fq', '')} {only}".strip()}
