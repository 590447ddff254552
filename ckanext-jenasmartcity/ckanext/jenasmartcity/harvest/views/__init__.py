"""The pages of sources, for stewards: everything below /quellen."""

from __future__ import annotations

from ckan.config.middleware import flask_app
from flask import Blueprint

from ckanext.jenasmartcity.harvest.views import editing, files, listing, orders, runs, source, trying
from ckanext.jenasmartcity.harvest.views.door import only_with_account


def blueprint() -> Blueprint:
    """Every page of this room; asked for once, when the application is made."""
    pages = Blueprint("jenasmartcity_quellen", __name__, url_prefix="/quellen")
    pages.before_request(only_with_account)
    pages.add_url_rule("", "index", listing.index)
    pages.add_url_rule("/neu", view_func=editing.New.as_view("new"))
    pages.add_url_rule("/zeitplan", "times", editing.times)
    pages.add_url_rule("/<name>", "show", source.show)
    pages.add_url_rule("/<name>/bearbeiten", view_func=editing.Edit.as_view("edit"))
    pages.add_url_rule("/<name>/versuch", "attempt", trying.attempt, methods=["POST"])
    pages.add_url_rule("/<name>/laeufe", "runs", runs.index)
    pages.add_url_rule("/<name>/laeufe", "start", orders.start, methods=["POST"])
    pages.add_url_rule("/<name>/laeufe/<int:number>", "run", runs.show)
    pages.add_url_rule("/<name>/laeufe/<int:number>.json", "progress", runs.progress)
    pages.add_url_rule("/<name>/laeufe/<int:number>/entscheidung", "decide", runs.decide, methods=["POST"])
    pages.add_url_rule("/<name>/aktiv", "switch", orders.switch, methods=["POST"])
    pages.add_url_rule("/<name>/zugang", "token", orders.token, methods=["POST"])
    pages.add_url_rule("/<name>/datei", "drop", files.upload, methods=["POST"])
    pages.add_url_rule("/<name>/datei", "put", files.put, methods=["PUT"])
    pages.add_url_rule("/<name>/loeschen", view_func=orders.Delete.as_view("delete"))
    # a machine that sends a file has no form; its token names it, and its cookies are not read
    flask_app.csrf.exempt(files.put)
    return pages
