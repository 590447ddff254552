"""A link in the chain of package_update."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Action, Context, DataDict

from ckanext.jenasmartcity.schemas.between import ALL_RESOURCES

__all__ = ["package_update"]


@tk.chained_action
def package_update(up_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Keep the whole list of resources where rules find it.

    CKAN 2.12 shows a validator only the resources that change; "needs an API and a
    download" must see those that stay, and notice those that go.
    """
    context[ALL_RESOURCES] = data_dict.get("resources")  # type: ignore[literal-required]
    return up_action(context, data_dict)
