"""The registry, places and readers that all connectors rely on."""

from __future__ import annotations

import inspect
import types
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors import bodies, columns, registry, values
from ckanext.jenasmartcity.connectors.base import Document, Option, SourceError, Text
from ckanext.jenasmartcity.connectors.places import locator
from ckanext.jenasmartcity.tests.unit.reading import ortsteile


def test_every_module_that_reads_a_source_is_registered():
    readers = [
        module for module in registry.modules()
        if inspect.isgeneratorfunction(getattr(module, "read", None)) and module.read.__module__ == module.__name__
    ]
    assert {module.__name__ for module in readers} == {entry.__name__ for entry in registry.connectors().values()}
    assert {"csv", "geojson", "opensensemap"} <= set(registry.connectors())


def test_a_name_claimed_twice_is_refused(monkeypatch: pytest.MonkeyPatch):
    first = registry.connectors()["csv"]
    twin = types.SimpleNamespace(NAME="csv", TITLE=first.TITLE, ABOUT=first.ABOUT, OPTIONS=(), read=first.read)
    monkeypatch.setattr(registry, "modules", lambda: [first, twin])
    with pytest.raises(ValueError, match="csv"):
        registry.connectors.__wrapped__()


@pytest.mark.parametrize("name", sorted(registry.connectors()))
def test_a_connector_is_described_in_both_languages(name: str):
    connector = registry.connectors()[name]
    assert name == connector.NAME
    assert len({option.name for option in connector.OPTIONS}) == len(connector.OPTIONS)
    options = [text for option in connector.OPTIONS for text in (option.label, option.help)]
    for text in (connector.TITLE, connector.ABOUT, *options):
        assert isinstance(text, Text)
        assert text.de.strip()
        assert text.en.strip()
    kinds = get_args(inspect.get_annotations(Option, eval_str=True)["type"])
    assert all(option.type in kinds for option in connector.OPTIONS)


def test_places_are_found_where_they_are():
    locate = locator(ortsteile())
    assert locate(11.6027, 50.8941) == "Lobeda-Altstadt"
    assert locate(11.5859, 50.9284) == "Jena-Zentrum"
    assert locate(13.4, 52.5) is None
    assert locate(50.9, 11.6) is None


def test_a_border_belongs_to_the_first_area_always():
    squares = {"features": [
        {"properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [
            [[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]]}}
        for name, west in (("rechts", 1), ("links", 0))
    ]}
    assert locator(squares)(1, 0.5) == "rechts"


def test_a_declared_charset_is_used_where_utf8_fails():
    document = Document("u", "Preis: 5 €".encode("iso8859-15"), charset="ISO-8859-15")
    assert bodies.text(document, "CSV") == "Preis: 5 €"
    assert bodies.text(Document("u", "Straße".encode(), charset="iso-8859-1"), "CSV") == "Straße"


@pytest.mark.parametrize("charset", ["hex", "idna", "rot13", "../etc", "unknown", ""])
def test_an_odd_charset_does_no_harm(charset: str):
    assert bodies.text(Document("u", b"Stra\xdfe", charset=charset), "CSV") == "Straße"


def test_a_page_behind_many_comments_is_told_at_once():
    with pytest.raises(SourceError) as caught:
        bodies.text(Document("u", b"<!-- -->" * 300 + b"<html>"), "CSV")
    assert caught.value.code == "html"
    assert bodies.text(Document("u", b"<!---->" * 500 + b"x"), "CSV").endswith("x")


def test_the_error_says_what_and_where():
    with pytest.raises(SourceError, match="1:4"):
        bodies.json_of(Document("u", b"[1 2]"))


@given(st.lists(st.text(max_size=80), max_size=12))
def test_column_ids_are_safe_and_different(headers: list[str]):
    ids = columns.column_ids(headers)
    assert len(set(ids)) == len(headers)
    for name in ids:
        assert name.isascii()
        assert 0 < len(name) <= 63
        assert not name.startswith("_")
        assert name.replace("_", "").isalnum()


@given(st.text(max_size=30))
def test_a_text_is_a_value_or_nothing_never_an_error(text: str):
    for reader in (values.number, values.whole, values.truth, values.date, values.moment):
        reader(text)
    values.kind_of([text, "1,5"])
