"""Actions on single learning offers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Item
from ckanext.jenasmartcity.items import index
from ckanext.jenasmartcity.items.logic import schema
from ckanext.jenasmartcity.items.model import LearningItem, alive, by_uid, hashes, merge, packages, page, soil
from ckanext.jenasmartcity.items.stream import BERLIN, COLUMNS, lines, record
from ckanext.jenasmartcity.schemas.rules.withdrawn import FIELD

_HIDDEN = ("content_hash", "dirty", "deleted_at", "uid", "package_id", "source_id")


@tk.side_effect_free
def jenasmartcity_item_search(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Search the offers of all datasets that the user may see.

    :param q: words; all of them must occur (optional)
    :param district: Ortsteil, or what people call several of them (optional)
    :param from: first day on which an offer may begin, YYYY-MM-DD (optional)
    :param to: last day on which an offer may begin, YYYY-MM-DD (optional)
    :param free: only those that cost nothing (optional, default: False)
    :param accessible: only places that the source calls barrierefrei (optional, default: False)
    :param past: also those that are over (optional, default: False)
    :param rows: number of hits (optional, default: 20, at most 1000)
    :param start: number of hits to leave out (optional, default: 0)
    :rtype: dict (count, results: list of dicts, districts and quarters: list of {name, count})
    """
    tk.check_access("jenasmartcity_item_search", context, data_dict)
    asked = schema.validated(data_dict, schema.item_search())
    quarters = config.items().quarters
    wanted = quarters.get(asked["district"], (asked["district"],)) if asked["district"] else ()
    today = None if asked["past"] else dt.datetime.now(BERLIN).date()
    found = index.search(index.Query(
        asked["q"], _visible(context), wanted, asked.get("from"), asked.get("to"), asked["free"],
        asked["accessible"], today, asked["rows"], asked["start"],
    ))
    counts = dict(found.districts)
    return {
        "count": found.count, "results": list(found.results),
        "districts": [{"name": name, "count": count} for name, count in found.districts],
        "quarters": [
            {"name": name, "count": sum(counts.get(one, 0) for one in its)} for name, its in quarters.items()
        ],
    }


@tk.side_effect_free
def jenasmartcity_item_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The offers of all datasets that the user may see, by source and id.

    :param source: name of a source (optional)
    :param dataset_id: id of a dataset (optional)
    :param limit: (optional, default: 100, at most 1000)
    :param offset: (optional, default: 0)
    :rtype: dict (count, results: list of dicts as in ``jenasmartcity_item_show``)
    """
    tk.check_access("jenasmartcity_item_list", context, data_dict)
    asked = schema.validated(data_dict, schema.item_list())
    count, found = page(_visible(context), asked, asked["limit"], asked["offset"])
    return {"count": count, "results": [_item(item) for item in found]}


@tk.side_effect_free
def jenasmartcity_item_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One offer with everything that its source says.

    :param id: public id of the offer
    :rtype: dict
    """
    uid = schema.validated(data_dict, schema.item_show())["id"]
    item = by_uid(uid)
    if item is None:
        raise tk.ObjectNotFound(tk._("There is no such offer."))
    tk.check_access("jenasmartcity_item_show", context, {"id": uid})
    return _item(item)


