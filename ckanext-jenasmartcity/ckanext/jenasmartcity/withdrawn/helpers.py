"""What pages say of a withdrawn dataset."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.withdrawn.withheld import explanation, withheld


def jenasmartcity_withheld(dataset: dict[str, Any]) -> list[str]:
    """Why the reader gets no data of a dataset, sentence by sentence; empty where they get them."""
    context = Context(user=tk.current_user.name, auth_user_obj=tk.current_user)
    stored = model.Package.get(dataset["id"])
    return explanation(stored, dataset) if withheld(context, stored) else []


__all__ = ["jenasmartcity_withheld"]
