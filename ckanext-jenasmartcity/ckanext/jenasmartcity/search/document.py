"""A dataset's metadata as fields of the index. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# fields that are facets and filters: one value per entry, as they are
MULTIVALUED = ("project", "ortsteil", "theme", "category", "leika_key", "channels")
# geometries: their place is the spatial field, as text they would only be noise
GEOMETRIES = ("geom", "bbox", "centroid")
# one value of an indexed string may have 32,766 bytes in Lucene
LONGEST = 8_000
# what the index keeps whole: not indexed, or cut into words and so without that limit
WHOLE = frozenset({
    "data_dict", "validated_data_dict", "notes", "spatial", "extras_spatial", "res_extras_text", "table_text",
})
CORE = frozenset({
    "id", "name", "title", "notes", "url", "version", "license_id", "author", "author_email", "maintainer",
    "maintainer_email", "tags", "groups", "owner_org", "type", "state", "private", "metadata_created",
    "metadata_modified",
})


def _strings(value: Any) -> Iterator[str]:
    """Every text in a value, however nested, without geometries and addresses of vocabularies."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in GEOMETRIES:
                yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str) and value and not value.startswith(("http://", "https://")):
        yield value[:LONGEST]


def geometries(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """GeoJSON geometries (WGS 84) of a dataset's spatial coverage; what is not readable is left out."""
    found = []
    for area in dataset.get("spatial_coverage") or []:
        text = area.get("geom") or area.get("bbox") or area.get("centroid")
        try:
            geometry = json.loads(text) if text else None
        except ValueError:
            continue
        if isinstance(geometry, dict) and "type" in geometry:
            found.append(geometry)
    return found


def indexable(pkg: Mapping[str, Any], dataset: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The document for Solr: core fields as CKAN made them, ours as facets or as searchable text."""
    document = dict(pkg)
    for field in schema["dataset_fields"]:
        name = field["field_name"]
        if name in CORE:
            continue
        document.pop(name, None)
        document.pop(f"extras_{name}", None)
        text = " ".join(_strings(dataset.get(name)))
        if text:
            document[f"extras_{name}"] = text
    for name in MULTIVALUED:
        values = dataset.get(name) or []
        document[name] = [values] if isinstance(values, str) else list(values)
    # a resource without format must not become a choice without name
    document["res_format"] = [name for name in pkg.get("res_format") or [] if name]
    resource_names = [field["field_name"] for field in schema["resource_fields"]]
    document["res_extras_text"] = [
        " ".join(_strings({name: resource.get(name) for name in resource_names if name not in ("url", "hash")}))
        for resource in dataset.get("resources", [])
    ]
    areas = geometries(dataset)
    if areas:
        # read by ckanext-spatial's plugin, which writes the index's geometry
        extent = json.dumps(areas[0] if len(areas) == 1 else {"type": "GeometryCollection", "geometries": areas})
        document |= {"spatial": extent, "extras_spatial": extent}
    return {name: value if name in WHOLE or name.startswith("extras_") else _cut(value)
            for name, value in document.items()}


def _cut(value: Any) -> Any:
    """A value that is indexed in one piece; one that is too long would keep the whole dataset out."""
    if isinstance(value, str):
        return value[:LONGEST]
    return [_cut(one) for one in value] if isinstance(value, list) else value
