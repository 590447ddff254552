"""What a steward orders by a button: run, pause, token, delete."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Response
from flask import make_response
from flask.views import MethodView

from ckanext.jenasmartcity.harvest.views import source as pages
from ckanext.jenasmartcity.harvest.views import words
from ckanext.jenasmartcity.harvest.views.door import ask, guarded, sentences, source_of


@guarded
def start(name: str) -> Response:
    """Fetch the source now, all of it or one dataset, and go to the run's page."""
    only = tk.request.form.get("eintrag", "")
    try:
        run = ask("source_run", name=name, **({"only": only} if only else {}))
    except tk.ValidationError as error:
        tk.h.flash_error(sentences(error))
        return tk.redirect_to("jenasmartcity_quellen.show", name=name)
    return tk.redirect_to("jenasmartcity_quellen.run", name=name, number=run["id"])


@guarded
def switch(name: str) -> Response:
    """Pause a source, or go on with it."""
    active = tk.request.form.get("aktiv") == "1"
    try:
        ask("source_update", name=name, active=active)
    except tk.ValidationError as error:
        tk.h.flash_error(sentences(error))
    else:
        tk.h.flash_success(
            tk._("The source is fetched again by its schedule.") if active
            else tk._("The source is paused: it is no longer fetched by itself. What is published stays.")
        )
    return tk.redirect_to("jenasmartcity_quellen.show", name=name)


@guarded
def token(name: str) -> Response:
    """Make a token and show it this once, or take it back."""
    if tk.request.form.get("vorgang") == "loeschen":
        ask("source_token_delete", name=name)
        tk.h.flash_success(tk._("The token is deleted. Files sent with it are refused from now on."))
        return tk.redirect_to("jenasmartcity_quellen.show", name=name)
    made = ask("source_token_create", name=name)["token"]
    answer: Response = make_response(pages.page(source_of(name), token=made))
    answer.headers["Cache-Control"] = "no-store"
    return answer


class Delete(MethodView):
    """Delete a source; its datasets stay or go."""

    decorators = [guarded]

    def get(self, name: str) -> str:
        """What would be deleted, and the choice."""
        source = source_of(name)
        if not source["may"]["delete"]:
            raise tk.NotAuthorized
        return _question(source, None)

    def post(self, name: str) -> str | Response:
        """Delete it, if it is said what becomes of its datasets."""
        source = source_of(name)
        choice = tk.request.form.get("datensaetze", "")
        if choice not in ("keep", "withdraw"):
            return _question(source, tk._("Please choose what becomes of the datasets."))
        try:
            gone = ask("source_delete", name=name, datasets=choice)["gone"]
        except tk.ValidationError as error:
            return _question(source, sentences(error))
        tk.h.flash_success(
            tk._("The source is deleted.") if gone
            else tk._("The source is being removed. This goes on by itself and takes a while.")
        )
        return tk.redirect_to("jenasmartcity_quellen.index")


def _question(source: dict[str, Any], error: str | None) -> str:
    return tk.render("jenasmartcity/quellen/delete.html", {
        "source": source, "error": error, "words": words,
        "number_of_datasets": ask("record_list", source=source["name"], limit=1)["count"],
    })
