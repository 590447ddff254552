"""What the schema would say to a dataset, asked without writing it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.connectors.base import Rejected
from ckanext.jenasmartcity.harvest import bulk
from ckanext.jenasmartcity.harvest.plan import Job, Plan, context
from ckanext.jenasmartcity.harvest.write import overlay, refusals


def judged(job: Job, plan: Plan, shown: Mapping[str, Any] | None) -> tuple[Rejected, ...]:
    """Why the dataset of a plan would be refused; empty where it would not.

    shown: the dataset that it would change, None for a new one.
    """
    if shown is None:
        [outcome] = bulk.validated(context(), bulk.named([copy.deepcopy(plan.dataset)]))
        return refusals(plan.draft, outcome) if isinstance(outcome, tk.ValidationError) else ()
    plugin = lib_plugins.lookup_package_plugin(shown["type"])
    ours = context()
    ours["package"] = model.Package.get(shown["id"])
    wanted = overlay(shown, plan.dataset, plan.record.fields if plan.record else (), job.feed.protected)
    _, errors = lib_plugins.plugin_validate(
        plugin, ours, copy.deepcopy(wanted), plugin.update_package_schema(), "package_update"
    )
    return refusals(plan.draft, tk.ValidationError(errors)) if errors else ()
