"""CKAN's mails: they leave through security/smtp.py, where the portal has mail."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.mailer import MailerException
from ckan.types import AuthResult, Context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.security import smtp

log = logging.getLogger(__name__)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def request_reset(next_auth: Any, context: Context, data_dict: Any = None) -> AuthResult:
    """Nobody while no mail can be sent: a failure would tell which accounts exist."""
    if not config.security().mail_from:
        return {"success": False, "msg": tk._("This portal sends no mail. Please ask its administrator.")}
    return next_auth(context, data_dict)


def notify_recipient(
    already_notified: bool, recipient_name: str, recipient_email: str, subject: str, body: str,
    body_html: str | None = None, headers: dict[str, Any] | None = None,
    attachments: Iterable[tuple[Any, ...]] | None = None,
) -> bool:
    """INotifier's question: whether the mail has been sent.  Here CKAN's own way never is taken.

    Raises MailerException where it could not be sent.
    """
    settings = config.mail()
    if already_notified:
        return True
    if not settings.server or not settings.sender:
        # nobody may believe that an invitation is on its way
        raise MailerException("This portal sends no mail: smtp.server and smtp.mail_from are not set.")
    try:
        made = smtp.message(
            settings, recipient_name, recipient_email, subject, body, body_html, headers, attachments or (),
        )
        smtp.send(settings, made, recipient_email)
    except smtp.MailError as error:
        log.warning("A mail did not leave: %s", error)
        raise MailerException(str(error)) from error
    return True
