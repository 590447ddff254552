"""Who may do what with single offers.  Who may see one is who may see its dataset."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.jenasmartcity.items.model import by_uid


@tk.auth_allow_anonymous_access
def jenasmartcity_item_search(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody; the hits are those of datasets that the user may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jenasmartcity_item_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody; the list is that of datasets that the user may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jenasmartcity_item_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may have the data of the offer's dataset."""
    item = by_uid(str(data_dict.get("id")))
    if item is None:
        return {"success": False, "msg": tk._("There is no such offer.")}
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": item.package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return {"success": False, "msg": tk._("There is no such offer.")}
    tk.check_access("jenasmartcity_data_show", tk.fresh_context(context), {"id": item.package_id})
    return {"success": True}


@tk.auth_sysadmins_check
def jenasmartcity_item_load(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """The harvest only, in its own process: what it takes cannot come over the API."""
    return {"success": False, "msg": tk._("Offers are loaded by the harvest.")}


@tk.auth_sysadmins_check
def jenasmartcity_item_compare(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """The harvest only, in its own process: what it takes cannot come over the API."""
    return {"success": False, "msg": tk._("Offers are loaded by the harvest.")}


def jenasmartcity_item_index(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Administrators, and the portal's own processes."""
    return {"success": False, "msg": tk._("Only administrators may index offers.")}


def jenasmartcity_item_reconcile(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Administrators, and the portal's own processes."""
    return {"success": False, "msg": tk._("Only administrators may index offers.")}


__all__ = [
    "jenasmartcity_item_compare", "jenasmartcity_item_index", "jenasmartcity_item_list", "jenasmartcity_item_load",
    "jenasmartcity_item_reconcile", "jenasmartcity_item_search", "jenasmartcity_item_show",
]
