"""Who may do what with sources: administrators all, editors with those of their organisations.

Nobody else learns whether there is a source of some name: what is not there is refused
like what is somebody else's.
"""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.jenasmartcity.harvest.model import HarvestSource, by_id, sources


def may(context: Context, organization: str | None, permission: str) -> bool:
    """Whether the user has the permission on datasets of that organisation."""
    user = context.get("user")
    return bool(user and organization) and authz.has_user_permission_for_group_or_org(organization, user, permission)


def editable(context: Context, name: Any) -> HarvestSource | None:
    """The source of that name, if the user may change it."""
    found = sources(str(name or "").replace("\x00", ""))
    trusted = bool(context.get("ignore_auth"))
    return found[0] if found and (trusted or may(context, found[0].organization, "update_dataset")) else None


def _of_source(context: Context, source: HarvestSource | None, permission: str) -> AuthResult:
    if source is not None and may(context, source.organization, permission):
        return {"success": True}
    return {"success": False, "msg": tk._("Only editors of its organisation may do this with a source.")}


def _named(context: Context, data_dict: dict[str, Any], permission: str, key: str = "name") -> AuthResult:
    found = sources(str(data_dict.get(key) or "").replace("\x00", ""))
    return _of_source(context, found[0] if found else None, permission)


def _of_run(context: Context, data_dict: dict[str, Any], permission: str) -> AuthResult:
    text = str(data_dict.get("id"))
    run = by_id(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None
    return _of_source(context, model.Session.get(HarvestSource, run.source_id) if run is not None else None, permission)


def jenasmartcity_harvest_source_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody with an account; the list holds what each may see."""
    return {"success": True}


def jenasmartcity_harvest_source_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    return _named(context, data_dict, "update_dataset")


def jenasmartcity_harvest_source_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may create datasets in the organisation; without one, in any."""
    wanted = data_dict.get("organization")
    if wanted:
        allowed = may(context, str(wanted), "create_dataset")
    else:
        allowed = authz.has_user_permission_for_some_org(context.get("user") or "", "create_dataset")
    return {"success": True} if allowed else {
        "success": False, "msg": tk._("Only editors of an organisation may create sources for it."),
    }


def jenasmartcity_harvest_source_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation, and of the one that it is moved to."""
    found = _named(context, data_dict, "update_dataset")
    wanted = data_dict.get("organization")
    if found["success"] and wanted and not may(context, str(wanted), "create_dataset"):
        return {"success": False, "msg": tk._("Only editors of an organisation may create sources for it.")}
    return found


def jenasmartcity_harvest_source_delete(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may delete datasets of the source's organisation."""
    return _named(context, data_dict, "delete_dataset")


def jenasmartcity_harvest_source_run(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    return _named(context, data_dict, "update_dataset")


def jenasmartcity_harvest_source_try(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who may change the source named; with an organisation, who may create sources for it.

    What one may not see is tried like what is not there.
    """
    if editable(context, data_dict.get("name")) is None and data_dict.get("organization"):
        return jenasmartcity_harvest_source_create(context, data_dict)
    return jenasmartcity_harvest_source_update(context, data_dict)


def jenasmartcity_harvest_source_drop(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation; the source's token is looked at elsewhere."""
    return _named(context, data_dict, "update_dataset")


def jenasmartcity_harvest_source_token_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    return _named(context, data_dict, "update_dataset")


def jenasmartcity_harvest_source_token_delete(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    return _named(context, data_dict, "update_dataset")


def jenasmartcity_harvest_source_seed(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Administrators only."""
    return {"success": False, "msg": tk._("Only administrators may load the configured sources.")}


def jenasmartcity_harvest_run_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    return _of_run(context, data_dict, "update_dataset")


def jenasmartcity_harvest_run_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    return _named(context, data_dict, "update_dataset", "source")


def jenasmartcity_harvest_run_decide(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may delete datasets of the source's organisation."""
    return _of_run(context, data_dict, "delete_dataset")


def jenasmartcity_harvest_record_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the source's organisation."""
    return _named(context, data_dict, "update_dataset", "source")


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
    "jenasmartcity_harvest_record_list",
    "jenasmartcity_harvest_run_decide", "jenasmartcity_harvest_run_list", "jenasmartcity_harvest_run_show",
    "jenasmartcity_harvest_source_create", "jenasmartcity_harvest_source_delete", "jenasmartcity_harvest_source_drop",
    "jenasmartcity_harvest_source_list", "jenasmartcity_harvest_source_run", "jenasmartcity_harvest_source_seed",
    "jenasmartcity_harvest_source_show", "jenasmartcity_harvest_source_token_create",
    "jenasmartcity_harvest_source_token_delete", "jenasmartcity_harvest_source_try",
    "jenasmartcity_harvest_source_update", "jenasmartcity_tick_show",
]
