"""The plugin `jenasmartcity_harvest`: sources, runs and what they publish."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.harvest import cli
from ckanext.jenasmartcity.harvest.logic import action, auth


@tk.blanket.config_declarations
@tk.blanket.actions(action)
@tk.blanket.auth_functions(auth)
class HarvestPlugin(p.SingletonPlugin):
    """The engine.  Its commands join the group `jenasmartcity` when this module is imported."""

    commands = cli.harvest
