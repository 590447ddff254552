"""Lists of choices: EU authority tables, DCAT-AP.de, mobilityDCAT-AP and the city's own.

They lie in ``config/vocabularies/*.yaml`` (licences: ``config/licenses.json``, the
sub-projects: ``config/groups.yaml``, Ortsteile: ``config/places/ortsteile.geojson``).
An entry's aliases are other spellings that are accepted and corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas.rules.words import broken


@dataclass(frozen=True, slots=True)
class Entry:
    """One choice.  more: what else the list says of it (``themes``, ``format``, ``seconds`` …)."""

    value: str
    label: Text
    aliases: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A list of choices in the order in which it is shown."""

    name: str
    title: Text
    entries: tuple[Entry, ...]
    _index: Mapping[str, Entry] = field(default_factory=dict, repr=False, compare=False)

    def find(self, value: str) -> Entry | None:
        """The entry with this value or alias, whatever its case; None if there is none."""
        return self._index.get(_folded(value))

    def checked(self, value: str, label: Text) -> str:
        """The list's own spelling of ``value``; raises RuleError if the list has no such entry."""
        entry = self.find(value)
        if entry is None:
            raise broken(
                label,
                value,
                Text(de="steht nicht in der Werteliste.", en="is not in the list of values."),
                Text(
                    de=f"Wählen Sie einen Eintrag der Liste »{self.title.de}«.",
                    en=f"Choose an entry of the list “{self.title.en}”.",
                ),
            )
        return entry.value


def vocabulary(name: str, title: Text, entries: Iterable[Entry]) -> Vocabulary:
    """Build a list.  Raises ValueError where two entries claim the same spelling."""
    listed = tuple(entries)
    index: dict[str, Entry] = {}
    for entry in listed:
        for spelling in {_folded(entry.value), *map(_folded, entry.aliases)}:
            if index.setdefault(spelling, entry) is not entry:
                raise ValueError(f"{name}: {spelling!r} stands for two entries")
    return Vocabulary(name, title, listed, index)


def from_yaml(name: str, content: Mapping[str, Any]) -> Vocabulary:
    """A list as its YAML file holds it: title, entries of value, label, aliases and more."""
    return vocabulary(name, _text(content["title"]), map(_entry, content["entries"]))


def from_licenses(content: Iterable[Mapping[str, Any]]) -> Vocabulary:
    """The licences in CKAN's format of a licence group; values are dcat-ap.de IRIs."""
    return vocabulary(
        "licenses",
        Text(de="Lizenzen", en="Licences"),
        (
            Entry(item["id"], Text(de=item["title"], en=item["title_en"]), tuple(item["aliases"]), dict(item))
            for item in content
        ),
    )


def from_places(name: str, content: Mapping[str, Any]) -> Vocabulary:
    """Named areas of a GeoJSON file; a place has the same name in both languages."""
    names = sorted(feature["properties"]["name"] for feature in content["features"])
    return vocabulary(name, Text(de=content["name"], en=content["name"]), (Entry(n, Text(n, n)) for n in names))


def _entry(item: Mapping[str, Any]) -> Entry:
    more = {key: value for key, value in item.items() if key not in {"value", "label", "aliases"}}
    return Entry(item["value"], _text(item["label"]), tuple(item.get("aliases", ())), more)


def _text(content: Mapping[str, str]) -> Text:
    return Text(de=content["de"], en=content["en"])


def _folded(value: str) -> str:
    return value.strip().casefold().rstrip("/")
