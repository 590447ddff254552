"""How a server's wish to be left alone is read."""

from __future__ import annotations

import datetime as dt

import pytest

from ckanext.jenasmartcity.connectors.base import SourceError
from ckanext.jenasmartcity.harvest import hosts

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(("status", "said", "seconds"), [
    ("503", "120", 120), ("429", "0", 0), ("503", "99999999999999999999", 86400), ("503", "172800", 86400),
    ("503", "Tue, 24 Nov 2026 12:05:00 GMT", 300), ("503", "Tue, 24 Nov 2026 11:00:00 GMT", 0),
    ("503", "Tue, 24 Nov 2030 12:00:00 GMT", 86400), ("429", "tue, 24 nov 2026 13:30:00 +0100", 1800),
    ("503", "soon", None), ("503", "", None), ("503", "-5", None), ("503", "1e3", None), ("503", "٣", None),
    ("404", "120", None), ("500", "120", None),
])
def test_retry_after_is_seconds_or_a_date_and_at_most_a_day(status, said, seconds):
    error = SourceError("http-status", "http://example.org/", status=status, retry_after=said)
    wait = hosts.asked_to_wait(error, NOW)
    assert (wait.total_seconds() if wait is not None else None) == seconds


def test_a_server_is_its_host_and_port():
    # pragma: allowlist nextline secret
    assert hosts.name("https://nobody:secret@Daten.Jena.de:8443/x?y#z") == "daten.jena.de:8443"
    assert hosts.name("http://jena.de/") == "jena.de"
