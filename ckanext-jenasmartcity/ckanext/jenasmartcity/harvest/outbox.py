"""What follows a write: the index is brought up to date from the outbox, after commit."""

from __future__ import annotations

import logging

import ckan.model as model
import ckan.plugins.toolkit as tk
import pysolr
from ckan.lib import search
from ckan.types import Context

from ckanext.jenasmartcity.harvest import faults, index
from ckanext.jenasmartcity.harvest.model import done, pending, take_turn

log = logging.getLogger(__name__)

# What the index's absence looks like to those who must survive it.
IndexAwayErrors = (search.SearchError, search.SearchIndexError, pysolr.SolrError)
# How pysolr words that Solr is there and refuses the document itself.
_REFUSED = "(HTTP 400)"


def follow(context: Context) -> None:
    """Bring both cores up to date; raises one of IndexAwayErrors while Solr is away."""
    drain()
    tk.get_action("jenasmartcity_item_index")(context, {})


def drain() -> int:
    """Index every dataset with a pending change; the number of changes acted upon.

    Safe to run twice; beside another, for instance tick while a run still writes, the two
    take turns.  Raises SearchIndexError while Solr is away; the changes then stay pending.
    """
    handled = 0
    while changes := _next():
        faults.reach("index")
        send(list(dict.fromkeys(package_id for _, package_id in changes)))
        search.commit()
        done(change_id for change_id, _ in changes)
        model.Session.commit()
        handled += len(changes)
    if handled:
        log.info("Outbox: %s changes indexed", handled)
    return handled


def _next() -> list[tuple[int, str]]:
    if not pending(1):
        return []
    take_turn()
    found = pending()
    if not found:
        # the other one did them meanwhile; the turn must not be kept
        model.Session.commit()
    return found


def send(packages: list[str]) -> None:
    """Index these datasets, without commit.  Raises SearchIndexError while Solr is away."""
    try:
        index.send(packages)
    except IndexAwayErrors:
        _one_by_one(packages)


def _one_by_one(packages: list[str]) -> None:
    """Index each on its own, so that one that Solr refuses does not keep the others out.

    Raises SearchIndexError where Solr is away.
    """
    for package_id in packages:
        try:
            index.send([package_id])
        except IndexAwayErrors as error:
            if _REFUSED not in str(error):
                raise
            log.error("Outbox: the index refuses dataset %s, nobody will find it: %s", package_id, error)
