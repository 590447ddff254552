"""Password resets by mail, where the portal has mail."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.jenasmartcity import config


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def request_reset(next_auth: Any, context: Context, data_dict: Any = None) -> AuthResult:
    """Nobody while no mail can be sent: a failure would tell which accounts exist."""
    if not config.security().mail_from:
        return {"success": False, "msg": tk._("This portal sends no mail. Please ask its administrator.")}
    return next_auth(context, data_dict)
