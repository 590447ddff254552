"""From whom the data of a dataset are withheld, and what is said instead."""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context
from flask import has_request_context

from ckanext.jenasmartcity.schemas.rules.withdrawn import withdrawal


def of_resource(resource_id: Any) -> Any:
    """The dataset of a resource, as CKAN's model has it; None where there is none."""
    resource = model.Resource.get(str(resource_id or "").replace("\x00", ""))
    return model.Package.get(resource.package_id) if resource is not None else None


def of_file(file_id: Any) -> Any:
    """The dataset that a file of CKAN's file storage belongs to; None for any other file."""
    file = model.Session.get(model.File, str(file_id or "").replace("\x00", ""))
    owner = file.owner if file is not None else None
    if owner is None or owner.owner_type not in ("package", "resource"):
        return None
    return of_resource(owner.owner_id) if owner.owner_type == "resource" else model.Package.get(owner.owner_id)


def withheld(context: Context, dataset: Any) -> bool:
    """Whether the user must not have the data of the dataset because it was withdrawn.

    dataset: as CKAN's model has it, or None.  Whoever may change it decides on it and has
    them still.
    """
    if dataset is None or withdrawal(dataset.extras or {}) is None:
        return False
    return not authz.is_authorized_boolean("package_update", tk.fresh_context(context), {"id": dataset.id})


def sentence(dataset: Any) -> str:
    """What those are told from whom the data of a withdrawn dataset are withheld: since when, why, whom to ask.

    dataset: as CKAN's model has it.
    """
    shown = tk.get_action("package_show")(Context(ignore_auth=True), {"id": dataset.id})
    found = withdrawal(dataset.extras)
    title, since = shown["title"], found.since if found is not None else ""
    if has_request_context():
        # elsewhere there is no reader whose language could be asked for
        title, since = tk.h.jenasmartcity_text(shown, "title"), tk.h.render_datetime(since)
    told = tk._("The dataset “{title}” was withdrawn on {date}.").format(title=title, date=since)
    return " ".join([told, *explanation(dataset, shown)])


def explanation(dataset: Any, shown: dict[str, Any]) -> list[str]:
    """Why a dataset was withdrawn, what that means and whom to ask, sentence by sentence.

    shown: what ``package_show`` says of it, which follows the database within seconds.
    """
    found, asked = withdrawal(dataset.extras), contact(shown)
    return [
        tk._("The source has these data no longer.") if found is not None and found.by_source
        else tk._("Whoever published these data does not maintain them any more."),
        tk._("The portal does not hand them out any more."),
        *([tk._("Questions are answered by: {contact}.").format(contact=asked)] if asked else []),
    ]


def contact(shown: dict[str, Any]) -> str:
    """Whom readers can ask: the dataset's first contact, else its organisation; "" for nobody."""
    first: dict[str, Any] = next(iter(shown.get("contact") or ()), {})
    name = str(first.get("name") or (shown.get("organization") or {}).get("title") or "")
    way = str(first.get("email") or first.get("url") or "")
    return f"{name} ({way})" if name and way else name or way
