"""Cross-site request forgery: who may post without a token, decided for each request.

CKAN 2.12.0 calls ``csrf.exempt(view)`` for an anonymous request, which exempts the view
for every later user of the process (CVE-2026-41255).  Here nothing that a request does
outlives it, and the exemption is smaller: an API token, or no user at all on /api.
"""

from __future__ import annotations

from typing import Any, NoReturn

import ckan.plugins.toolkit as tk
from ckan.config.middleware import flask_app
from flask import g, has_request_context, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from ckanext.jenasmartcity import config


class RequestCSRFProtect(CSRFProtect):
    """Flask-WTF's protection without CKAN's lasting exemptions."""

    def exempt(self, view: Any) -> Any:
        """Exempt a view for good, unless a request asks for it."""
        return view if has_request_context() else super().exempt(view)

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuse the request with 400 unless it carries a token or needs none."""
        if not exempt_now():
            super().protect(apply_exemptions)

    def _error_response(self, reason: str) -> NoReturn:
        message = tk._("The form has expired or was not sent from this portal. Please reload the page and try again.")
        raise CSRFError(message)


def exempt_now() -> bool:
    """Whether this very request needs no CSRF token.

    A browser adds cookies to a forged request, but never an API token.  An anonymous
    call of the API has no rights that could be abused; an anonymous form (log-in,
    password reset, registration) has.
    """
    if tk.current_user.is_anonymous:
        return request.blueprint == "api"
    # CKAN sets the flag where the header's token, and not the session, named the user.
    return bool(g.get("login_via_auth_header") and request.headers.get(config.security().token_header))


def install() -> None:
    """Put our protection in place of CKAN's, before the Flask application is made."""
    if not isinstance(flask_app.csrf, RequestCSRFProtect):
        flask_app.csrf = RequestCSRFProtect()
