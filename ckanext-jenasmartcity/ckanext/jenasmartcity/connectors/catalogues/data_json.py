"""A whole catalogue as one data.json: Project Open Data metadata 1.1, also called DCAT-US 1.1.

DKAN and ArcGIS Hub write it.  Each entry of ``dataset`` becomes one dataset, its
distributions resources that point to where the files lie.
https://resources.data.gov/resources/dcat-us/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.jenasmartcity.connectors import bodies, soundness
from ckanext.jenasmartcity.connectors.base import (
    Distribution,
    Draft,
    Harvest,
    Option,
    Reading,
    Rejected,
    Request,
    Source,
    SourceError,
    Text,
)
from ckanext.jenasmartcity.connectors.catalogues import data_json_values as values
from ckanext.jenasmartcity.connectors.extent import known
from ckanext.jenasmartcity.connectors.values import Refusal

NAME = "data-json"
TITLE = Text("Katalog als data.json (DCAT-US 1.1)", "Catalogue as data.json (DCAT-US 1.1)")
ABOUT = Text(
    "Ein ganzer Katalog: die Beschreibungen vieler Datensätze mit Verweisen auf ihre Dateien.",
    "A whole catalogue: descriptions of many datasets with links to their files.",
)
OPTIONS = (
    Option(
        "licenses", "mapping", Text("Lizenzen", "Licences"),
        Text("Wortlaut der Quelle: Lizenz von DCAT-AP.de, wo die Quelle eigene Namen verwendet.",
             "The source's wording: licence of DCAT-AP.de, where the source uses names of its own."),
    ),
    Option(
        "themes", "mapping", Text("Themen", "Themes"),
        Text("Thema der Quelle: EU-Thema, z. B. Umwelt: ENVI.", "The source's theme: EU theme, e.g. Umwelt: ENVI."),
    ),
)

_EXPECTED = "data.json (DCAT-US 1.1)"
# Bytes and numbers that a page, the index and a person can bear.
_LONGEST = {"identifier": 1_000, "title": 1_000, "description": 100_000}
_MOST_FILES = 1_000
_SHOWN = 80


def read(source: Source) -> Reading:
    """Ask for one document; found counts its entries.

    Raises SourceError for another format.
    """
    document = yield Request(source.url, accept="application/json")
    entries = _entries(bodies.json_of(document, _EXPECTED, marked=True), document.url)
    drafts: list[Draft] = []
    rejected: list[Rejected] = []
    seen: set[str] = set()
    for place, entry in enumerate(entries, start=1):
        name = f"Nr. {place}"
        try:
            identifier = _identifier(entry)
            soundness.check(identifier, "identifier")
            name = identifier[:_SHOWN]
            if identifier in seen:
                raise Refusal("duplicate-id", "identifier")
            seen.add(identifier)
            soundness.check(entry)
            drafts.append(_draft(identifier, entry, source.options))
        except Refusal as refusal:
            rejected.append(refusal.rejected(name))
    return Harvest(found=len(entries), drafts=tuple(drafts), rejected=tuple(rejected))


def _entries(content: Any, url: str) -> list[Any]:
    entries = content.get("dataset") if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise SourceError("not-the-format", url, expected=_EXPECTED, detail="dataset?")
    return entries


def _identifier(entry: Any) -> str:
    if not isinstance(entry, dict):
        raise Refusal("not-readable", None, detail=f"{values.kind(entry)} ≠ {{…}}")
    identifier = _bounded(entry, "identifier")
    if not identifier:
        raise Refusal("no-id", "identifier")
    return identifier


def _bounded(entry: Mapping[str, Any], name: str) -> str:
    text = values.text(entry, name)
    limit = _LONGEST[name]
    # the fewest characters that can have so many bytes
    if len(text) > limit // 4 and (size := len(text.encode("utf-8", "replace"))) > limit:
        raise Refusal("too-long", name, found=f"{size:,}".replace(",", " "), limit=f"{limit:,}".replace(",", " "))
    return text


def _draft(identifier: str, entry: dict[str, Any], options: Mapping[str, Any]) -> Draft:
    access = values.text(entry, "accessLevel")
    if access not in ("", "public"):
        raise Refusal("not-allowed", "accessLevel", value=access[:_SHOWN])
    title = _bounded(entry, "title")
    if not title:
        raise Refusal("missing", "title")
    licences = options.get("licenses") or {}
    licence = values.text(entry, "license")
    fields = known(
        identifier=identifier,
        issued=values.day(entry, "issued"),
        modified=values.day(entry, "modified"),
        license=licences.get(licence, licence),
        theme=values.themes(entry, options.get("themes") or {}),
        language=values.languages(entry),
        frequency=values.frequency(entry),
        publisher=values.publisher(entry),
        contact=values.contact(entry),
        spatial_coverage=values.area(entry),
        temporal_coverage=values.period(entry),
        url=values.address(entry, "landingPage"),
        documentation=values.addresses(entry, "references"),
    )
    return Draft(
        identifier, "dataset", title, values.prose(_bounded(entry, "description")),
        values.texts(entry, "keyword"), fields, tuple(_distributions(entry, licences)), name=title,
    )


def _distributions(entry: Mapping[str, Any], licences: Mapping[str, str]) -> Iterator[Distribution]:
    """Every file that has an address; the others cannot be reached and are left out."""
    listed = values.entries(entry, "distribution")
    if len(listed) > _MOST_FILES:
        raise Refusal("not-readable", "distribution", detail=f"{len(listed)} > {_MOST_FILES}")
    files = [_file(one) for one in listed]
    labels = Counter((title, format_) for title, format_, _, _ in files)
    used: Counter[str] = Counter()
    for title, format_, url, raw in files:
        if not url:
            continue
        # the address of a file changes more often than its name
        name = f"{title}\n{format_}" if title and labels[title, format_] == 1 else url
        used[name] += 1
        licence = values.text(raw, "license")
        yield Distribution(
            name if used[name] == 1 else f"{name}\n{used[name]}", url, title, format_, values.text(raw, "mediaType"),
            values.prose(values.text(raw, "description")), licences.get(licence, licence),
        )


def _file(raw: Mapping[str, Any]) -> tuple[str, str, str, Mapping[str, Any]]:
    url = values.address(raw, "downloadURL") or values.address(raw, "accessURL")
    return values.text(raw, "title"), values.text(raw, "format"), url, raw
