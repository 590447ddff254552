"""What a German search word finds in compounds, asked of the real Solr in two requests."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

DATA = Path(__file__).parent / "data"
Pairs = list[tuple[str, str]]


def _pairs(name: str) -> Pairs:
    """(text, search word) for every word behind a colon; "#" starts a comment."""
    lines = (line.split("#")[0].strip() for line in (DATA / name).read_text(encoding="utf-8").splitlines())
    split = (line.split(":", 1) if line.count(":") == 1 else line.rsplit(":", 1) for line in lines if line)
    return [(text.strip(), query.strip()) for text, queries in split for query in queries.split(",")]


def _terms(stages: list[Any], lines: list[str]) -> dict[str, set[str]]:
    """The terms of each line; a token belongs to the line that its start offset lies in.

    `stages` alternates the name of a filter and its tokens; the last one is what Solr indexes or looks up.
    """
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    terms: dict[str, set[str]] = {line: set() for line in lines}
    for token in stages[-1]:
        terms[lines[bisect_right(starts, token["start"]) - 1]].add(token["text"])
    return terms


def _missed_and_found(pairs: Pairs) -> tuple[Pairs, Pairs]:
    """The pairs whose search word does not find the text, and those whose word does."""
    texts, queries = (list(dict.fromkeys(column)) for column in zip(*pairs, strict=True))
    form = {
        "analysis.fieldname": "text",
        "analysis.fieldvalue": "\n".join(texts),
        "analysis.query": "\n".join(queries),
        "wt": "json",
    }
    url = f"{tk.config['solr_url'].rstrip('/')}/analysis/field"
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), timeout=30) as answer:  # noqa: S310 - configured
        stages = json.load(answer)["analysis"]["field_names"]["text"]
    indexed, searched = _terms(stages["index"], texts), _terms(stages["query"], queries)
    found = [(text, query) for text, query in pairs if indexed[text] & searched[query]]
    return [pair for pair in pairs if pair not in found], found


def test_lists_are_long_enough_to_mean_something() -> None:
    assert len(_pairs("compounds_found.txt")) >= 150
    assert len(_pairs("compounds_not_found.txt")) >= 100


def test_search_word_finds_the_compounds_it_is_a_part_of() -> None:
    missed, _found = _missed_and_found(_pairs("compounds_found.txt"))
    assert missed == []


def test_search_word_does_not_find_words_that_only_share_letters() -> None:
    _missed, found = _missed_and_found(_pairs("compounds_not_found.txt"))
    assert found == []


@pytest.mark.parametrize("query", ["Bodenfeuchte", "Straßenbahnhaltestelle"])
def test_searching_a_compound_does_not_become_a_search_for_its_parts(query: str) -> None:
    missed, _found = _missed_and_found([("Boden", query), ("Straße", query), ("Haltestelle", query)])
    assert len(missed) == 3
