"""The plugin `jenasmartcity_items`: single learning offers, their search and pages."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.items import helpers, views
from ckanext.jenasmartcity.items.logic import action, auth


@tk.blanket.config_declarations
@tk.blanket.actions(action)
@tk.blanket.auth_functions(auth)
@tk.blanket.blueprints([views.lernangebote])
@tk.blanket.helpers({"jenasmartcity_item_price": helpers.jenasmartcity_item_price})
class ItemsPlugin(p.SingletonPlugin):
    """Offers come and go by the thousand without being datasets."""

    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
