"""From a draft and its source to the dataset that CKAN stores.  Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ckanext.jenasmartcity.connectors.base import Distribution, Draft, Table, Text
from ckanext.jenasmartcity.harvest.channels import CHANNELS

# Fields that a source or a connector gives for a dataset although they belong to each resource.
_RESOURCE_FIELDS = (
    "license", "license_attribution_by_text", "status", "rights", "mobility_data_standard", "temporal_resolution",
    "spatial_resolution_in_meters", "sta_filter", "mqtt_topic",
)
# mobilityDCAT-AP 1.1 asks for a standard with each distribution; our own tables follow none of its list.
_NO_STANDARD = "https://w3id.org/mobilitydcat-ap/mobility-data-standard/other"
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())
_LIST_KEYS = ("tags", "tag_string")
_NAME_LENGTH = 100
_TAG_LENGTH = 100
# What stands in their place in CKAN's addresses.
_NO_NAMES = ("new", "edit", "search")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Feed:
    """What a source's row says of all its datasets, as far as the mapping needs it.

    uid: namespace of the ids.  defaults: schema fields for every draft; "attribution"
    and the resource fields go to the resources.  drafts: draft id -> schema fields for
    that one only.  origin: name, url, licence, retrieved.  protected: fields that the
    harvest does not overwrite.  channels: ways on which the data may leave (channels.py).
    """

    uid: str
    name: str
    organization: str
    site_url: str
    defaults: Mapping[str, Any]
    drafts: Mapping[str, Mapping[str, Any]]
    origin: Mapping[str, Any]
    protected: tuple[str, ...] = ()
    channels: tuple[str, ...] = tuple(CHANNELS)


def identity(feed: Feed, *parts: str) -> str:
    """The id of a dataset or resource: the same for the same record in every run."""
    return str(uuid.uuid5(uuid.UUID(feed.uid), "/".join(parts)))


def slug(*parts: str) -> str:
    """A dataset's name in its address: 2 to 100 characters a-z, 0-9 and "-"."""
    text = unicodedata.normalize("NFC", "-".join(part for part in parts if part)).lower().translate(_UMLAUTS)
    # é is e with something above it
    text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    name = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    if len(name) > _NAME_LENGTH:
        name = f"{name[:_NAME_LENGTH - 9].rstrip('-')}-{digest(text)[:8]}"
    return name if len(name) > 1 and name not in _NO_NAMES else f"daten-{name}".rstrip("-")


def title(feed: Feed, draft: Draft) -> str:
    """The title of a draft's dataset, by the same order of precedence as ``package``."""
    own = feed.drafts.get(draft.id, {}).get("title")
    return str(own or draft.fields.get("title") or draft.title or feed.defaults.get("title") or "")


def package(feed: Feed, draft: Draft, tables: Sequence[Table], offers: bool = False) -> dict[str, Any]:
    """The dataset of a draft, in the form of ``package_create``, without empty fields.

    offers: whether single offers belong to it, which the portal serves.  Order of
    precedence: the source's word for one draft, the data themselves, the source's
    defaults.
    """
    own = dict(feed.drafts.get(draft.id, {}))
    said = {"title": draft.title, "notes": draft.notes, **draft.fields}
    merged = {**feed.defaults, **{key: value for key, value in said.items() if value not in _EMPTY}, **own}
    shared = {key: merged.pop(key) for key in _RESOURCE_FIELDS if merged.get(key)}
    if draft.type == "logistics":
        shared.setdefault("mobility_data_standard", _NO_STANDARD)
    attribution = merged.pop("attribution", None)
    if attribution:
        shared.setdefault("license_attribution_by_text", attribution)
    parts = (draft.name,) if draft.name else (draft.id,) if draft.id.startswith(feed.name) else (feed.name, draft.id)
    fields = {
        **_origin(feed.origin),
        **{key: value for key, value in merged.items() if key not in _LIST_KEYS},
        "id": identity(feed, draft.id),
        "name": merged.get("name") or slug(*parts),
        "type": draft.type,
        "state": "active",
        "owner_org": feed.organization,
        "origin": "harvested",
        "channels": list(feed.channels) or ["none"],
        "tags": [{"name": tag} for tag in _tags(draft.tags, feed.defaults, own)],
        "groups": [{"name": name} for name in merged.get("project", ())],
        "resources": resources(feed, draft, tables, shared, offers),
    }
    if shared.get("license"):
        fields.setdefault("license_id", shared["license"])
    return {key: plain(value) for key, value in fields.items() if value not in _EMPTY}


def resources(
    feed: Feed, draft: Draft, tables: Sequence[Table], shared: Mapping[str, Any], offers: bool = False
) -> list[dict[str, Any]]:
    """A resource for each table, one more where it has a geometry, the offers, and the original:
    each file that the source names, else the source itself."""
    found: list[dict[str, Any]] = []
    for table in tables:
        found.append(_table(feed, draft, table, shared))
        if table.geometry:
            found.append(_geojson(feed, draft, table, shared))
    if offers:
        found.append(_offers(feed, draft, shared))
    found += [_distribution(feed, draft, one, shared) for one in draft.distributions]
    if feed.origin.get("url") and not draft.distributions:
        found.append(_original(feed, draft, shared))
    return found


