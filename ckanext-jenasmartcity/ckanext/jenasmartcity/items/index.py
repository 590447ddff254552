"""The Solr core of single offers: what goes in, and how it is asked.

The core is a service of the portal, not a source: it is reached at its configured
address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import pysolr

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.items.model import LearningItem, changed, clean, dirty, soil
from ckanext.jenasmartcity.items.stream import BERLIN

# A word in the name says more than one in the description.
_WEIGHTS = "name^6 subjects^3 provider^2 place_name^2 place_district text"
# What begins next comes first, what has no date last.
_NEXT_FIRST = "if(exists(start),0,1) asc, start asc, name_sort asc, id asc"
# One value of an indexed string may have 32,766 bytes in Lucene.
_LONGEST = 8_000
_SHOWN = (
    "id", "source", "dataset_id", "provider", "name", "description", "subjects", "audience", "category", "course_mode",
    "place_name", "place_street", "place_town", "place_district", "place_accessible", "free_of_charge", "price",
    "start", "end", "valid_until", "url",
)


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asks for.

    datasets: ids of those that the reader may see.  districts: Ortsteile, all of them where
    none is named.  day_from, day_to: first and last day
    of a time in which an offer takes place.  today: offers that are of no use after the day
    before are left out; None to keep them.
    """

    q: str = ""
    datasets: Sequence[str] = ()
    districts: Sequence[str] = ()
    day_from: dt.date | None = None
    day_to: dt.date | None = None
    free: bool = False
    accessible: bool = False
    today: dt.date | None = None
    rows: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Number of hits, one page of them, and how many there are in each Ortsteil."""

    count: int
    results: tuple[dict[str, Any], ...]
    districts: tuple[tuple[str, int], ...]


def core() -> pysolr.Solr:
    """The core, with a limit of ten seconds."""
    return pysolr.Solr(config.items().solr_url, timeout=10)


def index() -> int:
    """Bring the core up to date with the table and commit; the number of offers written.

    Safe to run twice.  Raises pysolr.SolrError while Solr is away; the offers then stay
    marked.
    """
    handled = 0
    while items := dirty():
        gone = [item.uid for item in items if item.deleted_at is not None]
        solr = core()
        solr.add([document(item) for item in items if item.deleted_at is None], commit=False)
        if gone:
            solr.delete(id=gone, commit=False)
        solr.commit()
        clean([item.uid for item in items])
        model.Session.commit()
        handled += len(items)
    model.Session.rollback()
    return handled


def reconcile(after: str, limit: int) -> dict[str, Any]:
    """Compare the next documents with the table and mend; see ``jenasmartcity_item_reconcile``.

    Raises pysolr.SolrError while Solr is away.
    """
    solr = core()
    asked = f'id:{{"{after}" TO *]' if after else "*:*"
    found = {one["id"]: one.get("changed") for one in solr.search(asked, sort="id asc", rows=limit, fl="id,changed")}
    # beyond the last document there may be offers that have none
    upto = list(found)[-1] if len(found) == limit else None
    wanted = changed(after, upto)
    stale = [uid for uid, time in wanted.items() if time is not None and not _same(found.get(uid), time)]
    # what was added since the documents were read is in neither list
    ghosts = sorted(set(found) - set(wanted))
    if ghosts:
        solr.delete(id=ghosts, commit=True)
    if stale:
        soil(stale)
    model.Session.commit()
    return {"compared": len(set(found) | set(wanted)), "stale": len(stale), "ghosts": len(ghosts), "next": upto}


def _same(known: str | None, time: dt.datetime) -> bool:
    if known is None:
        return False
    # Solr keeps milliseconds
    return dt.timedelta() <= time - dt.datetime.fromisoformat(known) < dt.timedelta(milliseconds=1)


def document(item: LearningItem) -> dict[str, Any]:
    """An offer as the core stores it."""
    fields = {
        "id": item.uid, "kind": "learning", "source": item.source, "dataset_id": item.package_id,
        "provider": item.provider, "name": item.name, "description": item.description,
        "subjects": list(item.subjects), "audience": list(item.audience), "category": item.category,
        "course_mode": item.course_mode, "place_name": item.place_name, "place_street": item.place_street,
        "place_town": item.place_town, "place_district": item.place_district,
        "place_accessible": item.place_accessible, "free_of_charge": item.free_of_charge,
        "price": float(item.price) if item.price is not None else None, "start": _instant(item.start),
        "end": _instant(item.end), "url": item.url, "days": _days(item),
        "runs": not item.sessions and item.end is not None,
        "valid_until": f"{item.valid_until.isoformat()}T00:00:00Z" if item.valid_until else None,
        "changed": item.last_changed.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return {key: _cut(key, value) for key, value in fields.items() if value not in (None, "", [])}


def _cut(key: str, value: Any) -> Any:
    # the description is cut into words; the others are, or are copied to, strings of one piece
    return value[:_LONGEST] if isinstance(value, str) and key != "description" else value


def search(query: Query) -> Found:
    """Ask the core.  Raises pysolr.SolrError where it does not answer."""
    if not query.datasets:
        return Found(0, (), ())
    answer = core().search(query.q.strip() or "*:*", **_parameters(query))
    counts = answer.facets.get("facet_fields", {}).get("place_district", [])
    return Found(
        answer.hits, tuple(dict(hit) for hit in answer.docs),
        tuple(zip(counts[::2], counts[1::2], strict=True)),
    )


def _parameters(query: Query) -> dict[str, Any]:
    asked = bool(query.q.strip())
    return {
        # readers' words are words: no field names, no other parser
        "defType": "edismax" if asked else "lucene", "qf": _WEIGHTS, "uf": "-*", "q.op": "AND",
        "fq": _filters(query), "fl": ",".join(_SHOWN), "rows": query.rows, "start": query.offset,
        "sort": f"score desc, {_NEXT_FIRST}" if asked else _NEXT_FIRST,
        "facet": "true", "facet.field": "{!ex=district}place_district", "facet.mincount": 1, "facet.sort": "index",
        "facet.limit": 100,
    }


def _filters(query: Query) -> list[str]:
    found = ["{!terms f=dataset_id}" + ",".join(query.datasets)]
    if query.districts:
        escaped = (name.replace("\\", "\\\\").replace('"', '\\"') for name in query.districts)
        found.append("{!tag=district}place_district:(" + " OR ".join(f'"{name}"' for name in escaped) + ")")
    if query.day_from or query.day_to:
        first, last = _day(query.day_from), _day(query.day_to, last=True)
        found.append(f"days:[{first} TO {last}] OR (runs:true AND start:[* TO {last}] AND end:[{first} TO *])")
    if query.free:
        found.append("free_of_charge:true")
    if query.accessible:
        found.append("place_accessible:true")
    if query.today:
        found.append(f"(valid_until:[{query.today.isoformat()}T00:00:00Z TO *] OR (*:* -valid_until:[* TO *]))")
    return found


def _days(item: LearningItem) -> list[str]:
    """When someone can be there: each session, or the beginning of what names none."""
    sessions = (dt.datetime.fromisoformat(begin) for begin, _ in item.sessions or () if begin)
    return [day for day in map(_instant, sessions) if day] or [day for day in [_instant(item.start)] if day]


def _day(day: dt.date | None, last: bool = False) -> str:
    if day is None:
        return "*"
    begin = dt.datetime(day.year, day.month, day.day, tzinfo=BERLIN) + dt.timedelta(days=1 if last else 0)
    return str(_instant(begin - dt.timedelta(seconds=1 if last else 0)))


def _instant(value: dt.datetime | None) -> str | None:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None
