"""Template helpers of the theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.plugins import plugin_loaded
from flask import g

from ckanext.jenasmartcity.portal import facts, home, language, listing, names, pages, samples, tables, words


def map_resource(dataset: Mapping[str, Any], resource: Mapping[str, Any]) -> str | None:
    """Id of the table whose places a resource shows on a map; None for a resource without places.

    A table with places has a sister of role "geojson" and the same table_name.
    """
    name = resource.get("table_name")
    if not name or resource.get("role") not in ("table", "geojson"):
        return None
    same = [other for other in dataset.get("resources", ()) if other.get("table_name") == name]
    if not any(other.get("role") == "geojson" for other in same):
        return None
    return next((other["id"] for other in same if other.get("role") == "table"), None)


def attributions(dataset: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """Who is to be named beside a resource's data: its own words, else the origin, else the publisher."""
    own = resource.get("license_attribution_by_text") or dataset.get("origin_name")
    if own:
        return str(own)
    publishers = dataset.get("publisher") or [{}]
    return str(publishers[0].get("name") or (dataset.get("organization") or {}).get("title") or "")


def has_offers() -> bool:
    """Whether this portal lists single learning offers."""
    return plugin_loaded("jenasmartcity_items")


def may_see_sources() -> bool:
    """Whether this portal harvests, and the user edits data of an organisation."""
    return plugin_loaded("jenasmartcity_harvest") and bool(tk.h.organizations_available("update_dataset"))


def fresh_assets() -> None:
    """Forget which assets this answer has asked for; CKAN keeps them on ``g`` (lib/webassets_tools.py)."""
    g.pop("_webassets", None)


def all_helpers() -> dict[str, Callable[..., Any]]:
    """Every helper of this room by its name in templates."""
    return {
        "humanize_entity_type": words.humanize_entity_type,
        "render_datetime": words.render_datetime,
        "jenasmartcity_home": home.data,
        "jenasmartcity_counts": home.counts,
        "jenasmartcity_name": names.of,
        "jenasmartcity_languages": language.languages,
        "jenasmartcity_language": language.code,
        "jenasmartcity_text": language.text,
        "jenasmartcity_date": words.date,
        "jenasmartcity_facts": facts.of_dataset,
        "jenasmartcity_licenses": facts.licenses,
        "jenasmartcity_column_labels": tables.labels,
        "jenasmartcity_resource_facts": facts.of_resource,
        "jenasmartcity_facet_label": listing.facet_label,
        "jenasmartcity_type_label": words.type_label,
        "jenasmartcity_sample": samples.kind,
        "jenasmartcity_table": tables.page,
        "jenasmartcity_map_resource": map_resource,
        "jenasmartcity_attribution": attributions,
        "jenasmartcity_page_links": pages.links,
        "jenasmartcity_fresh_assets": fresh_assets,
        "jenasmartcity_has_offers": has_offers,
        "jenasmartcity_may_see_sources": may_see_sources,
    }
