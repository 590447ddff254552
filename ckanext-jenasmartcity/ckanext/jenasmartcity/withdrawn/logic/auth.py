"""Who may have data: of a withdrawn dataset only those who may change it.

Each way by which CKAN hands out data asks one of these functions; they first ask what was
asked before there was this room.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import AuthFunction, AuthResult, Context

from ckanext.jenasmartcity.withdrawn.withheld import of_file, of_resource, sentence, withheld


def _unless_withheld(allowed: AuthResult, context: Context, dataset: Any) -> AuthResult:
    if allowed["success"] and withheld(context, dataset):
        return {"success": False, "msg": sentence(dataset)}
    return allowed


@tk.auth_allow_anonymous_access
def jenasmartcity_data_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see the dataset, unless its data are withheld.

    :param id: id or name of a dataset
    """
    tk.check_access("package_show", tk.fresh_context(context), {"id": data_dict.get("id")})
    return _unless_withheld({"success": True}, context, model.Package.get(data_dict.get("id")))


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def datastore_search(following: AuthFunction, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Rows of a table, also those of the dump."""
    allowed = following(context, data_dict)
    return _unless_withheld(allowed, context, of_resource(data_dict.get("resource_id") or data_dict.get("id")))


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def datastore_info(following: AuthFunction, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Size and columns of a table."""
    allowed = following(context, data_dict)
    return _unless_withheld(allowed, context, of_resource(data_dict.get("id") or data_dict.get("resource_id")))


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def datastore_search_sql(following: AuthFunction, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Rows of all tables of a query; this portal ships with the action off."""
    allowed = following(context, data_dict)
    for name in context["table_names"]:
        allowed = _unless_withheld(allowed, context, of_resource(name))
    return allowed


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def permission_download_file(following: AuthFunction, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Files of CKAN's file storage that belong to a dataset."""
    allowed = following(context, data_dict)
    return _unless_withheld(allowed, context, of_file(data_dict.get("id")))


__all__ = [
    "datastore_info", "datastore_search", "datastore_search_sql", "jenasmartcity_data_show",
    "permission_download_file",
]
