"""410 for every address that hands out data of a withdrawn dataset.

The rule is turned round on purpose: an address with a resource in it hands out data
unless it is known to be a page about it, so that one that comes new is shut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context
from flask import Blueprint

from ckanext.jenasmartcity.withdrawn.withheld import of_file, of_resource, sentence, withheld

blueprint = Blueprint("jenasmartcity_withdrawn", __name__)

# What a resource's pages do that say something of it or change it; their own rules hold.
PAGES = ("read", "new", "edit", "delete", "views", "edit_view")


@blueprint.before_app_request
def gone() -> None:
    """End a request for data that are withheld from its reader."""
    arguments = tk.request.view_args or {}
    if not arguments or _is_page(tk.request.endpoint or ""):
        return
    dataset = _asked(tk.request.endpoint or "", arguments)
    context = Context(user=tk.current_user.name, auth_user_obj=tk.current_user)
    # whether there is such a dataset is nobody's business who may not see it
    if withheld(context, dataset) and _seen(context, dataset):
        tk.abort(410, sentence(dataset))


def _is_page(endpoint: str) -> bool:
    blueprint, _, view = endpoint.rpartition(".")
    return view in PAGES and (blueprint == "resource" or blueprint.endswith("_resource"))


def _asked(endpoint: str, arguments: Mapping[str, Any]) -> Any:
    """The dataset whose data are asked for, None where no data are."""
    if "resource_id" in arguments:
        return of_resource(arguments["resource_id"])
    if endpoint == "file.download":
        return of_file(arguments["id"])
    if "item_id" in arguments:
        return _of_item(arguments["item_id"])
    return None


def _of_item(item_id: str) -> Any:
    try:
        item = tk.get_action("jenasmartcity_item_show")(Context(ignore_auth=True), {"id": item_id})
    except (tk.ObjectNotFound, tk.ValidationError):
        return None
    return model.Package.get(item["dataset_id"])


def _seen(context: Context, dataset: Any) -> bool:
    try:
        return bool(tk.check_access("package_show", tk.fresh_context(context), {"id": dataset.id}))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
