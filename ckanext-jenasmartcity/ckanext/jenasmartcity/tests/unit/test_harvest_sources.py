"""The file of sources: every mistake is told by name."""

from __future__ import annotations

import textwrap

import pytest

from ckanext.jenasmartcity.connectors.base import Option, SourceError, Text
from ckanext.jenasmartcity.harvest.sources import check_options, defaults, spec, specs

OPTIONS = (
    Option("delimiter", "text", Text("Trenner", "Delimiter"), Text("", ""), default=";"),
    Option("skip", "int", Text("Zeilen", "Lines"), Text("", "")),
    Option("strict", "bool", Text("streng", "strict"), Text("", "")),
    Option("key", "list", Text("Schlüssel", "Key"), Text("", ""), required=True),
    Option("columns", "mapping", Text("Spalten", "Columns"), Text("", "")),
)
GOOD = {"name": "ortsteile", "connector": "geojson", "url": "{samples}/o.geojson", "organization": "stadt-jena"}


def test_good_options_pass_and_defaults_are_added():
    given = {"key": ["id"], "skip": 2, "strict": True, "columns": {"a": {"type": "int"}}}
    check_options(given, OPTIONS, "https://x")
    assert defaults(given, OPTIONS) == {"delimiter": ";", **given}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"key": ["id"], "limit": 3}, "limit"), ({"key": "id"}, "key"), ({"key": ["id"], "skip": True}, "skip"),
        ({"key": ["id"], "strict": "ja"}, "strict"), ({"key": ["id"], "columns": []}, "columns"), ({}, "key"),
        ({"key": []}, "key"),
    ],
)
def test_a_wrong_option_is_named(given, named):
    with pytest.raises(SourceError) as caught:
        check_options(given, OPTIONS, "https://x")
    assert caught.value.values["option"] == named
    assert f"Die Einstellung {named} " in caught.value.message("de")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"url": None}, "ortsteile.url"), ({"licence": "x"}, "ortsteile.licence"),
        ({"schedule": "jeden Tag"}, "ortsteile.schedule"), ({"connector": "excel"}, "connector"),
        ({"options": {"nix": 1}}, "nix"),
    ],
)
def test_a_wrong_source_is_named(change, named):
    with pytest.raises(SourceError) as caught:
        spec({**GOOD, **change}, "sources[0]")
    assert caught.value.values["option"] == named


def test_a_name_twice_is_refused(tmp_path):
    file = tmp_path / "sources.yaml"
    file.write_text(textwrap.dedent("""
        - {name: a, connector: geojson, url: "http://x/", organization: stadt-jena, origin: {retrieved: 2026-11-24}}
        - {name: a, connector: geojson, url: "http://x/", organization: stadt-jena}
    """))
    with pytest.raises(SourceError):
        specs(file)
    file.write_text(file.read_text().replace("name: a", "name: b", 1))
    assert [one.name for one in specs(file)] == ["b", "a"]
    assert specs(file)[0].origin == {"retrieved": "2026-11-24"}
