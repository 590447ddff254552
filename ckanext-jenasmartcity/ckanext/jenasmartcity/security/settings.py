"""CKAN's own options that keep this portal safe: one list, pure, with the reasons.

config/portal.ini carries them; a test compares the two.  What follows from the portal's
address is set at start by ``sessions.py`` and is not listed.
"""

from __future__ import annotations

from collections.abc import Mapping

HOURS = 3600

SAFE: Mapping[str, str] = {
    # Sessions on the server, so that a log-out ends them; eight hours from log-in.
    "SESSION_TYPE": "redis",
    "SESSION_KEY_PREFIX": "session:",
    "SESSION_PERMANENT": "true",
    "PERMANENT_SESSION_LIFETIME": str(8 * HOURS),
    "SESSION_REFRESH_EACH_REQUEST": "false",
    "SESSION_COOKIE_HTTPONLY": "true",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_HTTPONLY": "true",
    "REMEMBER_COOKIE_SAMESITE": "Lax",
    # Forms: a token lives as long as its session; behind TLS the referrer is compared too.
    "WTF_CSRF_ENABLED": "true",
    "WTF_CSRF_CHECK_DEFAULT": "true",
    "WTF_CSRF_SSL_STRICT": "true",
    "WTF_CSRF_TIME_LIMIT": str(8 * HOURS),
    # Nobody makes accounts, groups or organisations but the administrators.
    "ckan.auth.anon_create_dataset": "false",
    "ckan.auth.create_unowned_dataset": "false",
    "ckan.auth.create_dataset_if_not_in_organization": "false",
    "ckan.auth.user_create_groups": "false",
    "ckan.auth.user_create_organizations": "false",
    "ckan.auth.user_delete_groups": "false",
    "ckan.auth.user_delete_organizations": "false",
    "ckan.auth.create_user_via_api": "false",
    "ckan.auth.create_user_via_web": "false",
    # pragma: allowlist nextline secret
    "ckan.auth.create_default_api_keys": "false",
    # Who works here is nobody's business; a private dataset's name neither.
    "ckan.auth.public_user_details": "false",
    "ckan.auth.public_activity_stream_detail": "false",
    "ckan.auth.reveal_private_datasets": "false",
    "ckan.auth.allow_dataset_collaborators": "false",
    "ckan.gravatar_default": "disabled",
    # The stewards' forms call the API with their session, guarded by the CSRF token.
    "ckan.auth.enable_cookie_auth_in_api": "true",
    # SQL from outside stays off: ts_rewrite is still among CKAN's allowed functions.
    "ckan.datastore.sqlsearch.enabled": "false",
    # Uploaded files lie in CKAN's file storage and are never shown by the browser.
    "ckan.files.storage.default.type": "ckan:fs",
    "ckan.files.storage.default.initialize": "true",
    "ckan.files.inline_content_types": "",
    "ckan.files.authenticated_uploads.allow": "false",
    "ckan.upload.user.types": "image",
    "ckan.upload.user.mimetypes": "image/png image/gif image/jpeg",
    "ckan.upload.group.types": "image",
    "ckan.upload.group.mimetypes": "image/png image/gif image/jpeg",
}

SHORTEST_SECRET = 20
KNOWN_SECRETS = ("changeme", "change", "secret", "example", "default", "replace", "please", "password", "%(")


def weak_secret(value: str) -> bool:
    """Whether a key could be guessed: empty, short, of few characters, or a placeholder."""
    if value.startswith("file:"):
        return False
    key = value.removeprefix("string:").strip()
    if len(key) < SHORTEST_SECRET or len(set(key)) < 8:
        return True
    lowered = key.lower().replace("_", "").replace("-", "")
    return any(known in lowered for known in KNOWN_SECRETS)
