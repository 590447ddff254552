"""Both cores against the database: what they lack or have from before is indexed, ghosts are removed.

Comparing only reads.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib import search

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.harvest import outbox
from ckanext.jenasmartcity.harvest.model import present, states
from ckanext.jenasmartcity.harvest.plan import context
from ckanext.jenasmartcity.harvest.repair.tally import Tally

log = logging.getLogger(__name__)

# Documents that are compared at once.
PAGE = 500
# What changed within this time may still be on its way.
SETTLED = dt.timedelta(minutes=1)
_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


def datasets(now: dt.datetime) -> Iterator[Tally]:
    """Datasets against their documents: missing or old ones are made anew, ghosts removed."""
    after, more = "", True
    while more:
        found = _documents(f'id:{{"{after}" TO *]' if after else "*:*", PAGE)
        # beyond the last document there may be datasets that have none
        more = len(found) == PAGE
        upto = list(found)[-1] if more else None
        yield _compare(found, present.modified(after, upto), now)
        after = upto or ""


@dataclass(frozen=True, slots=True)
class _Document:
    key: str
    modified: dt.datetime
    indexed: dt.datetime


def _documents(asked: str, rows: int) -> dict[str, _Document]:
    """Documents of datasets by id, in the order of their ids."""
    answer = search.make_connection(decode_dates=False).search(
        asked, fq=["+entity_type:package", f'+site_id:"{config.harvest().site_id}"'], sort="id asc", rows=rows,
        fl="id,index_id,metadata_modified,indexed_ts",
    )
    return {
        one["id"]: _Document(
            one["index_id"], dt.datetime.fromisoformat(one["metadata_modified"]),
            dt.datetime.fromisoformat(one["indexed_ts"]),
        )
        for one in answer.docs
    }


def _compare(found: Mapping[str, _Document], wanted: Mapping[str, dt.datetime], now: dt.datetime) -> Tally:
    wrong = {id_ for id_, time in wanted.items() if id_ not in found or found[id_].modified != _milliseconds(time)}
    wrong |= set(found) - set(wanted)
    awaited = present.awaited(wrong) if wrong else set()
    moving = {
        id_ for id_ in wrong - awaited
        if max(wanted.get(id_, _LONG_AGO), found[id_].indexed if id_ in found else _LONG_AGO) > now - SETTLED
    }
    wrong -= awaited | moving
    alive = sorted(id_ for id_, state in states(wrong).items() if state != "deleted") if wrong else []
    model.Session.rollback()
    if wrong:
        log.warning("Repair: the index differs for datasets %s", ", ".join(sorted(wrong)))
        outbox.send(alive)
        _remove([found[id_].key for id_ in wrong - set(alive) if id_ in found])
        search.commit()
    return Tally("index", len(set(found) | set(wanted)), len(wrong), len(moving) + len(awaited))


def _milliseconds(time: dt.datetime) -> dt.datetime:
    # Solr keeps no more
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _remove(keys: list[str]) -> None:
    if keys:
        search.make_connection().delete(id=keys, commit=False)


def items() -> Iterator[Tally]:
    """Single offers against their documents."""
    after = ""
    while True:
        found = tk.get_action("jenasmartcity_item_reconcile")(context(), {"after": after, "limit": PAGE})
        yield Tally("items", found["compared"], found["stale"] + found["ghosts"])
        after = found["next"]
        if not after:
            break
    tk.get_action("jenasmartcity_item_index")(context(), {})
