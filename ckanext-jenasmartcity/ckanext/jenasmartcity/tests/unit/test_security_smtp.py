"""Mail leaves over a line that is what it says it is, or not at all; asked of a real server."""

from __future__ import annotations

import dataclasses
import io
import smtplib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.jenasmartcity.config import Mail
from ckanext.jenasmartcity.security import smtp
from ckanext.jenasmartcity.tests.mailbox import Mailbox, certificate, free_port, mailbox

WORD = "-".join(["nicht", "zu", "lesen"])


@pytest.fixture(scope="module")
def localhost(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost."""
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A server without TLS."""
    with mailbox() as found:
        yield found


@pytest.fixture
def safe(localhost) -> Iterator[Mailbox]:
    """A server that offers STARTTLS."""
    with mailbox(localhost) as found:
        yield found


def settings(port: int, host: str = "localhost", **more) -> Mail:
    given = Mail(f"{host}:{port}", False, "", "", "portal@example.org", "", "Offene Daten Jena", None)
    return dataclasses.replace(given, **more)


def send(mail: Mail, subject: str = "Größe", **more) -> None:
    made = smtp.message(mail, "Ute Müller", "ute@example.org", subject, "Schöne Grüße", **more)
    smtp.send(mail, made, "ute@example.org")


def test_a_mail_arrives_as_it_was_written(box: Mailbox):
    send(settings(box.port, reply_to="antwort@example.org"), html="<p>Hallo</p>",
         attachments=[("a.csv", io.StringIO("ä;b"), "text/csv")], headers={"X-Art": "Probe"})
    [(recipients, mail)] = box.mails
    assert recipients == ["ute@example.org"]
    text, html, file = (part for part in mail.walk() if not part.is_multipart())
    assert text.get_payload(decode=True).decode() == "Schöne Grüße\n"
    assert html.get_content_type() == "text/html"
    assert (file.get_filename(), file.get_payload(decode=True).decode()) == ("a.csv", "ä;b")
    assert (mail["Reply-To"], mail["X-Art"]) == ("antwort@example.org", "Probe")
    assert "portal@example.org" in mail["From"]


def test_a_certificate_that_nobody_vouches_for_is_refused(safe: Mailbox):
    with pytest.raises(smtp.MailError, match="CERTIFICATE_VERIFY_FAILED"):
        send(settings(safe.port, starttls=True, user="portal", password=WORD))
    assert safe.mails == []
    assert safe.logins == []


def test_a_certificate_for_another_server_is_refused(localhost, tmp_path: Path, safe: Mailbox):
    with pytest.raises(smtp.MailError, match="CERTIFICATE_VERIFY_FAILED"):
        send(settings(safe.port, "127.0.0.1", starttls=True, ca_file=localhost[0]))
    other = certificate(tmp_path, "mail.example")
    with mailbox(other) as wrong, pytest.raises(smtp.MailError, match="CERTIFICATE_VERIFY_FAILED"):
        send(settings(wrong.port, starttls=True, ca_file=other[0]))
    assert safe.mails == wrong.mails == []


def test_with_the_authoritys_certificate_mail_and_password_go_encrypted(localhost, safe: Mailbox):
    send(settings(safe.port, starttls=True, ca_file=localhost[0], user="portal", password=WORD))
    assert len(safe.mails) == 1
    assert safe.encrypted == [True]
    assert safe.logins == [(b"portal", WORD.encode())]


def test_a_server_that_offers_no_encryption_gets_nothing_where_it_is_wanted(box: Mailbox):
    with pytest.raises(smtp.MailError, match="STARTTLS"):
        send(settings(box.port, starttls=True, user="portal", password=WORD))
    assert box.mails == box.logins == []


def test_a_password_never_leaves_this_machine_in_clear(monkeypatch, box: Mailbox):
    def connect(*_given, **_more):
        raise AssertionError("a connection was opened")

    send(settings(box.port, user="portal", password=WORD))
    assert len(box.logins) == 1
    monkeypatch.setattr(smtplib, "SMTP", connect)
    for server in ("mail.example.org", "mail.example.org:587", "192.0.2.1", "localhost.example.org"):
        with pytest.raises(smtp.MailError, match="starttls"):
            send(settings(0, user="portal", password=WORD, server=server))


@pytest.mark.parametrize("field", ["subject", "headers", "name"])
def test_a_line_break_makes_no_header(box: Mailbox, field):
    evil = "x\r\nBcc: alle@example.org"
    mail = settings(box.port)
    with pytest.raises(smtp.MailError, match="header"):
        smtp.message(mail, evil if field == "name" else "Ute", "ute@example.org", evil if field == "subject" else "x",
                     "text", headers={"X-Art": evil} if field == "headers" else {})


def test_a_server_that_is_away_or_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    with pytest.raises(smtp.MailError):
        send(settings(free_port(), "127.0.0.1"))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(smtp.MailError, match="timed out"):
            send(settings(silent.getsockname()[1], "127.0.0.1"))


@pytest.mark.parametrize("server", ["", "smtp://", "host:port", "[::1"])
def test_an_address_that_is_none_is_told(server):
    with pytest.raises(smtp.MailError, match=r"smtp\.server"):
        send(settings(0, server=server))


def test_no_message_and_no_settings_show_the_password(safe: Mailbox):
    mail = settings(safe.port, starttls=True, user="portal", password=WORD)
    with pytest.raises(smtp.MailError) as failure:
        send(mail)
    assert WORD not in str(failure.value)
    assert WORD not in repr(mail)
