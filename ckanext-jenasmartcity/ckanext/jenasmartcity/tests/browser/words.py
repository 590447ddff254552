"""Words of the sample feeds, as the second readers see them, and what they are made of."""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ckanext.jenasmartcity.tests.browser import readers

_SOLR = readers.ROOT / "config/solr"
_JOINTS = ("", "s", "es", "n", "en", "er", "e")
_ENDINGS = {"", "s", "es", "n", "en", "er", "e"}
_SHORTEST = 4
# Fields of an offer whose words the search is promised to find.
OFFERED = tuple(
    name for name in readers.OFFER
    if name in ("name", "ort", "strasse", "ortsteil", "text") or name.startswith(("wort", "ziel"))
)


def cells(source: dict[str, Any]) -> set[str]:
    """Every text in the tables of a source that becomes a table of the portal."""
    path, options = readers.sample(source), source["options"]
    if source["connector"] == "csv":
        lines = ((spec, row) for spec in options["tables"]
                 for row in readers.delimited(path.with_name(spec["url"]), spec.get("delimiter", ";")))
        return _texts(value for spec, row in lines for header, value in row.items()
                      if spec.get("rename", {}).get(header, readers.column_id(header)) not in spec.get("omit", ()))
    if source["connector"] == "geojson":
        return _texts(value for properties, _ in readers.features(path) for name, value in properties.items()
                      if name not in options.get("omit", ()))
    if source["connector"] == "gtfs":
        with tempfile.TemporaryDirectory() as folder:
            return _texts(value for member in readers.members(path)
                          for row in readers.zipped(path, f"{member}.txt", Path(folder)) for value in row.values())
    if source["connector"] == "opensensemap":
        shown = '.[] | select(.exposure == "outdoor") | .name, .model, (.sensors[] | .title, .unit, .sensorType)'
        return _texts(readers.jq(path, shown))
    return set()


def _texts(values: Iterable[Any]) -> set[str]:
    return {value for value in values if isinstance(value, str) and value.strip()}


def words(text: str) -> list[str]:
    """The words of a text, lower case."""
    return re.findall(r"[^\W\d_]+", text.lower())


def plain(text: str) -> str:
    """Lower case, without umlauts and ß, however they are written: "Straße", "Strasse", "Mueller", "Müller"."""
    folded = text.lower().replace("ß", "ss")
    for umlaut, written, letter in (("ä", "ae", "a"), ("ö", "oe", "o"), ("ü", "ue", "u")):
        folded = folded.replace(umlaut, letter).replace(written, letter)
    return folded


def spellings(word: str) -> set[str]:
    """The ways in which people type a word: capitals, no capitals, without the keys for umlauts and ß."""
    typed = word
    for umlaut, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        typed = typed.replace(umlaut, written)
    return {word, word.upper(), word.capitalize(), typed, typed.upper(), typed.capitalize()}


@functools.cache
def dictionary() -> frozenset[str]:
    """The parts of config/solr/compounds.txt; without those spelled with a joint and those that only hide others."""
    listed = (_SOLR / "compounds.txt").read_text("utf-8").split("# No parts:")[0]
    lines = (line.split("#")[0].strip().lower() for line in listed.splitlines())
    return frozenset(line for line in lines if line and "|" not in line)


@functools.cache
def synonyms() -> frozenset[str]:
    """Every word of config/solr/synonyms.txt, as it is spelled there."""
    lines = (line.split("#")[0] for line in (_SOLR / "synonyms.txt").read_text("utf-8").splitlines())
    return frozenset(word for line in lines for word in re.findall(r"\w+", line))


def parts(word: str) -> list[str]:
    """A compound's parts: at each place the longest of the dictionary; none where the word is not made of such."""
    if word in dictionary():
        return []
    found = list(_split(word, word))
    return [part for part in found if len(part) >= _SHORTEST] if len(found) > 1 else []


def _split(rest: str, whole: str) -> Iterator[str]:
    longest = max((part for part in dictionary() if rest.startswith(part) and part != whole), key=len, default="")
    left = rest.removeprefix(longest)
    if not longest:
        return
    if left in _ENDINGS:
        yield longest
        return
    for joint in _JOINTS:
        tail = list(_split(left.removeprefix(joint), whole)) if left.startswith(joint) else []
        if tail:
            yield from (longest, *tail)
            return


def compounds(texts: Iterable[str]) -> dict[str, set[str]]:
    """Part -> the compounds among the texts' words that it is a part of."""
    found: dict[str, set[str]] = {}
    for word in {word for text in texts for word in words(text)}:
        for part in parts(word):
            found.setdefault(part, set()).add(word)
    return found


def has_inside(text: str, part: str) -> bool:
    """Whether a word of the text has the part inside, in any form that a light stemmer takes for the same."""
    folded = plain(part)
    return folded[: max(4, len(folded) - 2)] in plain(text)
