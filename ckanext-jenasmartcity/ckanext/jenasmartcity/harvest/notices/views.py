"""The feed of notices: with a session, or with the personal link of a feed reader."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Response
from flask import Blueprint, make_response

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.harvest.notices import feed, notices, personal

# Entries of the feed.
_LATEST = 50

meldungen = Blueprint("jenasmartcity_notices", __name__)


def atom() -> Response:
    """Notices on the sources that the user may see; 403 for everybody else."""
    token = tk.request.args.get("schluessel")
    user = personal.user_of(token) if token is not None else model.User.get(tk.current_user.name)
    if user is None or not user.name:
        return tk.abort(403, tk._("Please log in, or use the personal address of your feed."))
    found = tk.get_action("jenasmartcity_harvest_notice_list")({"user": user.name}, {"limit": _LATEST})
    titles = {
        name: group.title or name
        for name in {one["organization"] for one in found["results"]} if (group := model.Group.get(name)) is not None
    }
    entries = [
        feed.Entry(
            one["urn"], one["title"]["de"] + (" (erledigt)" if one["ended"] else ""),
            dt.datetime.fromisoformat(one["created"]), dt.datetime.fromisoformat(one["ended"] or one["created"]),
            titles.get(one["organization"], one["organization"]), one["url"],
            f"{one['cause']['de']}\n\n{one['remedy']['de']}",
        )
        for one in found["results"]
    ]
    body = feed.atom(
        f"{config.harvest().site_title}: Meldungen zu Quellen", notices.address("meldungen.atom"),
        notices.address("").rstrip("/"), entries, user.created.replace(tzinfo=dt.UTC),
    )
    answer = make_response(body)
    answer.headers["Content-Type"] = feed.MEDIA_TYPE
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


meldungen.add_url_rule("/quellen/meldungen.atom", "atom", atom)