def jenasmartcity_item_load(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a source's offers equal to those given; the caller commits.

    For the harvest in the same process.

    :param source: name of the source
    :param items: list of connectors.base.Item
    :param packages: draft id -> id of its dataset
    :param now: aware time of the run
    :param complete: whether what is missing has vanished
    :param shrinks: (offers before, offers now) -> whether so many go that nothing may (optional)
    :param through: iterator -> iterator of the same lines, through which they go to the database (optional)
    :rtype: dict (added, updated, unchanged, withdrawn, held: (before, now) where nothing may go)
    """
    tk.check_access("jenasmartcity_item_load", context, data_dict)
    items: list[Item] = data_dict["items"]
    used = {item.draft for item in items}
    known = {draft: _package(context, id_) for draft, id_ in data_dict["packages"].items() if draft in used}
    rows = lines(data_dict["source"], items, known, data_dict["now"])
    rows = data_dict["through"](rows) if "through" in data_dict else rows
    sizes = (alive(data_dict["source"], data_dict["now"].astimezone(BERLIN).date()), len(items))
    shrinks = data_dict.get("shrinks")
    held = sizes if data_dict["complete"] and shrinks is not None and shrinks(*sizes) else None
    complete = data_dict["complete"] and held is None
    added, updated, withdrawn = merge(COLUMNS, rows, data_dict["source"], data_dict["now"], complete)
    return {
        **({"held": held} if held else {}),
        "added": added, "updated": updated, "unchanged": len(items) - added - updated, "withdrawn": withdrawn,
    }


def jenasmartcity_item_compare(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What ``jenasmartcity_item_load`` would do; nothing is written.

    For the harvest in the same process.

    :param source: name of the source
    :param items: list of connectors.base.Item
    :param packages: draft id -> id of its dataset, for those that there are
    :param now: aware time of the run
    :rtype: dict (added, updated, unchanged, removed, alive: number of the source's offers that are not over)
    """
    tk.check_access("jenasmartcity_item_compare", context, data_dict)
    source, items, packages = data_dict["source"], data_dict["items"], data_dict["packages"]
    stored = hashes(source)
    used = {item.draft for item in items if item.id in stored and item.draft in packages}
    known = {draft: _package(context, packages[draft]) for draft in used}
    kept = {item.id: item for item in items if item.id in stored and item.draft in known}
    same = sum(
        record(source, item, known[item.draft])["content_hash"] == stored[item.id] for item in kept.values()
    )
    return {
        "added": len(items) - len(kept), "updated": len(kept) - same, "unchanged": same,
        "removed": len(stored) - len(kept), "alive": alive(source, data_dict["now"].astimezone(BERLIN).date()),
    }


def jenasmartcity_item_index(context: Context, data_dict: dict[str, Any]) -> int:
    """Tell the index of every offer that changed; the number of offers.

    :param all: every offer, changed or not, after the index was lost (optional)
    :rtype: int
    """
    tk.check_access("jenasmartcity_item_index", context, data_dict)
    if tk.asbool(data_dict.get("all", False)):
        soil()
    return index.index()


def jenasmartcity_item_reconcile(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Compare one page of the index with the table and mend it; writes nothing where both agree.

    Offers whose document is missing or old are marked; ``jenasmartcity_item_index`` then
    writes them.  Documents without an offer are removed.

    :param after: ``next`` of the page before (optional)
    :param limit: number of documents (optional, default: 500, at most 1000)
    :rtype: dict (compared, stale, ghosts: numbers of offers; next: None after the last page)
    """
    tk.check_access("jenasmartcity_item_reconcile", context, data_dict)
    asked = schema.validated(data_dict, schema.item_reconcile())
    return index.reconcile(asked["after"], asked["limit"])


def _package(context: Context, package_id: str) -> dict[str, str]:
    shown = tk.get_action("package_show")(tk.fresh_context(context, ignore_auth=True), {"id": package_id})
    organization = shown.get("organization") or {}
    return {"id": package_id, "provider": shown.get("provider") or organization.get("title") or ""}


def _visible(context: Context) -> list[str]:
    """Ids of the datasets with offers that the user may see, as CKAN's own search says."""
    known = packages()
    if not known:
        return []
    every = f"+id:({' OR '.join(known)})"
    found = _found(context, every, len(known))
    if context.get("user") or context.get("ignore_auth"):
        # the search leaves out what was withdrawn, also for those who still get the data
        withdrawn = _found(context, f"{every} +extras_{FIELD}:[* TO *]", len(known))
        found += [id_ for id_ in withdrawn if _handed_out(context, id_)]
    return found


def _found(context: Context, fq: str, rows: int) -> list[str]:
    found = tk.get_action("package_search")(tk.fresh_context(context), {
        "q": "*:*", "fq": fq, "fl": ["id"], "rows": rows, "facet": False, "include_private": True,
    })
    return [hit["id"] for hit in found["results"]]


def _handed_out(context: Context, package_id: str) -> bool:
    try:
        return bool(tk.check_access("jenasmartcity_data_show", tk.fresh_context(context), {"id": package_id}))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False


def _item(item: LearningItem) -> dict[str, Any]:
    columns = (column.name for column in LearningItem.__table__.columns)
    shown = {name: _plain(getattr(item, name)) for name in columns if name not in _HIDDEN}
    return {"id": item.uid, "source_id": item.source_id, "dataset_id": item.package_id, **shown}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(BERLIN).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, bool, list)) else float(value)


__all__ = [
    "jenasmartcity_item_compare", "jenasmartcity_item_index", "jenasmartcity_item_list", "jenasmartcity_item_load",
    "jenasmartcity_item_reconcile", "jenasmartcity_item_search", "jenasmartcity_item_show",
]
