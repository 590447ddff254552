"""What a request may hold before anything reads it."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import request

NUL = "\x00"


def refuse_nul() -> None:
    """400 for the character NUL in an address or form: no text here has it, and PostgreSQL takes none."""
    texts = [request.path, *(text for pair in request.args.items(multi=True) for text in pair)]
    if request.blueprint != "api":  # an API call's body is no form
        texts += [text for pair in request.form.items(multi=True) for text in pair]
    if any(NUL in text for text in texts):
        tk.abort(400, tk._("The address or the form contains a character that no text has."))
