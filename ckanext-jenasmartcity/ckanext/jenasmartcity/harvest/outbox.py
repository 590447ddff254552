"""What follows a write: the index is brought up to date from the outbox, after commit."""

from __future__ import annotations

import logging

import ckan.model as model
import ckan.plugins.toolkit as tk
import pysolr
from ckan.lib import search
from ckan.types import Context

from ckanext.jenasmartcity.harvest import faults, index
from ckanext.jenasmartcity.harvest.model import done, pending, take_lane

log = logging.getLogger(__name__)

# What the index's absence looks like to those who must survive it.
IndexAwayErrors = (search.SearchError, search.SearchIndexError, pysolr.SolrError)
# What CKAN and plugins stumble over in a dataset of a shape that they did not expect.
UnmadeErrors = (LookupError, TypeError, ValueError, AttributeError, AssertionError)
# How pysolr words that Solr is there and refuses the document itself.
_REFUSED = "(HTTP 400)"


def follow(context: Context) -> None:
    """Bring both cores up to date; raises one of IndexAwayErrors while Solr is away."""
    drain()
    tk.get_action("jenasmartcity_item_index")(context, {})


def drain() -> int:
    """Index every dataset with a pending change; the number of changes acted upon.

    Safe to run twice; beside another, for instance tick while a run still writes, each
    takes a lane.  Raises SearchIndexError while Solr is away; the changes then stay pending.
    """
    handled = 0
    while (lane := take_lane()) is not None:
        changes = pending(lane)
        if changes:
            faults.reach("index")
            send(list(dict.fromkeys(package_id for _, package_id in changes)))
            search.commit()
            done(change_id for change_id, _ in changes)
            handled += len(changes)
        # also where another did them while this one waited: the lane must not be kept
        model.Session.commit()
    if handled:
        log.info("Outbox: %s changes indexed", handled)
    return handled


def send(packages: list[str]) -> None:
    """Index these datasets, without commit.  Raises SearchIndexError while Solr is away."""
    try:
        index.send(packages)
    except (*IndexAwayErrors, *UnmadeErrors):
        _one_by_one(packages)


def _one_by_one(packages: list[str]) -> None:
    """Index each on its own, so that one that Solr or CKAN refuses does not keep the others out.

    Raises SearchIndexError where Solr is away.
    """
    for package_id in packages:
        try:
            index.send([package_id])
        except IndexAwayErrors as error:
            if _REFUSED not in str(error):
                raise
            log.error("Outbox: the index refuses dataset %s, nobody will find it: %s", package_id, error)
        except UnmadeErrors:
            log.exception("Outbox: no document can be made of dataset %s, nobody will find it", package_id)
