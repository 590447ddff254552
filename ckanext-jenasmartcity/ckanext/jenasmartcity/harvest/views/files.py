"""Files that are sent to a source: by a form in the browser, or by a machine that has the source's token."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import IO, Any

import ckan.plugins.toolkit as tk
from ckan.types import Response
from flask import jsonify

from ckanext.jenasmartcity.harvest import drops
from ckanext.jenasmartcity.harvest.model import sources
from ckanext.jenasmartcity.harvest.stewards import sending
from ckanext.jenasmartcity.harvest.views.door import ask, guarded, sentences

_PART = 1024 * 1024


@guarded
def upload(name: str) -> Response:
    """A file from the form; on to its run."""
    file = tk.request.files.get("upload")
    if file is None or not file.filename:
        tk.h.flash_error(tk._("Please choose a file first."))
        return tk.redirect_to("jenasmartcity_quellen.show", name=name)
    try:
        run = ask("source_drop", name=name, upload=file)
    except tk.ValidationError as error:
        tk.h.flash_error(sentences(error))
        return tk.redirect_to("jenasmartcity_quellen.show", name=name)
    return tk.redirect_to("jenasmartcity_quellen.run", name=name, number=run["id"])


def put(name: str) -> Response:
    """``curl -T FILE``: 202 with the run's number and page.

    The token decides alone: 401 without the right one, whether or not the source exists.
    413: larger than drops.LARGEST.  400: empty.  ``?name=`` is the file's name.
    """
    found = sources(name)
    source = found[0] if found else None
    kind, _space, token = tk.request.headers.get("Authorization", "").partition(" ")
    if not drops.allows(source, token.strip() if kind.lower() == "bearer" else "") or source is None:
        answer = _answer(401, error=tk._("The token is missing or is not this source’s."))
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    with TemporaryFile() as file:
        sent = drops.Upload(file, tk.request.args.get("name", ""), tk.request.headers.get("Content-Type", ""))
        try:
            _copy(file)
            run, planned = sending.send(source, sent, None)
        except drops.TooLargeError:
            size = drops.LARGEST // _PART
            return _answer(413, error=tk._("The file is larger than {size} MB.").format(size=size))
        except drops.EmptyError:
            return _answer(400, error=tk._("The file is empty."))
    page = tk.url_for("jenasmartcity_quellen.run", name=name, number=run.id, _external=True)
    return _answer(202, run=run.id, url=page, planned=planned)


def _copy(file: IO[bytes]) -> None:
    """The body of the request, and no more of it than may be."""
    if (tk.request.content_length or 0) > drops.LARGEST:
        raise drops.TooLargeError
    length = 0
    while part := tk.request.stream.read(_PART):
        length += len(part)
        if length > drops.LARGEST:
            raise drops.TooLargeError
        file.write(part)


def _answer(status: int, **content: Any) -> Response:
    answer: Response = jsonify(content)
    answer.status_code = status
    return answer
