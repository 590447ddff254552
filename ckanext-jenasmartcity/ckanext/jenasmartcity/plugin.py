"""The main plugin: theme, pages, translations, and the `jenasmartcity` command."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import click
from ckan.lib.plugins import DefaultTranslation
from flask import Blueprint

from ckanext.jenasmartcity import cli
from ckanext.jenasmartcity.portal import blueprints, helpers, leaflet, pages
from ckanext.jenasmartcity.portal.listing import Listing


@tk.blanket.config_declarations
class JenaSmartCityPlugin(Listing, DefaultTranslation, p.SingletonPlugin):
    """What a visitor sees first; CKAN looks for i18n/ beside this module."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IPackageController, inherit=True)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "portal/templates")
        tk.add_public_directory(config, "portal/public")
        tk.add_resource("portal/assets", "jenasmartcity")
        leaflet.register()

    def update_config_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {**schema, **pages.config_schema()}

    def get_helpers(self) -> dict[str, Any]:
        return helpers.all_helpers()

    def get_blueprint(self) -> list[Blueprint]:
        return blueprints()

    def get_commands(self) -> list[click.Command]:
        return [cli.jenasmartcity]
