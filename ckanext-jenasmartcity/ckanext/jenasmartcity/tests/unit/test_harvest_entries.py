"""What stewards enter: read, judged, and answered in both languages with what to do."""

from __future__ import annotations

import datetime as dt

import pytest

from ckanext.jenasmartcity.connectors.base import Option, Source, Text
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest.address import origin_of
from ckanext.jenasmartcity.harvest.stewards import checking, entries

GOOD = {
    "title": "Bäume", "connector": "csv", "url": "https://example.org/b.csv", "schedule": "15 3 * * *",
    "options": '{"draft": {"id": "baeume"}}', "origin": {"name": "Stadtforst"}, "defaults": "", "drafts": None,
    "protected": "title, notes", "channels": ["feed", "catalog"], "active": "on",
}


def source(url: str, options: object) -> Source:
    return Source("x", "x", url, dt.datetime(2026, 11, 24, tzinfo=dt.UTC), options)


def complaints(**given: object) -> entries.Problems:
    values, problems = entries.read({**GOOD, **given})
    return problems or checking.complaints(values, connectors(), source)


def test_what_a_form_brings_is_typed():
    values, problems = entries.read(GOOD)
    assert problems == {}
    assert values == {
        "title": {"de": "Bäume", "en": "Bäume"}, "connector": "csv", "url": "https://example.org/b.csv",
        "schedule": "15 3 * * *", "options": {"draft": {"id": "baeume"}}, "origin": {"name": "Stadtforst"},
        "defaults": {}, "drafts": {}, "protected": ["title", "notes"], "channels": ["catalog", "feed"], "active": True,
    }
    assert complaints() == {}


def test_what_is_not_given_is_not_read():
    assert entries.read({"url": ""}) == ({"url": entries.DROP}, {})


@pytest.mark.parametrize(("field", "value", "key", "remedy"), [
    ("url", "ftp://example.org/x", "url", "https://"),
    ("url", "javascript:alert(1)", "url", "https://"),
    ("url", "file:///etc/passwd", "url", "https://"),
    ("url", "http://", "url", "https://"),
    ("url", "https://example.org/a b", "url", "https://"),
    ("url", "http://[::1", "url", "https://"),
    # pragma: allowlist nextline secret
    ("url", "https://ich:geheim@example.org/x", "url", "Zugangsdaten"),
    ("url", "https://ich@example.org/x", "url", "Zugangsdaten"),
    # pragma: allowlist nextline secret
    ("options", {"tables": [{"name": "a", "url": "https://u:p@h.de/a"}]}, "options.tables.0.url", "Zugangsdaten"),
    # pragma: allowlist nextline secret
    ("origin", {"url": "https://u:p@h.de/a"}, "origin.url", "Zugangsdaten"),
    ("schedule", "täglich", "schedule", "15 3 * * *"),
    ("schedule", "61 3 * * *", "schedule", "15 3 * * *"),
    ("schedule", "* * * * * *", "schedule", "15 3 * * *"),
    ("title", "", "title", "Titel"),
    ("connector", "excel", "connector", "csv"),
    ("options", "{", "options", "JSON"),
    ("options", "[1]", "options", "Namen"),
    ("options", {"trenner": ";"}, "options.trenner", "draft, tables"),
    ("options", {"tables": "werte"}, "options.tables", "Liste"),
    ("options", {"draft": "x"}, "options.draft", "Datensatz"),
    ("options", {"tables": [{"name": "a", "unbekannt": 1}]}, "options.tables[0].unbekannt", "unbekannt"),
    ("drafts", {"a": "b"}, "drafts", "Kennung"),
    ("protected", "Titel!", "protected", "title"),
    ("channels", "fax", "channels", "catalog, feed"),
    ("active", "vielleicht", "active", "true"),
    ("defaults", {"notes": "a\x00b"}, "defaults.notes", "neu ein"),
    ("defaults", {"a\x00": "b"}, "defaults.a\x00", "neu ein"),
    ("defaults", {"n": float("nan")}, "defaults.n", "neu ein"),
])
def test_what_is_wrong_is_named_with_what_to_do(field, value, key, remedy):
    found = complaints(**{field: value})
    assert list(found) == [key]
    assert remedy in found[key].de
    assert found[key].en != found[key].de


def test_a_password_is_not_repeated_in_the_complaint():
    # pragma: allowlist nextline secret
    assert "geheim" not in repr(complaints(url="https://ich:geheim@example.org/x"))


def test_a_source_that_files_are_sent_to_has_no_schedule():
    assert list(complaints(url="")) == ["schedule"]
    assert complaints(url="", schedule="") == {}


@pytest.mark.parametrize("name", ["", "a", "Bäume", "mit leer", "neu", "datei", "-a", "x" * 101])
def test_a_name_that_no_address_can_hold_is_refused(name):
    with pytest.raises(entries.WrongError) as caught:
        entries.name(name)
    assert caught.value.text.de != caught.value.text.en


def test_an_option_that_is_needed_is_asked_for_by_its_label():
    needed = Option("key", "text", Text("Schlüssel", "Key"), Text("Die Spalte.", "The column."), required=True)
    found = checking.option_problems({}, [needed])["options.key"]
    assert ("Schlüssel" in found.de, "Die Spalte." in found.de) == (True, True)
    assert ("Key" in found.en, "The column." in found.en) == (True, True)
    assert checking.option_problems({"key": "id"}, [needed]) == {}


@pytest.mark.parametrize(("value", "type_", "good"), [
    (True, "int", False), (1, "int", True), ("1", "int", False), ([], "list", True), ({}, "list", False),
    ({}, "mapping", True), ("x", "text", True), (0, "bool", False), (False, "bool", True),
])
def test_types_are_those_that_the_connector_declares(value, type_, good):
    assert checking.fits(value, type_) is good


@pytest.mark.parametrize(("one", "other", "same"), [
    ("https://a.de/x", "https://A.de/y?z", True), ("https://a.de/x", "http://a.de/x", False),
    ("https://a.de/x", "https://a.de:8443/x", False), ("https://a.de", "https://b.a.de", False),
])
def test_a_secret_belongs_to_scheme_and_server(one, other, same):
    assert (origin_of(one) == origin_of(other)) is same
