"""The plugin `jenasmartcity_security`: CSRF, sessions, headers, trusted proxies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity import config as settings
from ckanext.jenasmartcity.security import csrf, headers, mail, requests, sessions


@tk.blanket.config_declarations
class SecurityPlugin(p.SingletonPlugin):
    """Has to be on in every instance; it refuses to start on a known key."""

    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IAuthFunctions)
    p.implements(p.INotifier, inherit=True)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "jenasmartcity_security")
        sessions.secure(config)
        sessions.watch_logins()
        csrf.install()

    def make_middleware(self, app: Any, config: Any) -> Any:
        app.before_request(requests.refuse_nul)
        app.after_request(headers.add)
        app.after_request(sessions.leave_no_trace)
        # The session interface holds the connection; CKAN would copy it, password and
        # all, into its configuration, which has to stay plain data (tests copy it).
        app.config.pop("SESSION_REDIS", None)
        app.wsgi_app = sessions.behind_proxies(app.wsgi_app, settings.security().trusted_proxies)
        return app

    def get_auth_functions(self) -> dict[str, Callable[..., Any]]:
        return {"request_reset": mail.request_reset}

    def notify_recipient(self, *given: Any, **more: Any) -> bool:
        return mail.notify_recipient(*given, **more)

    def get_helpers(self) -> dict[str, Callable[..., Any]]:
        return {"jenasmartcity_csp_nonce": headers.nonce}
