"""The forms of a source: what is typed means what it says, and a mistake is told with its line."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from ckanext.jenasmartcity.connectors.base import Option, Text
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest.forms import options, source, timing, written

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
T = Text("x", "x")
OPTIONS = (
    Option("name", "text", T, T, required=True), Option("most", "int", T, T, default=5),
    Option("strict", "bool", T, T, default=True), Option("leave", "list", T, T), Option("draft", "mapping", T, T),
)
VALUES = {"name": "a", "most": 7, "strict": False, "leave": ["b", "c"], "draft": {"id": "x", "title": "Straße: 1"}}


def test_what_is_stored_comes_back_through_the_form_unchanged() -> None:
    assert options.read(OPTIONS, options.shown(OPTIONS, VALUES)) == (VALUES, {})


def test_defaults_are_shown_and_not_stored_twice() -> None:
    form = options.shown(OPTIONS, {})
    assert (form["option-most"], form["option-strict"]) == ("5", "1")
    values, errors = options.read(OPTIONS, {**form, "option-name": "a"})
    assert (values, errors) == ({"name": "a", "most": 5}, {})


def test_what_is_missing_or_wrong_is_told_at_its_field() -> None:
    form = {"option-name": " ", "option-most": "many", "option-draft": "a b", "option-strict": "1"}
    values, errors = options.read(OPTIONS, form)
    assert values == {}
    assert set(errors) == {"option-name", "option-most", "option-draft"}


@pytest.mark.parametrize("value", [
    ["a", "b"], ["- a", "b"], [" a"], ["[x]"], ["#1"], [{"name": "a", "key": ["id"]}], [1, True],
    ["2026-11-24", "no", "1"], ["zwei\nZeilen"],
])
def test_lists_survive(value: list[Any]) -> None:
    assert written.listed(written.shown(value)) == value


@pytest.mark.parametrize("value", [
    {"a": "2026-11-24"}, {"a": "ja", "b": "no", "c": "12:30"}, {"de": "Größe", "en": "size"},
    {"a": {"b": [1, 2.5, None]}}, {"long": "Wort " * 60},
])
def test_mappings_survive(value: dict[str, Any]) -> None:
    assert written.mapping(written.shown(value)) == value


@pytest.mark.parametrize(("text", "line"), [
    ("a: 1\nb: 2\n c: 3", 3), ("a: 1\n\tb: 2", 2), ("a: [1, 2", 1), ("a: 1\nb: 'x", 2), ("a: 1\na: 2", 2),
    ("a: &x 1\nb: *x", 2), ("just words", 1), ("- a\n- b", 1), ("a: 1\nb: \x07", 2), ("a: 1\nb: 2: 3", 2),
    ("[" * 50, 1), ("a: !!python/object:os.system x", 1),
])
def test_a_mistake_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(written.WrittenError) as error:
        written.mapping(text)
    assert f"Line {line}:" in str(error.value)


@pytest.mark.parametrize("text", ["a: .nan", "a: .inf", "x" * 200_000])
def test_what_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(written.WrittenError):
        written.mapping(text)


def test_a_text_that_would_grow_without_end_is_refused() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(written.WrittenError):
        written.mapping(bomb)


@pytest.mark.parametrize("cron", [None, "7 * * * *", "15 3 * * *", "0 0 * * 0", "5 22 * * 3", "*/10 6-20 * * 1-5"])
def test_a_schedule_comes_back_through_the_form_unchanged(cron: str | None) -> None:
    assert timing.read(timing.shown(cron), NOW) == cron


@pytest.mark.parametrize("form", [
    {"schedule": "hourly", "schedule_minute": "60"}, {"schedule": "daily", "schedule_time": "24:00"},
    {"schedule": "weekly", "schedule_time": "03:15", "schedule_day": "8"},
    {"schedule": "own", "schedule_cron": "daily"}, {"schedule": "own", "schedule_cron": "0 0 30 2 *"},
    {"schedule": "sometimes"},
])
def test_a_schedule_that_means_nothing_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        timing.read(form, NOW)


def test_the_next_times_are_those_of_the_clocks_in_berlin() -> None:
    found = timing.next_times("15 3 * * *", dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC))
    assert [time.isoformat() for time in found] == [
        "2026-03-28T02:15:00+00:00", "2026-03-29T01:15:00+00:00", "2026-03-30T01:15:00+00:00",
    ]


def stored(**changes: Any) -> dict[str, Any]:
    return {
        "name": "quelle", "title": {"de": "Quelle", "en": "Source"}, "url": "https://example.org/a.csv",
        "organization": "amt", "active": True, "schedule": "15 3 * * *", "options": {"draft": {"id": "x"}},
        "defaults": {
            "license": "L", "theme": ["t"], "tags": ["Bus"], "notes": "n",
            "publisher": [{"name": "Amt", "type": "T"}, {"name": "Zweites"}], "contact": [{"name": "Amt"}],
        },
        "origin": {"name": "o", "format": "CSV"}, "drafts": {"x": {"title": "y"}}, "protected": ["title"],
        "channels": ["feed"], "credentials": ["token"], **changes,
    }


def sent(form: dict[str, Any]) -> dict[str, Any]:
    pairs = [(name, one) for name, value in form.items() for one in (value if isinstance(value, list) else [value])]
    return source.sent(MultiDict(pairs))


def test_saving_the_form_as_it_is_changes_nothing() -> None:
    before, known = stored(), connectors()["csv"].OPTIONS
    typed = source.read(sent(source.shown(before, known)), known, before, NOW)
    assert typed.errors == {}
    for name in set(before) - {"credentials"}:
        assert typed.values[name] == before[name], name
    assert typed.values["credentials"] == {}


def test_an_empty_secret_stays_a_typed_one_is_new_and_a_box_deletes() -> None:
    known = connectors()["csv"].OPTIONS
    # pragma: allowlist nextline secret
    form = sent({**source.shown(stored(), known), "credential-password": "neu", "credential-delete": ["token"]})
    # pragma: allowlist nextline secret
    assert source.read(form, known, stored(), NOW).values["credentials"] == {"token": "", "password": "neu"}
    assert "neu" not in str(source.again(form))


def test_every_option_of_every_connector_has_a_field() -> None:
    for name, connector in connectors().items():
        form = source.new(connector.OPTIONS, [])
        assert {f"option-{one.name}" for one in connector.OPTIONS} <= set(form), name


def test_what_an_action_refuses_is_told_at_the_forms_field() -> None:
    known = connectors()["csv"].OPTIONS
    wrong = {
        "options.tables[0].name": ["a"], "url": ["b"], "title": ["c"], "defaults.contact.0.name": ["d"],
        "credentials": ["e"], "options.gone": ["f"],
    }
    assert source.placed(wrong, known) == {
        "option-tables": ["a"], "url": ["b"], "title_de": ["c"], "default-more": ["d"], "credential-username": ["e"],
        "": ["f"],
    }
