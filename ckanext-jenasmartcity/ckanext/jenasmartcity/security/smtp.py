"""How mail leaves: CKAN's mailer without its hole.

CKAN 2.12.0 calls ``starttls()`` without a context, so that any certificate will do
(CVE-2026-41132), sends user and password also over a line that is not encrypted, and
waits for ever.  Here a certificate is checked against the server's name, nothing secret
goes over a line that anybody can read, and every step has a limit.
"""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email import utils
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from ckanext.jenasmartcity.config import Mail

# Seconds that a server may take for one answer.
TIMEOUT = 10.0


class MailError(Exception):
    """A mail that did not leave, and why."""


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    implicit: bool

    @property
    def local(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def message(
    mail: Mail, name: str, address: str, subject: str, body: str, html: str | None = None,
    headers: Mapping[str, Any] | None = None, attachments: Iterable[tuple[Any, ...]] = (),
) -> EmailMessage:
    """A mail as it is sent.  Raises MailError for a line break in a header.

    attachments: (file name, open file) or (file name, open file, media type).
    """
    made = EmailMessage()
    made.set_content(body, cte="base64")
    if html:
        made.add_alternative(html, subtype="html", cte="base64")
    try:
        for key, value in (headers or {}).items():
            del made[key]
            made[key] = value
        made["Subject"], made["Date"] = subject, utils.formatdate()
        made["From"] = utils.formataddr((mail.sender_name, mail.sender))
        made["To"] = utils.formataddr((name, address))
        if mail.reply_to and "Reply-To" not in made:
            made["Reply-To"] = mail.reply_to
    except (ValueError, IndexError) as error:
        raise MailError(f"a header is not allowed: {error}") from error
    for file_name, file, *kind in attachments:
        main, _, sub = (kind[0] if kind and kind[0] else "application/octet-stream").partition("/")
        content = file.read()
        content = content.encode() if isinstance(content, str) else content
        made.add_attachment(content, maintype=main, subtype=sub, filename=file_name)
    return made


def send(mail: Mail, made: EmailMessage, address: str) -> None:
    """Send a mail to one address.  Raises MailError, with nothing secret in it."""
    server = _server(mail.server)
    encrypted = server.implicit or mail.starttls
    if mail.user and not encrypted and not server.local:
        raise MailError("smtp.user is set, but the connection would not be encrypted: set smtp.starttls")
    try:
        with _connect(mail, server) as connection:
            if mail.starttls and not server.implicit:
                # raises where the server, or somebody between us, does not offer it
                connection.starttls(context=_context(mail))
            if mail.user:
                connection.login(mail.user, mail.password)
            connection.send_message(made, mail.sender, [address])
    except smtplib.SMTPAuthenticationError as error:
        raise MailError(f"{mail.server} refuses smtp.user ({error.smtp_code})") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise MailError(f"{mail.server}: {type(error).__name__}: {error}") from error


def _connect(mail: Mail, server: _Server) -> smtplib.SMTP:
    if server.implicit:
        return smtplib.SMTP_SSL(server.host, server.port or 465, timeout=TIMEOUT, context=_context(mail))
    return smtplib.SMTP(server.host, server.port or 25, timeout=TIMEOUT)


def _context(mail: Mail) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if mail.ca_file is not None:
        context.load_verify_locations(mail.ca_file)
    return context


def _server(configured: str) -> _Server:
    try:
        parts = urlsplit(configured if "://" in configured else f"smtp://{configured}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise MailError(f"smtp.server is not an address: {configured}") from error
    if not host:
        raise MailError("smtp.server is empty")
    return _Server(host, port or 0, parts.scheme == "smtps")
