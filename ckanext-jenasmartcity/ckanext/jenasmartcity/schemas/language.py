"""The language in which a validator answers, and a field's name in both."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import has_request_context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Text


def current() -> str:
    """The language of the request; outside one (harvest, command line) the portal's."""
    chosen = tk.request.environ.get("CKAN_LANG") if has_request_context() else None
    return chosen or config.schemas().language


def label(field: dict[str, Any]) -> Text:
    """The field's label."""
    return Text(de=field["label"]["de"], en=field["label"]["en"])
