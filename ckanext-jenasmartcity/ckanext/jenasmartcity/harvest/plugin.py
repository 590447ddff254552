"""The plugin `jenasmartcity_harvest`: sources, runs and what they publish."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Validator
from flask import Blueprint

from ckanext.jenasmartcity.harvest import answers, cli, views
from ckanext.jenasmartcity.harvest.logic import action, auth
from ckanext.jenasmartcity.harvest.notices import views as notice_views


@tk.blanket.config_declarations
@tk.blanket.actions(action)
@tk.blanket.auth_functions(auth)
class HarvestPlugin(p.SingletonPlugin):
    """The engine.  Its commands join the group `jenasmartcity` when this module is imported."""

    p.implements(p.IConfigurer)
    p.implements(p.IBlueprint)
    p.implements(p.IValidators)

    commands = cli.harvest

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "jenasmartcity_harvest")

    def get_blueprint(self) -> list[Blueprint]:
        # the feed's address stands before the pages of sources, whose names could be the same
        return [notice_views.meldungen, views.blueprint()]

    def get_validators(self) -> dict[str, Validator]:
        return dict(answers.VALIDATORS)
