"""One address per dataset: /dataset/<name> for every type."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.jenasmartcity.schemas.rules.types import DATASET_TYPES, SERVICE_TYPE

blueprint = Blueprint("jenasmartcity_addresses", __name__)

OTHERS = (*(name for name in DATASET_TYPES if name != "dataset"), SERVICE_TYPE)
MOVED = {
    f"{name}{part}.read": f"dataset{part}.read" for name in OTHERS for part in ("", "_resource")
}


@blueprint.before_app_request
def canonical() -> Response | None:
    """Send readers of /sensor/<name> and the like to /dataset/<name> for good."""
    target = MOVED.get(request.endpoint or "")
    if target is None or request.method not in ("GET", "HEAD"):
        return None
    arguments = {key: value for key, value in (request.view_args or {}).items() if key != "package_type"}
    return redirect(tk.url_for(target, **arguments, **request.args.to_dict()), 301)
