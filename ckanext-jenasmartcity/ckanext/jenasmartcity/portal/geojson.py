"""GET /geojson/<resource id>.geojson: the rows of a table as features, and the maps' background."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, abort, send_file, stream_with_context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.portal.tables import GEOMETRY

blueprint = Blueprint("jenasmartcity_geojson", __name__)

PAGE = 1000
MOST_FEATURES = 50_000
# RFC 7946, section 12
MIMETYPE = "application/geo+json"
BACKGROUND_SECONDS = 24 * 3600


@blueprint.route("/geojson/<resource_id>.geojson")
def features(resource_id: str) -> Response:
    """A FeatureCollection (WGS 84) of a table's rows, streamed page by page.

    404 where there is no such table, it has no geometry or the reader may not see it.
    ``truncated`` tells that rows beyond MOST_FEATURES were left out.
    """
    # The first page is asked for before the answer begins: afterwards no status could tell.
    fields = _page(resource_id, 0, limit=1)["fields"]
    if GEOMETRY not in [field["id"] for field in fields]:
        abort(404, tk._("This table has no places."))
    answer = Response(stream_with_context(_collection(resource_id)), mimetype=MIMETYPE)
    answer.headers["Content-Disposition"] = f'inline; filename="{resource_id}.geojson"'
    return answer


@blueprint.route("/karte/hintergrund.geojson")
def background() -> Response:
    """What maps are drawn on: outline of the city, borders and names of its districts."""
    file = config.house().directory / "places" / "background.geojson"
    return send_file(
        file, mimetype=MIMETYPE, conditional=True, max_age=BACKGROUND_SECONDS, etag=True
    )


def _page(resource_id: str, after: int, limit: int) -> dict[str, Any]:
    """Rows behind the row ``after``, as the reader of this request may see them; aborts with 404."""
    query = {
        "resource_id": resource_id, "filters": {"_id": {"gt": after}}, "sort": "_id", "limit": limit,
        "include_total": False,
    }
    try:
        return tk.get_action("datastore_search")({}, query)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        abort(404, tk._("This table does not exist, or you may not see it."))


def _collection(resource_id: str) -> Iterator[str]:
    yield '{"type":"FeatureCollection","features":['
    after, sent, more = 0, 0, True
    while more and sent < MOST_FEATURES:
        records = _page(resource_id, after, PAGE)["records"]
        for record in records:
            yield (",\n" if sent else "\n") + json.dumps(feature(record), ensure_ascii=False, separators=(",", ":"))
            sent += 1
        more = len(records) == PAGE
        after = records[-1]["_id"] if records else after
    truncated = more and bool(_page(resource_id, after, 1)["records"])
    yield f'\n],"truncated":{json.dumps(truncated)}}}\n'


def feature(record: dict[str, Any]) -> dict[str, Any]:
    """One row as a GeoJSON feature; a row without a place has a null geometry."""
    geometry = record.get(GEOMETRY)
    if isinstance(geometry, str):
        geometry = json.loads(geometry)
    properties = {key: value for key, value in record.items() if key not in (GEOMETRY, "_id")}
    return {"type": "Feature", "id": record["_id"], "properties": properties, "geometry": geometry or None}
