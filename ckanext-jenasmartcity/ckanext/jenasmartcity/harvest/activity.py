"""One activity per run, on the page of the source's organisation.

What changed in each dataset stands in the outbox and on the run's page; CKAN's own
activities would be one copy of each dataset for each change.
"""

from __future__ import annotations

import dataclasses

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context
from ckanext.activity.logic.validators import object_id_validators

from ckanext.jenasmartcity.harvest.account import Counts
from ckanext.jenasmartcity.harvest.model import HarvestRun, HarvestSource
from ckanext.jenasmartcity.harvest.model.dataset import organizations
from ckanext.jenasmartcity.harvest.plan import context

# The template of the same name shows it.
TYPE = "harvested source"
# CKAN looks up here what an activity is about.
object_id_validators[TYPE] = "group_id_exists"


def tell(source: HarvestSource, attempt: HarvestRun, counts: Counts) -> None:
    """Say that a run changed something; the caller commits."""
    if not p.plugin_loaded("activity") or not (counts.added or counts.updated or counts.withdrawn):
        return
    # CKAN's action for it would ask Solr, which may be away
    organization = organizations([source.organization]).get(source.organization)
    if organization is None:
        return
    ours = context()
    tk.get_action("activity_create")(Context(**ours, defer_commit=True), {
        "user_id": ours["user"], "object_id": organization, "activity_type": TYPE,
        "data": {
            "source": source.name, "title": source.title, "run": attempt.id, "asked_by": attempt.asked_by,
            "counts": dataclasses.asdict(counts),
        },
    })
