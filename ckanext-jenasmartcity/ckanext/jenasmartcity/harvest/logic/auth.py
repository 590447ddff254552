"""Who may see sources: administrators, and editors those of their organisations."""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.jenasmartcity.harvest.model import HarvestSource, by_id, sources


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


def jenasmartcity_harvest_run_decide(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may delete datasets of the source's organisation."""
    run = by_id(int(data_dict["id"]))
    source = model.Session.get(HarvestSource, run.source_id) if run is not None else None
    if source is not None and authz.has_user_permission_for_group_or_org(
        source.organization, context.get("user"), "delete_dataset"
    ):
        return {"success": True}
    return {"success": False, "msg": tk._("Only editors of its organisation may decide on a source's run.")}


def jenasmartcity_harvest_notice_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody with an account; the list holds what each may see."""
    return {"success": True}


def jenasmartcity_harvest_notice_link(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody with an account, the own link only."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jenasmartcity_tick_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody: it is part of the portal's health."""
    return {"success": True}


__all__ = [
    "jenasmartcity_harvest_notice_link", "jenasmartcity_harvest_notice_list",
    "jenasmartcity_harvest_run_decide",
    "jenasmartcity_harvest_source_list", "jenasmartcity_harvest_source_seed", "jenasmartcity_harvest_source_show",
    "jenasmartcity_tick_show",
]
