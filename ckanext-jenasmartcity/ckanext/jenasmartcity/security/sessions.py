"""Sessions: short, on the server, and only for those who log in.

What CKAN decides at start is set here from the address of the portal, so that it cannot
be forgotten in an ini file; the rest stands in config/portal.ini (see ``settings.py``).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from ckan.exceptions import CkanConfigurationException
from flask import Flask, Response, current_app, request, session
from flask_login import user_logged_in
from werkzeug.middleware.proxy_fix import ProxyFix

from ckanext.jenasmartcity.security.settings import weak_secret

SECRETS = ("SECRET_KEY", "WTF_CSRF_SECRET_KEY", "api_token.jwt.encode.secret", "api_token.jwt.decode.secret")


def secure(config: MutableMapping[str, Any]) -> None:
    """Set what follows from the portal's address; refuse to start on a known key.

    Raises CkanConfigurationException.
    """
    for key in SECRETS:
        if (value := config.get(key)) is not None and weak_secret(str(value)):
            raise CkanConfigurationException(
                f"{key} is empty, too short or a well-known example: whoever knows it can log in as anyone. "
                'Set a random one, for instance from: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
    https = str(config["ckan.site_url"]).startswith("https:")
    config["SESSION_COOKIE_SECURE"] = config["REMEMBER_COOKIE_SECURE"] = https
    # An empty text would be sent as "Domain=", and some clients then drop the cookie.
    config["SESSION_COOKIE_DOMAIN"] = config.get("SESSION_COOKIE_DOMAIN") or None


def forget_remember_me(sender: Flask, **_: Any) -> None:
    """Drop the wish to be remembered: that cookie would outlive the eight hours and a log-out."""
    session.pop("_remember", None)
    session.pop("_remember_seconds", None)


def watch_logins() -> None:
    """Call ``forget_remember_me`` after every log-in; once, however often it is asked."""
    user_logged_in.connect(forget_remember_me)


def leave_no_trace(response: Response) -> Response:
    """Send a reader without a session no cookie, not even one that deletes.

    CKAN's error pages put a message into the session and take it out again, after which
    the empty session counts as changed.
    """
    if not session and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        session.modified = False
    return response


FORWARDING = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO")


def behind_proxies(app: Any, hops: int) -> Any:
    """Believe the forwarding headers of ``hops`` proxies, then hide the headers from CKAN.

    CKAN takes X-Forwarded-For as it comes for a user's address; without the header it
    takes the one that was checked here.
    """

    def inside(environ: Any, start_response: Any) -> Any:
        for name in FORWARDING:
            environ.pop(name, None)
        return app(environ, start_response)

    return ProxyFix(inside, x_for=hops, x_proto=hops, x_host=hops)
