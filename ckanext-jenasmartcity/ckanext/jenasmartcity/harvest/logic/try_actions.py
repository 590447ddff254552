"""The action that tries a source out."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.connectors.base import Document, SourceError
from ckanext.jenasmartcity.harvest import drops, fetch
from ckanext.jenasmartcity.harvest.address import DROP
from ckanext.jenasmartcity.harvest.logic import auth, schema, shown
from ckanext.jenasmartcity.harvest.logic.drop_actions import fault, upload
from ckanext.jenasmartcity.harvest.logic.source_actions import now
from ckanext.jenasmartcity.harvest.model import HarvestSource
from ckanext.jenasmartcity.harvest.model.overview import organization
from ckanext.jenasmartcity.harvest.stewards import editing, trial

_NOTHING: dict[str, Any] = {
    "found": 0, "unchanged": 0, "new": [], "changed": [], "vanished": [],
    "counts": {"new": 0, "changed": 0, "vanished": 0},
    "items": {"added": 0, "updated": 0, "unchanged": 0, "removed": 0}, "rejected": [], "held": None,
}


def jenasmartcity_harvest_source_try(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Read a source and say what a run would do; nothing is written.

    The stored source of that name with the values given laid over it; with an organisation
    also a source that there is not yet.  Of more than 100 datasets that are new or changed, the first 100 are
    compared field by field and judged by the schema; lists name at most 200.

    :param name: name of a source (optional)
    :param upload: a file to read in place of the address (optional, multipart/form-data)
    :rtype: dict (found, unchanged: number of datasets, new: list of {draft, title}, changed: list of {draft, title,
        fields: list of {field, before, after}, tables: list of {name, added, updated, removed}}, vanished: list of
        {draft, title}, counts: {new, changed, vanished}, items: {added, updated, unchanged, removed}, rejected: list
        of {code, count, cause, remedy, field, records}, error: None or {code, de, en}, held: what would wait for a
        decision, or None)

    The other parameters are those of ``jenasmartcity_harvest_source_create``.
    """
    tk.check_access("jenasmartcity_harvest_source_try", context, data_dict)
    stored = auth.editable(context, data_dict.get("name"))
    if stored is None and not data_dict.get("organization"):
        raise tk.ObjectNotFound(tk._("There is no source of this name."))
    source = _meant(data_dict, stored)
    moved = stored is not None and editing.moved(stored, source.url)
    sent = _sent(data_dict, source)
    if source.url == DROP and sent is None:
        raise tk.ValidationError({"upload": [tk._("This source has no address: choose a file to try it with.")]})
    try:
        secrets = trial.headers(stored.id if stored is not None else None, data_dict.get("credentials"), moved)
        return trial.attempt(source, secrets, sent, now())
    except SourceError as error:
        return {**_NOTHING, "error": shown.broken(error)}
    finally:
        model.Session.rollback()


def _meant(data_dict: dict[str, Any], stored: HarvestSource | None) -> HarvestSource:
    """The source that is tried, in no session: nothing of it can be written."""
    try:
        values = editing.checked(data_dict, stored)
    except editing.RefusedError as error:
        raise schema.refused(error.problems) from None
    owner = organization(schema.clean(data_dict.get("organization") or ""))
    if stored is None:
        return HarvestSource(
            uid=editing.UNKNOWN, name=schema.clean(data_dict.get("name") or "neu"), organization=owner or "", **values
        )
    return HarvestSource(
        id=stored.id, uid=stored.uid, name=stored.name, organization=owner or stored.organization, **values
    )


def _sent(data_dict: dict[str, Any], source: HarvestSource) -> Document | None:
    if not data_dict.get("upload"):
        return None
    try:
        return drops.whole(upload(data_dict["upload"]), fetch.expand(source.url))
    except (drops.TooLargeError, drops.EmptyError) as error:
        raise tk.ValidationError({"upload": [fault(error)]}) from None
