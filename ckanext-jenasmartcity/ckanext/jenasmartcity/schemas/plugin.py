"""The plugin ``jenasmartcity_schemas``: five dataset types on ckanext-scheming."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig
from ckan.types import Context, Schema
from ckanext.scheming import plugins as scheming

from ckanext.jenasmartcity import config as settings
from ckanext.jenasmartcity.schemas import compose, helpers, parts
from ckanext.jenasmartcity.schemas.between import ALL_RESOURCES
from ckanext.jenasmartcity.schemas.logic import action as actions
from ckanext.jenasmartcity.schemas.validators import VALIDATORS


@tk.blanket.config_declarations
class SchemasPlugin(scheming.SchemingDatasetsPlugin):
    """scheming's plugin with our schemas, so that portal.ini needs no option of scheming's."""

    p.implements(p.IConfigDeclaration)

    def update_config(self, config: CKANConfig) -> None:
        super().update_config(config)
        tk.add_template_directory(config, "templates")
        if not config.get("licenses_group_url"):
            config["licenses_group_url"] = f"file://{settings.house().directory / 'licenses.json'}"
        scheming._SchemingMixin._presets.update(compose.presets())
        self._schemas = compose.schemas()
        self._expanded_schemas = scheming._expand_schemas(self._schemas)

    def resource_validation_dependencies(self, package_type: str) -> list[str]:
        """Dataset fields that rules for a resource read; a dataset's type never changes."""
        return ["state", "license_id", "hvd_category"]

    def validate(
        self, context: Context, data_dict: dict[str, Any], schema: Schema, action: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if not action.endswith("show"):
            parts.prepare(data_dict, self._expanded_schemas.get(data_dict.get("type", "")))
            schema = {**schema, "state": [tk.get_validator("ignore_missing")]}  # settled before
        if action == "package_create":
            context.pop(ALL_RESOURCES, None)
        return super().validate(context, data_dict, schema, action)

    def get_helpers(self) -> dict[str, Any]:
        return {**super().get_helpers(), **{name: getattr(helpers, name) for name in helpers.__all__}}

    def get_validators(self) -> dict[str, Any]:
        return {**super().get_validators(), **VALIDATORS}

    def get_actions(self) -> dict[str, Any]:
        return {**super().get_actions(), **{name: getattr(actions, name) for name in actions.__all__}}
