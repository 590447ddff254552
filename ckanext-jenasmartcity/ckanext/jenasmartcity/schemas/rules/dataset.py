"""Rules between the fields of a dataset and between a dataset and its resources.

``Dataset`` holds what the rules read, as plain values; ``problems`` applies them all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas.rules.vocabulary import Vocabulary
from ckanext.jenasmartcity.schemas.rules.words import Problem

# States in which nothing is asked for: CKAN's "draft" (all steps before publishing, see
# DESIGN.md) and "deleted", so that a removal never fails.
RESTING_STATES = frozenset({"draft", "deleted"})
# Commission Implementing Regulation (EU) 2023/138, as DCAT-AP HVD 3.0 wants it cited.
HVD_LAW = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
# Formats behind which an interface lies and not a file.
API_FORMATS = frozenset({
    "api", "wfs", "wms", "wcs", "wmts", "ogc api", "sensorthings", "sta", "rest", "esri rest", "sparql", "odata",
    "gbfs", "ngsi-ld", "graphql", "mqtt", "ogc api features",
})


@dataclass(frozen=True, slots=True)
class Dataset:
    """fields: the dataset's values, lists as lists.  resources: all that it will have.

    checked: those that a validator sees now, in its order (CKAN 2.12 leaves unchanged ones
    out); they carry the paths of problems.
    """

    fields: Mapping[str, Any]
    resources: Sequence[Mapping[str, Any]]
    checked: Sequence[Mapping[str, Any]]
    publishing: bool


def is_publishing(state: str | None) -> bool:
    """Whether a dataset in this state must be complete; without a state it is "active"."""
    return (state or "active") not in RESTING_STATES


def themes_of(categories: Sequence[str], listed: Vocabulary, themes: Vocabulary) -> list[str]:
    """The EU themes that categories of opendata.jena.de stand for, each once."""
    found: dict[str, None] = {}
    for name in categories:
        entry = listed.find(name)
        for code in entry.more.get("themes", ()) if entry else ():
            theme = themes.find(code)
            if theme:
                found[theme.value] = None
    return list(found)


def problems(dataset: Dataset, licenses: Vocabulary, models: Vocabulary) -> Iterator[Problem]:
    """All rules between fields that the dataset breaks."""
    yield from _periods(dataset.fields)
    yield from _maturity(dataset.fields, models)
    if dataset.publishing:
        yield from _high_value(dataset, licenses)


def _periods(fields: Mapping[str, Any]) -> Iterator[Problem]:
    for number, period in enumerate(fields.get("temporal_coverage") or ()):
        yield from _ordered(("temporal_coverage", number, "end"), period.get("start"), period.get("end"))
    yield from _ordered(("period_end",), fields.get("period_start"), fields.get("period_end"))


def _ordered(path: tuple[str | int, ...], start: str | None, end: str | None) -> Iterator[Problem]:
    """A period may lack a bound (DCAT-AP.de 3.0 wants one of them), but not run backwards."""
    if start and end and _reversed(start, end):
        yield Problem(path, Text(
            de=f"Zeitraum: Das Ende »{end}« liegt vor dem Beginn »{start}«. "
               "Tauschen oder berichtigen Sie die Angaben.",
            en=f"Period: its end “{end}” lies before its start “{start}”. Swap or correct them.",
        ))


def _reversed(start: str, end: str) -> bool:
    if min(len(start), len(end)) > 10:
        first, last = dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)
        if (first.tzinfo is None) == (last.tzinfo is None):
            return first > last
    # A year or month as end means its last day, so only the part that both give counts.
    shared = min(len(start), len(end), 10)
    return start[:shared] > end[:shared]


def _maturity(fields: Mapping[str, Any], models: Vocabulary) -> Iterator[Problem]:
    level, model = fields.get("maturity_level"), fields.get("maturity_model")
    if level in (None, ""):
        return
    entry = models.find(model) if model else None
    if entry is None:
        yield Problem(("maturity_model",), Text(
            de="Reifegradmodell fehlt: Wählen Sie, nach welchem Modell der Reifegrad angegeben ist.",
            en="Maturity model is missing: choose the model that the maturity level refers to.",
        ))
    elif int(level) > entry.more["levels"]:
        top = entry.more["levels"]
        yield Problem(("maturity_level",), Text(
            de=f"Reifegrad: »{level}« gibt es im {entry.label.de} nicht. Wählen Sie eine Stufe von 0 bis {top}.",
            en=f"Maturity level: the {entry.label.en} has no “{level}”. Choose a level from 0 to {top}.",
        ))


def _high_value(dataset: Dataset, licenses: Vocabulary) -> Iterator[Problem]:
    """Regulation (EU) 2023/138: free, open licence, machine-readable, by API and in bulk."""
    if not dataset.fields.get("hvd_category"):
        return
    if HVD_LAW not in (dataset.fields.get("applicable_legislation") or ()):
        yield Problem(("applicable_legislation",), Text(
            de=f"Rechtsgrundlage fehlt: Tragen Sie für einen hochwertigen Datensatz {HVD_LAW} ein.",
            en=f"Applicable legislation is missing: enter {HVD_LAW} for a high-value dataset.",
        ))
    if not any(map(_has_api, dataset.resources)):
        yield Problem(("hvd_category",), Text(
            de="Hochwertiger Datensatz: Es fehlt eine Schnittstelle. Fügen Sie eine Ressource mit API hinzu "
               "(z. B. eine Tabelle des Portals oder einen WFS) oder entfernen Sie die HVD-Kategorie.",
            en="High-value dataset: an API is missing. Add a resource with an API (e.g. a table of this portal or "
               "a WFS) or remove the HVD category.",
        ))
    if not any(map(_is_bulk, dataset.resources)):
        yield Problem(("hvd_category",), Text(
            de="Hochwertiger Datensatz: Es fehlt ein Massen-Download. Fügen Sie eine Datei mit allen Daten hinzu "
               "oder entfernen Sie die HVD-Kategorie.",
            en="High-value dataset: a bulk download is missing. Add a file with all data or remove the HVD category.",
        ))
    for number, resource in enumerate(dataset.checked):
        yield from _open_enough(number, resource, licenses)


def _open_enough(number: int, resource: Mapping[str, Any], licenses: Vocabulary) -> Iterator[Problem]:
    value = resource.get("license")
    entry = licenses.find(value) if value else None
    if entry is not None and not entry.more.get("hvd"):
        name = resource.get("name") or resource.get("url") or str(number + 1)
        yield Problem(("resources", number, "license"), Text(
            de=f"Lizenz: »{entry.label.de}« ist für hochwertige Datensätze nicht offen genug. Wählen Sie für "
               f"die Datei „{name}“ z. B. Datenlizenz Deutschland – Zero oder CC BY 4.0.",
            en=f"Licence: “{entry.label.en}” is not open enough for high-value datasets. Choose e.g. Data licence "
               f"Germany – Zero or CC BY 4.0 for the file “{name}”.",
        ))


def _has_api(resource: Mapping[str, Any]) -> bool:
    return _is_table(resource) or _format(resource) in API_FORMATS


def _is_bulk(resource: Mapping[str, Any]) -> bool:
    return _is_table(resource) or (bool(resource.get("url")) and _format(resource) not in API_FORMATS)


def _is_table(resource: Mapping[str, Any]) -> bool:
    # A DataStore table is both: searched row by row, and dumped as a whole.
    return resource.get("role") == "table" or resource.get("datastore_active") in (True, "True", "true")


def _format(resource: Mapping[str, Any]) -> str:
    return str(resource.get("format") or "").strip().casefold()
