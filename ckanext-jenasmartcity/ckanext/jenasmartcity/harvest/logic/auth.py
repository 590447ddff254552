"""Who may see sources: administrators, and editors those of their organisations."""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.jenasmartcity.harvest.model import sources


def may_see(user: str | None, organization: str) -> bool:
    """Whether a user edits datasets of that organisation."""
    return authz.has_user_permission_for_group_or_org(organization, user, "update_dataset")


def jenasmartcity_harvest_source_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody with an account; the list holds what each may see."""
    return {"success": True}


def jenasmartcity_harvest_source_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    found = sources(str(data_dict.get("name")))
    if found and may_see(context.get("user"), found[0].organization):
        return {"success": True}
    return {"success": False, "msg": tk._("Only editors of its organisation may see this source.")}


def jenasmartcity_harvest_source_seed(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Administrators only."""
    return {"success": False, "msg": tk._("Only administrators may load the configured sources.")}


@tk.auth_allow_anonymous_access
def jenasmartcity_tick_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody: it is part of the portal's health."""
    return {"success": True}


__all__ = [
    "jenasmartcity_harvest_source_list", "jenasmartcity_harvest_source_seed", "jenasmartcity_harvest_source_show",
    "jenasmartcity_tick_show",
]
