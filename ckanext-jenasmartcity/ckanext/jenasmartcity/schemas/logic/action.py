"""Links in the chains of CKAN's own actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Action, Context, DataDict

from ckanext.jenasmartcity.schemas.between import ALL_RESOURCES

__all__ = ["package_update", "resource_delete"]


@tk.chained_action
def package_update(up_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Keep the whole list of resources where rules find it.

    CKAN 2.12 shows a validator only the resources that change; "needs an API and a
    download" must see those that stay, and notice those that go.
    """
    context[ALL_RESOURCES] = data_dict.get("resources")
    return up_action(context, data_dict)


@tk.chained_action
def resource_delete(up_action: Action, context: Context, data_dict: DataDict) -> None:
    """Say why a resource must stay.

    CKAN 2.12.0 looks for errors of resources only; where the dataset as a whole forbids
    the removal (a high-value dataset and its API), it ends in KeyError instead.
    """
    try:
        up_action(context, data_dict)
    except KeyError as error:
        if isinstance(error.__context__, tk.ValidationError):
            raise error.__context__ from None
        raise
