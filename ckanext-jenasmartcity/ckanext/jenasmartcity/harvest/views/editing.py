"""Making and changing a source: choose a connector, then fill in the form that it declares."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Response
from flask import jsonify
from flask.views import MethodView

from ckanext.jenasmartcity.connectors.base import Connector
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest.forms import source as forms
from ckanext.jenasmartcity.harvest.forms import timing
from ckanext.jenasmartcity.harvest.views import fields, words
from ckanext.jenasmartcity.harvest.views.door import ask, guarded, now, source_of
from ckanext.jenasmartcity.harvest.views.listing import may_create
from ckanext.jenasmartcity.harvest.views.trying import uploaded


class New(MethodView):
    """A new source."""

    decorators = [guarded]

    def get(self) -> str:
        """The connectors to choose from, or the form of the chosen one."""
        organizations = _only_creators()
        connector = connectors().get(tk.request.args.get("anschluss", ""))
        if connector is None:
            return tk.render("jenasmartcity/quellen/connectors.html", {"connectors": connectors(), "words": words})
        return _form(connector, None, forms.new(connector.OPTIONS, organizations), {}, None)

    def post(self) -> str | Response:
        """Try what was typed, or make the source."""
        _only_creators()
        connector = connectors().get(tk.request.form.get("connector", ""))
        if connector is None:
            return tk.redirect_to("jenasmartcity_quellen.new")
        return _take(connector, None)


class Edit(MethodView):
    """A source that exists."""

    decorators = [guarded]

    def get(self, name: str) -> str:
        """The form with what is stored."""
        source = _editable(name)
        connector = _connector_of(source)
        return _form(connector, source, forms.shown(source, connector.OPTIONS), {}, None)

    def post(self, name: str) -> str | Response:
        """Try what was typed, or keep it."""
        source = _editable(name)
        return _take(_connector_of(source), source)


def times() -> Response:
    """The next three times of a schedule that is being chosen, in one sentence, for the form's script."""
    try:
        return jsonify({"text": fields.next_times(timing.read(tk.request.args, now()))})
    except ValueError as error:
        return jsonify({"text": str(error)})


def _take(connector: Connector, source: dict[str, Any] | None) -> str | Response:
    form = forms.sent(tk.request.form)
    typed = forms.read(form, connector.OPTIONS, source, now())
    wanted = tk.request.form.get("vorgang")
    if wanted == "zeiten" or typed.errors:
        return _form(connector, source, form, typed.errors, None)
    asked = {**typed.values, "connector": connector.NAME}
    try:
        if wanted == "versuch":
            # the name of a source that is yet to be must not meet another one's
            tried = {key: value for key, value in asked.items() if source or key != "name"}
            return _form(connector, source, form, {}, ask("source_try", **tried, **uploaded()))
        kept = ask("source_update" if source else "source_create", **asked)
    except tk.ValidationError as error:
        return _form(connector, source, form, forms.placed(error.error_dict, connector.OPTIONS), None)
    tk.h.flash_success(tk._("The source is saved."))
    return tk.redirect_to("jenasmartcity_quellen.show", name=kept["name"])


def _form(
    connector: Connector, source: dict[str, Any] | None, form: dict[str, Any], errors: dict[str, list[str]],
    tried: dict[str, Any] | None,
) -> str:
    return tk.render("jenasmartcity/quellen/edit.html", {
        "connector": connector, "source": source, "form": forms.again(form), "errors": errors, "tried": tried,
        "words": words, "problems": fields.problems(errors, connector.OPTIONS),
        "times": fields.times_of(form, now()), "choices": fields.choices(), "kinds": fields.kinds(),
        "organizations": fields.organizations(source), "labels": fields.labels(),
        "stored": source["credentials"] if source else [],
        "credentials_typed": any(form.get(f"credential-{name}") for name in forms.CREDENTIALS),
    })


def _only_creators() -> list[dict[str, Any]]:
    found = may_create()
    if not found:
        raise tk.NotAuthorized
    return found


def _editable(name: str) -> dict[str, Any]:
    source = source_of(name)
    if not source["may"]["edit"]:
        raise tk.NotAuthorized
    return source


def _connector_of(source: dict[str, Any]) -> Connector:
    try:
        return connectors()[source["connector"]]
    except KeyError as error:
        # a standard that this version of the portal no longer reads
        raise tk.ObjectNotFound from error
