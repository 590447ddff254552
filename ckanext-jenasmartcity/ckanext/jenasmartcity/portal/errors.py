"""Answers to questions that the search cannot read, where CKAN itself has none."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from flask import Blueprint

blueprint = Blueprint("jenasmartcity_errors", __name__)


@blueprint.app_errorhandler(SearchError)
def unreadable(_error: SearchError) -> tuple[str, int]:
    """400 with a sentence; CKAN's feeds let the error through as a fault of the server."""
    texts = {
        "code": 400, "name": tk._("This search cannot be read"),
        "content": tk._("Please use words, without special characters."), "show_login_redirect_link": False,
    }
    return tk.render("error_document_template.html", texts), 400
