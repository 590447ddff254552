"""Trying a source: what a run would change, with nothing written."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Response

from ckanext.jenasmartcity.harvest.views import fields, words
from ckanext.jenasmartcity.harvest.views.door import ask, guarded, sentences, source_of


@guarded
def attempt(name: str) -> str | Response:
    """Try a source as it is stored, with the file of the form if there is one."""
    source = source_of(name)
    try:
        found = ask("source_try", name=name, **uploaded())
    except tk.ValidationError as error:
        tk.h.flash_error(sentences(error))
        return tk.redirect_to("jenasmartcity_quellen.show", name=name)
    return tk.render("jenasmartcity/quellen/try.html", {"source": source, "tried": found, "words": words,
                                                           "labels": fields.labels()})


def uploaded() -> dict[str, Any]:
    """The file of a form as the actions take it; nothing where none was chosen."""
    file = tk.request.files.get("upload")
    return {"upload": file} if file is not None and file.filename else {}
