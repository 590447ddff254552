"""Actions on notices."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context, Schema, Validator, ValidatorFactory

from ckanext.jenasmartcity.harvest.logic.auth import may
from ckanext.jenasmartcity.harvest.model import HarvestNotice, HarvestRun, HarvestSource, sources
from ckanext.jenasmartcity.harvest.model import notice as stored
from ckanext.jenasmartcity.harvest.notices import feed, notices, personal, texts

_LARGEST_PAGE = 200


@tk.side_effect_free
def jenasmartcity_harvest_notice_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Notices on the sources that the user may see, newest first.

    :param limit: (optional, default: 50, at most 200)
    :param offset: (optional, default: 0)
    :rtype: dict (count, results: list of dicts: id, urn, kind (failing, held, overdue), source, source_title,
        organization, run_id, created, ended, sent, url; title, cause and remedy as {de, en})
    """
    tk.check_access("jenasmartcity_harvest_notice_list", context, data_dict)
    asked, errors = tk.navl_validate(data_dict, _page())
    if errors:
        raise tk.ValidationError(errors)
    user = context.get("user")
    every = bool(context.get("ignore_auth")) or authz.is_sysadmin(user)
    seen = {one.id: one for one in sources() if every or may(context, one.organization, "update_dataset")}
    limit = max(0, min(asked["limit"], _LARGEST_PAGE))
    count, page = stored.told_of(seen, limit, max(0, asked["offset"]))
    runs = stored.runs_of(page)
    return {
        "count": count,
        "results": [_notice(one, seen[one.source_id], runs.get(one.run_id or 0)) for one in page],
    }


@tk.side_effect_free
def jenasmartcity_harvest_notice_link(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """The user's own address of the feed of notices, for a feed reader.

    Whoever knows it can read the notices; a new password makes another one.

    :rtype: dict (url)
    """
    tk.check_access("jenasmartcity_harvest_notice_link", context, data_dict)
    user = model.User.get(context.get("user"))
    if user is None:
        raise tk.ObjectNotFound(tk._("There is no such user."))
    return {"url": f"{notices.address('meldungen.atom')}?schluessel={personal.sign(user)}"}


def _notice(one: HarvestNotice, source: HarvestSource, run: HarvestRun | None) -> dict[str, Any]:
    said = texts.say(notices.about(one, source, run))
    return {
        "id": one.id, "urn": feed.entry_id(source.uid, one.id), "kind": one.kind, "source": source.name,
        "source_title": source.title, "organization": source.organization, "run_id": one.run_id,
        "created": _time(one.created), "ended": _time(one.ended_at), "sent": _time(one.sent_at),
        "url": notices.address(source.name),
        **{
            part: {"de": getattr(said, part).de, "en": getattr(said, part).en}
            for part in ("title", "cause", "remedy")
        },
    }


def _time(value: dt.datetime | None) -> str | None:
    return value.astimezone(dt.UTC).isoformat() if value else None


@tk.validator_args
def _page(default: ValidatorFactory, int_validator: Validator) -> Schema:
    return {"limit": [default(50), int_validator], "offset": [default(0), int_validator]}
