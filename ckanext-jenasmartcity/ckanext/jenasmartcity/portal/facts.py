"""What a dataset's or resource's fields say, in words: labels of the schema, no IRIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.portal import language
from ckanext.jenasmartcity.portal.words import date

# Shown elsewhere on the page, or not for people.
ELSEWHERE = frozenset((
    "title", "title_en", "name", "notes", "notes_en", "plain_language", "tag_string", "owner_org", "license_id",
    "project", "contact", "sample", "identifier", "contributor_id", "political_geocoding_level_uri", "origin_name",
    "origin_url", "origin_licence", "origin_retrieved", "url", "type", "private", "state",
))
RESOURCE_ELSEWHERE = frozenset((
    "name", "name_en", "url", "description", "license", "license_attribution_by_text", "table_name", "role",
    "format", "upload",
))
GEOMETRIES = frozenset(("geom", "bbox", "centroid"))


@dataclass(frozen=True, slots=True)
class Value:
    """One value as a reader sees it; url: where it leads, if anywhere."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A field's label and its values, at least one."""

    label: str
    values: list[Value]


@dataclass(frozen=True, slots=True)
class Group:
    """Facts under one heading."""

    title: str
    facts: list[Fact]


def of_dataset(dataset: Mapping[str, Any]) -> list[Group]:
    """The facts of a dataset, grouped as in its form; empty fields and groups are left out."""
    schema = tk.h.scheming_get_dataset_schema(dataset["type"])
    if not schema:
        return []
    titles = {group["name"]: language.text(group, "label") for group in schema.get("form_groups", ())}
    found: dict[str, list[Fact]] = {name: [] for name in titles}
    for field in schema["dataset_fields"]:
        if field["field_name"] not in ELSEWHERE and (fact := _fact(field, dataset)):
            found.setdefault(field.get("form_group", ""), []).append(fact)
    return [Group(titles.get(name, ""), facts) for name, facts in found.items() if facts]


def of_resource(resource: Mapping[str, Any], dataset_type: str) -> list[Fact]:
    """The facts of a resource in the order of its form."""
    schema = tk.h.scheming_get_dataset_schema(dataset_type)
    fields = schema["resource_fields"] if schema else ()
    facts = (_fact(field, resource) for field in fields if field["field_name"] not in RESOURCE_ELSEWHERE)
    return [fact for fact in facts if fact]


def _fact(field: Mapping[str, Any], record: Mapping[str, Any]) -> Fact | None:
    values = list(_values(field, record.get(field["field_name"])))
    return Fact(language.text(field, "label") or field["field_name"], values) if values else None


def _values(field: Mapping[str, Any], value: Any) -> Iterator[Value]:
    if value in (None, "", [], {}):
        return
    if subfields := field.get("repeating_subfields"):
        entries = value if isinstance(value, list) else [value]
        yield from filter(None, (_entry(field, subfields, entry) for entry in entries if isinstance(entry, Mapping)))
        return
    for item in value if isinstance(value, list) else [value]:
        if item not in (None, ""):
            yield _single(field, item)


def _single(field: Mapping[str, Any], value: Any) -> Value:
    if isinstance(value, bool):
        return Value(tk._("yes") if value else tk._("no"))
    raw = str(value)
    link = raw if raw.startswith(("https://", "http://")) else None
    word = _word(field, raw)
    if word != raw:
        return Value(word)
    return Value(date(raw) if link is None else raw, link)


def _word(field: Mapping[str, Any], raw: str) -> str:
    if name := field.get("vocabulary"):
        return tk.h.jenasmartcity_label(name, raw, language.code())
    for choice in field.get("choices") or ():
        if choice["value"] == raw:
            return language.text(choice, "label") or raw
    return raw


def _entry(field: Mapping[str, Any], subfields: list[dict[str, Any]], entry: Mapping[str, Any]) -> Value | None:
    if field["field_name"] == "temporal_coverage":
        return _period(entry)
    parts, link = [], None
    for sub in subfields:
        name, raw = sub["field_name"], entry.get(sub["field_name"])
        if raw in (None, "") or name in GEOMETRIES:
            continue
        value = _single(sub, raw)
        if value.url:
            link = link or value.url
        else:
            parts.append(value.text)
    if not parts and link is None:
        return None
    return Value(" · ".join(parts) or str(link), link)


def _period(entry: Mapping[str, Any]) -> Value | None:
    start, end = date(str(entry.get("start") or "")), date(str(entry.get("end") or ""))
    if start and end:
        return Value(start if start == end else f"{start} – {end}")
    if start:
        return Value(tk._("since {date}").format(date=start))
    return Value(tk._("until {date}").format(date=end)) if end else None


@dataclass(frozen=True, slots=True)
class License:
    """A licence that data of a dataset are under, and who is to be named."""

    title: str
    url: str | None
    attribution: str


def licenses(dataset: Mapping[str, Any]) -> list[License]:
    """The different licences of a dataset's resources; where none has its own, the dataset's."""
    found: dict[tuple[str, str], License] = {}
    for resource in dataset.get("resources") or ():
        value = resource.get("license") or dataset.get("license_id")
        if value:
            found.setdefault((value, _attribution(resource)), _license(value, _attribution(resource)))
    if not found and dataset.get("license_id"):
        return [_license(dataset["license_id"], "")]
    return list(found.values())


def _attribution(resource: Mapping[str, Any]) -> str:
    return str(resource.get("license_attribution_by_text") or "")


def _license(value: str, attribution: str) -> License:
    entry = tk.h.jenasmartcity_vocabulary("licenses").find(value)
    if entry is None:
        return License(value, value if value.startswith(("https://", "http://")) else None, attribution)
    return License(entry.label.en if language.code() == "en" else entry.label.de, entry.more.get("url"), attribution)
