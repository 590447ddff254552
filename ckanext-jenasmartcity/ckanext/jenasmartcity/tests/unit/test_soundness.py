"""One broken character costs its record, in every standard; many of them cost the document."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ckanext.jenasmartcity.connectors import soundness
from ckanext.jenasmartcity.connectors.base import Draft, Harvest, Item, SourceError
from ckanext.jenasmartcity.connectors.bodies import Document, json_of, text
from ckanext.jenasmartcity.connectors.values import Refusal
from ckanext.jenasmartcity.harvest import account

LINES = "".join(f"{number};Löbstedter Straße\n" for number in range(200)).encode()


@pytest.mark.parametrize(("value", "code", "told"), [
    ("a\x00b", "not-readable", "NUL"), ({"x": ["a\udcff"]}, "not-readable", "x: UTF-8"),
    ({"a": {"b": math.nan}}, "not-readable", "b: NaN"), ([-math.inf], "not-readable", "Infinity"),
    ({"a\x00": 1}, "not-readable", "NUL"), ("x" * 600_001, "too-long", "600 001"),
    ([0] * 100_001, "too-many", "100 001"),
])
def test_what_nobody_can_store_is_refused_with_its_place(value: Any, code: str, told: str):
    with pytest.raises(Refusal) as caught:
        soundness.check(value, "feld")
    assert caught.value.code == code
    for language in ("de", "en"):
        message = caught.value.rejected("1").message(language)
        assert told in message
        assert "?" not in message


@pytest.mark.parametrize("value", [
    "Löbstedt \U0001f600 \ufffd", {"a": [1, 2.5, None, True, "x" * 600_000]}, [0] * 8000,
])
def test_what_can_be_stored_is_not(value: Any):
    assert soundness.is_sound(value)


@pytest.mark.parametrize(("mark", "kept"), [(b"\x00", "\x00"), (b"\xff", "\udcff"), (b"\xc3", "\udcc3")])
def test_a_document_with_few_marks_is_read_as_what_it_is(mark: bytes, kept: str):
    read = text(Document("x", LINES + b"999;" + mark + b"\n"), "CSV")
    assert read.startswith("0;Löbstedter Straße")
    assert read.endswith(f"999;{kept}\n")


def test_a_document_of_marks_is_no_text_and_latin_stays_latin():
    with pytest.raises(SourceError):
        text(Document("x", LINES[:20] + b"\x00" * 5), "CSV")
    assert "Löbstedter" in text(Document("x", LINES.decode().encode("cp1252")), "CSV")


def test_a_reader_that_does_not_check_its_records_gets_no_marks():
    with pytest.raises(SourceError) as caught:
        json_of(Document("x", b'{"a": NaN}'))
    assert caught.value.code == "not-the-format"
    assert math.isnan(json_of(Document("x", b'{"a": NaN}'), marked=True)["a"])


def test_titles_and_offers_have_an_end():
    assert account.too_long(Draft("d", "dataset", "x" * 2_000)) is None
    told = account.too_long(Draft("d", "dataset", "x" * 2_001))
    assert told is not None
    assert (told.code, told.field) == ("too-long", "title")
    checked = account.check(Harvest(2, items=(Item("a", "d", "x" * 600_001), Item("b", "d", "Kurs"))))
    assert [item.id for item in checked.items] == ["b"]
    assert [(one.id, one.code, one.field) for one in checked.rejected] == [("a", "too-long", "name")]
