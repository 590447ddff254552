"""Actions on files that are sent to a source."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity.harvest import drops
from ckanext.jenasmartcity.harvest.logic import schema
from ckanext.jenasmartcity.harvest.logic.run_actions import one
from ckanext.jenasmartcity.harvest.logic.source_actions import named, usable
from ckanext.jenasmartcity.harvest.stewards import sending


def jenasmartcity_harvest_source_drop(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Send a file to a source; it is read instead of the source's address, under the same guards.

    The file that was sent last, sent again, plans nothing: its run is told.

    :param name: name of the source
    :param upload: the file, at most 100 MB (multipart/form-data)
    :rtype: dict, the run, and planned: whether it was planned by this call
    """
    name = schema.validated({"name": data_dict.get("name")}, schema.source_show())["name"]
    tk.check_access("jenasmartcity_harvest_source_drop", context, data_dict)
    source = usable(name)
    try:
        run, planned = sending.send(source, upload(data_dict.get("upload")), context.get("user") or None)
    except (drops.TooLargeError, drops.EmptyError) as error:
        raise tk.ValidationError({"upload": [fault(error)]}) from None
    return {**one(run), "planned": planned}


def upload(given: Any) -> drops.Upload:
    """The file of a form.  Raises ValidationError where there is none."""
    file = getattr(given, "stream", None)
    if file is None or not getattr(given, "filename", None):
        raise tk.ValidationError({"upload": [tk._("Please choose a file.")]})
    return drops.Upload(file, str(given.filename), str(getattr(given, "mimetype", "") or ""))


def fault(error: drops.TooLargeError | drops.EmptyError) -> str:
    """Why a file cannot be taken, and what to do."""
    if isinstance(error, drops.EmptyError):
        return str(tk._("The file is empty. Check it and send it again."))
    return str(tk._("The file is larger than {limit} MB. Split it, or let it be fetched from an address.").format(
        limit=drops.LARGEST // 1024 ** 2
    ))


def jenasmartcity_harvest_source_token_create(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """Make a token with which files may be sent to the source; an earlier one ends.

    :param name: name of the source
    :rtype: dict (token), shown this once
    """
    name = schema.validated(dict(data_dict), schema.source_show())["name"]
    tk.check_access("jenasmartcity_harvest_source_token_create", context, data_dict)
    return {"token": drops.new_token(usable(name))}


def jenasmartcity_harvest_source_token_delete(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """End the source's token.

    :param name: name of the source
    :rtype: dict (name)
    """
    name = schema.validated(dict(data_dict), schema.source_show())["name"]
    tk.check_access("jenasmartcity_harvest_source_token_delete", context, data_dict)
    named(name).token_hash = None
    model.Session.commit()
    return {"name": name}
