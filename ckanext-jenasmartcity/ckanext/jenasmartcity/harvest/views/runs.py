"""The pages of runs: progress, result, and the decision on what is held."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Response
from flask import jsonify

from ckanext.jenasmartcity.harvest.views import fields, words
from ckanext.jenasmartcity.harvest.views.door import ask, guarded, page_number, sentences, source_of

PAGE = 30
# Datasets that are named of those that vanished, and records that are asked for at once.
NAMED, ASKED = 100, 1000
BUSY = ("waiting", "running")


@guarded
def index(name: str) -> str:
    """All runs of a source, newest first."""
    source, number = source_of(name), page_number()
    found = ask("run_list", source=name, limit=PAGE, offset=(number - 1) * PAGE)
    return tk.render("jenasmartcity/quellen/runs.html", {
        "source": source, "found": found, "words": words, "page_number": number,
        "last_page": max(1, -(-found["count"] // PAGE)),
        "address": lambda to: tk.url_for("jenasmartcity_quellen.runs", name=name, seite=to),
    })


@guarded
def show(name: str, number: int) -> str:
    """One run: how far it is, or how it ended."""
    source, run = source_of(name), _run(name, number)
    complete = [one["id"] for one in source["runs"] if one["state"] in ("done", "held")]
    return tk.render("jenasmartcity/quellen/run.html", {
        "source": source, "run": run, "words": words, "busy": run["state"] in BUSY, "progress": _progress(run),
        "titles": titles(name, run["held"], run["kept"]), "newest": complete[0] if complete else None,
        "labels": fields.labels(),
    })


@guarded
def progress(name: str, number: int) -> Response:
    """How far a run is, for the script of its page: state, label, text, done, total, busy."""
    run = _run(name, number)
    answer: Response = jsonify({
        "state": run["state"], "label": words.run_state(run).label, "text": _progress(run),
        "done": run["done"], "total": run["total"], "busy": run["state"] in BUSY,
    })
    answer.headers["Cache-Control"] = "no-store"
    return answer


@guarded
def decide(name: str, number: int) -> Response:
    """Let what a run holds go, or keep it."""
    _run(name, number)
    accept = {"annehmen": True, "behalten": False}.get(tk.request.form.get("entscheidung", ""))
    if accept is None:
        tk.h.flash_error(tk._("Please choose whether to keep or to let go."))
        return tk.redirect_to("jenasmartcity_quellen.run", name=name, number=number)
    try:
        ask("run_decide", id=number, accept=accept)
    except tk.ValidationError as error:
        tk.h.flash_error(sentences(error))
        return tk.redirect_to("jenasmartcity_quellen.run", name=name, number=number)
    tk.h.flash_success(
        tk._("Your decision is kept. A new run will carry it out.") if accept
        else tk._("Your decision is kept. Everything stays published.")
    )
    return tk.redirect_to("jenasmartcity_quellen.show", name=name)


def titles(source: str, *held: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Name and title of the datasets that a page names of those that are held or kept, by their id in the source."""
    wanted = [
        draft for one in filter(None, held)
        for draft in (*one.get("datasets", ())[:NAMED], *(one.get("tables") or ()))
    ]
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), ASKED):
        answer = ask("record_list", source=source, drafts=wanted[start:start + ASKED], limit=ASKED)
        found |= {record["draft"]: record for record in answer["results"]}
    return found


def _run(name: str, number: int) -> dict[str, Any]:
    """The run, if it is one of that source."""
    run: dict[str, Any] = ask("run_show", id=number)
    if run["source"] != name:
        raise tk.ObjectNotFound
    return run


def _progress(run: dict[str, Any]) -> str:
    if run["state"] == "waiting":
        return tk._("The run waits until it is its turn.")
    if run["state"] == "running" and not run["total"]:
        return tk._("The source is being read.")
    if run["state"] == "running":
        return tk._("{done} of {total} datasets").format(
            done=tk.h.localised_number(run["done"]), total=tk.h.localised_number(run["total"])
        )
    return words.run_state(run).label
