"""Actions on sources: see, make, change and end them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import SourceError, Text
from ckanext.jenasmartcity.harvest import credentials
from ckanext.jenasmartcity.harvest import sources as seeds
from ckanext.jenasmartcity.harvest.logic import auth, schema, shown
from ckanext.jenasmartcity.harvest.model import HarvestSource, last_complete, sources
from ckanext.jenasmartcity.harvest.model.overview import (
    first_rejections,
    of_organizations,
    organization,
    record_page,
    sizes,
)
from ckanext.jenasmartcity.harvest.stewards import editing, entries

# Records and rejections that a source's page shows at once; lists give the rest.
_FIRST = 100


def named(name: str) -> HarvestSource:
    """The source of that name.  Raises ObjectNotFound, for administrators; others were refused before."""
    found = sources(name)
    if not found:
        raise tk.ObjectNotFound(tk._("There is no source of this name."))
    return found[0]


def usable(name: str) -> HarvestSource:
    """The same where something is to be changed or begun.  Raises ValidationError for one that is being removed."""
    found = named(name)
    if found.leaving is not None:
        raise tk.ValidationError({"name": [tk._("This source is being removed.")]})
    return found


def now() -> dt.datetime:
    """The time of the request."""
    return dt.datetime.now(dt.UTC)


@tk.side_effect_free
def jenasmartcity_harvest_source_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The sources that the user may see, by name, each with its state and its last ten runs.

    :param organization: name or id of an organisation (optional)
    :rtype: list of dicts (name, title: {de, en}, connector, connector_title: {de, en}, url, organization,
        organization_title, schedule, active, state: never, waiting, running, done, held, failed, overdue, paused or
        leaving, last_success, next_run, datasets: their number, last_run, runs: newest first)
    """
    tk.check_access("jenasmartcity_harvest_source_list", context, data_dict)
    wanted = schema.validated(data_dict, schema.source_list()).get("organization")
    every = bool(context.get("ignore_auth")) or authz.is_sysadmin(context.get("user"))
    rows = sources() if every else of_organizations(_edited(context))
    if wanted:
        name = organization(wanted)
        rows = [row for row in rows if row.organization == name]
    return shown.sources(rows, now())


def _edited(context: Context) -> set[str]:
    found = tk.get_action("organization_list_for_user")(
        Context(user=context.get("user", "")), {"permission": "update_dataset"}
    )
    return {one["name"] for one in found}


@tk.side_effect_free
def jenasmartcity_harvest_source_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One source with its settings, its last ten runs, its first datasets and what it rejected.

    :param name: name of the source
    :rtype: dict as in ``jenasmartcity_harvest_source_list``, and options, defaults, origin, drafts, protected,
        channels, credentials: names of the secrets that are set, token: whether there is one, leaving: None, or keep
        or withdraw while it is being removed, may: {edit, run, delete, decide}, dataset_count, datasets: list of the
        first 100 {draft, package_id, name, title, state, absent_since, withdrawn, …}, rejected: list of the first 100
        {id, code, field, de, en}
    """
    name = schema.validated(data_dict, schema.source_show())["name"]
    tk.check_access("jenasmartcity_harvest_source_show", context, {"name": name})
    return show(context, named(name))


def show(context: Context, source: HarvestSource) -> dict[str, Any]:
    """As ``jenasmartcity_harvest_source_show``, for whoever may see it."""
    complete = last_complete(source.id)
    seen = (complete.finished or complete.created) if complete else None
    _, first = record_page(source.id, None, None, _FIRST, 0, count=False)
    edits, deletes = (
        source.leaving is None and (
            bool(context.get("ignore_auth")) or auth.may(context, source.organization, permission)
        )
        for permission in ("update_dataset", "delete_dataset")
    )
    return {
        **shown.sources([source], now())[0],
        "options": source.options, "defaults": source.defaults, "origin": source.origin, "drafts": source.drafts,
        "protected": source.protected, "channels": source.channels, "credentials": credentials.names(source.id),
        "token": source.token_hash is not None, "leaving": source.leaving,
        "may": {"edit": edits, "run": edits, "delete": deletes, "decide": deletes},
        "dataset_count": sizes([source.id]).get(source.id, 0),
        "datasets": [shown.record(*row, seen) for row in first],
        "rejected": [shown.rejection(row) for row in first_rejections(complete, _FIRST)] if complete else [],
    }


def jenasmartcity_harvest_source_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a source.

    :param name: 2 to 100 characters a-z, 0-9 and "-"; it stands in addresses and does not change
    :param title: {de, en}, or a German text
    :param connector: name of a connector
    :param url: http or https; empty for a source that files are sent to (optional)
    :param organization: name or id of the organisation that its datasets belong to
    :param schedule: five fields as in cron, Europe/Berlin (optional)
    :param options: the connector's options, a dict or JSON (optional)
    :param origin: name, url, licence, retrieved (optional)
    :param defaults: fields of every dataset (optional)
    :param drafts: fields of single datasets, by draft id (optional)
    :param protected: names of fields that the harvest must not overwrite (optional)
    :param channels: ways on which the data may leave (optional, default: all)
    :param active: whether the schedule counts (optional, default: True)
    :param credentials: {username, password} or {token} or {header, value}; they are never shown again (optional)
    :rtype: dict as in ``jenasmartcity_harvest_source_show``
    """
    tk.check_access("jenasmartcity_harvest_source_create", context, data_dict)
    problems: entries.Problems = {}
    name, owner = str(data_dict.get("name") or ""), _organization(data_dict, problems)
    try:
        name = entries.name(data_dict.get("name"))
        if sources(name):
            problems["name"] = Text(
                "Diesen Namen hat schon eine andere Quelle. Wählen Sie einen anderen.",
                "Another source has this name. Choose another one.",
            )
    except entries.WrongError as error:
        problems["name"] = error.text
    try:
        if problems:
            editing.checked(data_dict, None)
        else:
            return show(context, editing.create(name, owner, data_dict, now()))
    except editing.RefusedError as error:
        model.Session.rollback()
        problems |= error.problems
    raise schema.refused(problems)