def content_hash(dataset: Mapping[str, Any], protected: Sequence[str] = ()) -> str:
    """Tells whether a dataset, as the source describes it, is the same as before.

    A field that is not protected any more gets the source's value again.
    """
    return digest([dataset, sorted(protected)] if protected else dataset)


def source_hash(fingerprint: str, draft: Draft, tables: Sequence[Table], offers: bool) -> str:
    """Tells whether a draft is the same as before, and would become the same dataset.

    fingerprint: of the source's settings and the code that maps.
    """
    shown = [[table.name, table.title.de, table.title.en, table.geometry] for table in tables]
    said = [draft.id, draft.type, draft.title, draft.notes, draft.tags, draft.fields, draft.name]
    files = [dataclasses.astuple(one) for one in draft.distributions]
    return digest([fingerprint, said, files, shown, offers])


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(_ENCODER.encode(value).encode("utf-8", "surrogatepass")).hexdigest()


def plain(value: Any) -> Any:
    """The same value from JSON's types only; times as ISO 8601, decimals as text."""
    # most values are texts: the questions below would be asked for each of a million of them
    if value.__class__ in _SIMPLE:
        return value
    if isinstance(value, (dict, Mapping)):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Text):
        return value.de
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


_SIMPLE = frozenset({str, int, bool, float, type(None)})
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=plain)


def _origin(origin: Mapping[str, Any]) -> dict[str, Any]:
    return {f"origin_{key}": origin[key] for key in ("name", "url", "licence", "retrieved") if origin.get(key)}


def _tags(tags: Sequence[str], *sources: Mapping[str, Any]) -> list[str]:
    wanted = list(tags)
    for source in sources:
        wanted += source.get("tags", ())
        wanted += str(source.get("tag_string", "")).split(",")
    cleaned = (re.sub(r"\s+", " ", re.sub(r"[^\w \-.]", " ", tag)).strip()[:_TAG_LENGTH].strip() for tag in wanted)
    return list(dict.fromkeys(tag for tag in cleaned if len(tag) > 1))


def _table(feed: Feed, draft: Draft, table: Table, shared: Mapping[str, Any]) -> dict[str, Any]:
    # CKAN puts the address of the dump in place of the one given here
    return {
        **shared, "id": identity(feed, draft.id, "table", table.name), "name": table.title.de,
        "name_en": table.title.en, "url": "_datastore_only_resource", "url_type": "datastore",
        "format": "CSV", "mimetype": "text/csv", "role": "table", "table_name": table.name,
        "datastore_active": True,
    }


def _geojson(feed: Feed, draft: Draft, table: Table, shared: Mapping[str, Any]) -> dict[str, Any]:
    rows = identity(feed, draft.id, "table", table.name)
    return {
        **shared, "id": identity(feed, draft.id, "geojson", table.name), "name": f"{table.title.de} (GeoJSON)",
        "name_en": f"{table.title.en} (GeoJSON)", "url": f"{feed.site_url.rstrip('/')}/geojson/{rows}.geojson",
        "format": "GeoJSON", "mimetype": "application/geo+json", "role": "geojson", "table_name": table.name,
    }


def _offers(feed: Feed, draft: Draft, shared: Mapping[str, Any]) -> dict[str, Any]:
    address = f"{feed.site_url.rstrip('/')}/api/3/action/jenasmartcity_item_list"
    return {
        **shared, "id": identity(feed, draft.id, "offers"), "name": "Einzelne Angebote (JSON)",
        "name_en": "Single offers (JSON)", "url": f"{address}?dataset_id={identity(feed, draft.id)}&limit=1000",
        "format": "JSON", "mimetype": "application/json", "role": "file",
    }


def _distribution(feed: Feed, draft: Draft, one: Distribution, shared: Mapping[str, Any]) -> dict[str, Any]:
    said = {
        "name": one.title or one.format or one.url, "url": one.url, "format": one.format, "mimetype": one.media_type,
        "description": one.description, "license": one.licence,
    }
    return {
        **shared, **{key: value for key, value in said.items() if value},
        "id": identity(feed, draft.id, "distribution", one.id), "role": "file",
    }


def _original(feed: Feed, draft: Draft, shared: Mapping[str, Any]) -> dict[str, Any]:
    label = feed.origin.get("name") or feed.origin["url"]
    return {
        **shared, "id": identity(feed, draft.id, "original"), "name": f"Originalquelle: {label}",
        "name_en": f"Original source: {label}", "url": feed.origin["url"], "role": "original",
        **({"format": feed.origin["format"]} if feed.origin.get("format") else {}),
    }
