"""A mail server on this machine, with or without TLS, that keeps what it is given."""

from __future__ import annotations

import email
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


@dataclass
class Mailbox:
    """port: where the server listens.  refuse: addresses that it does not take."""

    port: int
    mails: list[tuple[list[str], Message]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - the server asks for this name
        """Take or refuse an address."""
        if address in self.refuse:
            return "550 no such address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the server asks for this name
        """Keep a mail."""
        self.mails.append((list(envelope.rcpt_tos), email.message_from_bytes(envelope.content)))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    def login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let everybody in."""
        self.logins.append((data.login, data.password))
        return AuthResult(success=True)

    def texts(self) -> list[str]:
        """What stands in the mails."""
        return [mail.get_payload(decode=True).decode() for _, mail in self.mails]


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for a host that nobody but itself has signed, and its key."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run([
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", made,
    ], check=True, capture_output=True)
    return made, key


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def mailbox(tls: tuple[Path, Path] | None = None) -> Iterator[Mailbox]:
    """The server while the block works.  tls: certificate and key for STARTTLS; without, it offers none."""
    found = Mailbox(free_port())
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    server = Controller(
        found, hostname="127.0.0.1", port=found.port, tls_context=context, authenticator=found.login,
        auth_require_tls=context is not None,
    )
    server.start()
    try:
        yield found
    finally:
        server.stop()
