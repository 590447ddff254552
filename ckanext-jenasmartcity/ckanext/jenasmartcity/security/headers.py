"""Headers that every answer carries.

The content security policy allows no inline script at all: a title or description that
slips through unescaped is text and nothing else.  The few inline handlers in CKAN's own
forms are taken over by ``assets/forms.js``.  Style attributes are allowed, since the
forms of ckanext-scheming hide parts with them and a style cannot run code.
"""

from __future__ import annotations

import secrets

from flask import Response, g, request

# The <style> in ckanext-scheming's multiple_checkbox.html; a test compares it.
# pragma: allowlist nextline secret
SCHEMING_STYLE = "'sha256-wYeyfiBx7bpViux6VdzKdiiNNdV1tllfhriOjdwaE40='"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    # "no-referrer" would make every HTTPS form fail: the CSRF check compares the referrer.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
DOWNLOAD = "resource.download"  # each dataset type has one of its own
YEAR = 365 * 24 * 3600
# Our pages run scripts from this server, so nothing that somebody uploaded may be one.
SCRIPTS = ("javascript", "ecmascript", "jscript", "livescript")


def nonce() -> str:
    """The nonce of this answer, for the administrator's own <style> in base.html."""
    if "jenasmartcity_nonce" not in g:
        g.jenasmartcity_nonce = secrets.token_urlsafe(16)
    return g.jenasmartcity_nonce


def page_policy() -> str:
    """The content security policy of a page."""
    styles = ["'self'", SCHEMING_STYLE]
    if "jenasmartcity_nonce" in g:
        styles.append(f"'nonce-{nonce()}'")
    return "; ".join((
        "default-src 'self'", "script-src 'self'", f"style-src {' '.join(styles)}", "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "frame-src 'self'", "object-src 'none'",
        "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'",
    ))


# Data and uploaded files: whatever a browser makes of them runs nothing and is nowhere.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


def is_upload() -> bool:
    """Whether the answer is a file that somebody uploaded."""
    endpoint = request.endpoint or ""
    return request.path.startswith("/uploads/") or endpoint.startswith("file.") or endpoint.endswith(DOWNLOAD)


def add(response: Response) -> Response:
    """Set the headers on one answer; a header that a view has set itself stays."""
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    uploaded = is_upload() and response.status_code in (200, 206)
    page = response.mimetype == "text/html" and not uploaded
    response.headers.setdefault("Content-Security-Policy", page_policy() if page else FILE_POLICY)
    if uploaded:
        _as_attachment(response)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    return response


def _as_attachment(response: Response) -> None:
    # Flask's send_file has already written "inline", which hides CKAN's default.
    current = response.headers.get("Content-Disposition", "")
    _kind, _semicolon, rest = current.partition(";")
    response.headers["Content-Disposition"] = f"attachment;{rest}" if rest else "attachment"
    if any(word in (response.mimetype or "") for word in SCRIPTS):
        response.mimetype = "text/plain"
