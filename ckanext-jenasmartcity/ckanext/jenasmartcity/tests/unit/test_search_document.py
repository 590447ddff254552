"""What of a dataset enters the index."""

from __future__ import annotations

import json

from ckanext.jenasmartcity.search.document import indexable

# Lucene's limit for a value that is indexed in one piece
LIMIT = 32_766
SCHEMA = {"dataset_fields": [{"field_name": "title"}, {"field_name": "provenance"}], "resource_fields": []}


def test_a_value_too_long_for_the_index_is_cut_and_the_text_stays():
    long = "😀" * 40_000
    package = {"title": long, "title_string": long, "tags": ["a", long], "res_url": [long], "notes": long}
    document = indexable(package, {"title": long, "project": [long]}, SCHEMA)
    for name in ("title", "title_string", "tags", "res_url", "project"):
        values = document[name] if isinstance(document[name], list) else [document[name]]
        assert values
        assert all(len(value.encode()) <= LIMIT for value in values), name
    assert document["notes"] == long


def test_an_extent_is_indexed_and_a_file_without_format_is_no_choice():
    point = {"type": "Point", "coordinates": [11.5, 50.9]}
    line = {"type": "LineString", "coordinates": [[11, 50], [12, 51]]}
    areas = [{"geom": json.dumps(point)}, {"bbox": json.dumps(line)}, {"geom": "not JSON"}, {"text": "Jena"}]
    document = indexable({"res_format": ["CSV", ""]}, {"spatial_coverage": areas}, SCHEMA)
    assert json.loads(document["spatial"]) == {"type": "GeometryCollection", "geometries": [point, line]}
    assert json.loads(indexable({}, {"spatial_coverage": areas[:1]}, SCHEMA)["extras_spatial"]) == point
    assert "spatial" not in indexable({}, {}, SCHEMA)
    assert document["res_format"] == ["CSV"]