def _organization(data_dict: dict[str, Any], problems: entries.Problems) -> str:
    found = organization(schema.clean(data_dict.get("organization") or ""))
    if found is None:
        problems["organization"] = Text(
            "Wählen Sie die Organisation, der die Datensätze gehören.",
            "Choose the organisation that the datasets belong to.",
        )
    return found or ""


def jenasmartcity_harvest_source_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change a source; what is not given stays.

    An address on another server forgets the secrets that are stored, unless they are
    given anew: they belong to the server that they were given for.

    :param name: name of the source; it does not change
    :param credentials: an empty value deletes one, a missing one stays (optional)
    :rtype: dict as in ``jenasmartcity_harvest_source_show``

    The other parameters are those of ``jenasmartcity_harvest_source_create``.
    """
    name = schema.validated(dict(data_dict), schema.source_show())["name"]
    tk.check_access("jenasmartcity_harvest_source_update", context, data_dict)
    source = usable(name)
    problems: entries.Problems = {}
    owner = _organization(data_dict, problems) if "organization" in data_dict else None
    if problems:
        raise schema.refused(problems)
    try:
        editing.update(source, data_dict, owner, now())
    except editing.RefusedError as error:
        model.Session.rollback()
        raise schema.refused(error.problems) from None
    return show(context, source)


def jenasmartcity_harvest_source_delete(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """End a source: its runs, secrets and files are forgotten; no dataset is deleted.

    Nothing begins for it any more.  One with many datasets, or with a run under way, is still
    listed, as "leaving", until the portal has done the work.

    :param name: name of the source
    :param datasets: keep: they stay as they are; withdraw: they are marked as withdrawn (optional, default: keep)
    :rtype: dict (name, gone: whether it is done)
    """
    asked = schema.validated(dict(data_dict), schema.source_delete())
    tk.check_access("jenasmartcity_harvest_source_delete", context, data_dict)
    gone = editing.delete(named(asked["name"]), asked["datasets"] == "withdraw", now())
    return {"name": asked["name"], "gone": gone}


def jenasmartcity_harvest_source_seed(context: Context, data_dict: dict[str, Any]) -> list[str]:
    """Bring the sources of the configuration into the database; names of those that changed."""
    tk.check_access("jenasmartcity_harvest_source_seed", context, data_dict)
    try:
        return seeds.seed(config.house().directory / "sources.yaml", now())
    except SourceError as error:
        raise tk.ValidationError({str(error.values.get("option", "")): [error.message("de")]}) from error
