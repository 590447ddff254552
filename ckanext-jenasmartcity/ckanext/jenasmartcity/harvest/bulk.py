"""Many new datasets in one transaction, past ``package_create`` but not past its rules.

Each is validated by its type's schema, as the action does it, before anything is written;
plugins hear of each as they would.  No activity: a run has one for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.lib.datapreview as datapreview
import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.harvest import answers
from ckanext.jenasmartcity.harvest.mapping import digest
from ckanext.jenasmartcity.harvest.model import dataset as table

_NAME_LENGTH = 100


def validated(context: Context, datasets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | tk.ValidationError]:
    """Each as ``package_create`` would store it, or why it would refuse it."""
    groups = table.groups()
    ids = {key: one.id for one in groups for key in (one.id, one.name)}
    organizations = frozenset(one.id for one in groups if one.is_organization)
    with answers.given(answers.Answers(table.clashes(datasets), organizations)):
        return [
            _validated(context, {**one, "owner_org": ids.get(one["owner_org"], one["owner_org"])}) for one in datasets
        ]


def _validated(context: Context, given: dict[str, Any]) -> dict[str, Any] | tk.ValidationError:
    plugin = lib_plugins.lookup_package_plugin(given["type"])
    own = Context(**context)
    data, errors = lib_plugins.plugin_validate(plugin, own, given, plugin.create_package_schema(), "package_create")
    return tk.ValidationError(errors) if errors else data


def create(context: Context, datasets: Sequence[dict[str, Any]]) -> None:
    """Write datasets that are validated; flushed, not committed.

    Raises IntegrityError where an id or a name exists by now; the session is then rolled
    back by the caller and nothing of the batch is there.
    """
    user = model.User.get(context["user"])
    made = {one.id: one for one in table.insert(datasets, user.id)}
    for dataset in datasets:
        for plugin in p.PluginImplementations(p.IPackageController):
            plugin.create(made[dataset["id"]])
            plugin.after_dataset_create(Context(**context, package=made[dataset["id"]]), dataset)
        if dataset.get("resources"):
            # what package_create_default_resource_views does, without asking each time who we are
            datapreview.add_views_to_dataset_resources(Context(**context), dataset)


def named(datasets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same with names that nobody bears: one that is taken gets a part of the id behind it."""
    taken = table.taken({one["name"] for one in datasets})
    found = []
    for one in datasets:
        name = one["name"]
        if name in taken:
            name = f"{name[:_NAME_LENGTH - 9].rstrip('-')}-{digest(one['id'])[:8]}"
        taken.add(name)
        found.append({**one, "name": name})
    return found
