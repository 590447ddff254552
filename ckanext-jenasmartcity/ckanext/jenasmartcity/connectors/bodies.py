"""From the bytes of a document to text or JSON, or one typed error.

An answer that is not what was asked for (an empty body, a log-in page, a binary
file) is a fault of the source as a whole: ``SourceError``, never half a reading.  A
few broken characters or numbers in a document that can be read otherwise stay in it as
marks, and ``soundness.check`` refuses the records that have them.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

from ckanext.jenasmartcity.connectors import soundness
from ckanext.jenasmartcity.connectors.base import Document, SourceError
from ckanext.jenasmartcity.connectors.values import Refusal

# Charsets that a server may declare.  WHATWG reads iso-8859-1 as windows-1252, and so
# do we; codecs such as "hex" or "idna" are none of a text and are not looked up.
_DECLARED = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-15": "iso8859-15", "iso8859-15": "iso8859-15",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_PAGE = re.compile(
    rb"^[\x00\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
# Half an emoji, cut by whoever wrote the file; what stands for a broken byte is a mark.
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_SNIFFED = 4096
# A text with more broken characters than one in a hundred is none.
_FLAWS = 0.01
# Characters of more than one byte in UTF-8.
_MULTIBYTE = re.compile("[^\x00-\x7f\udc80-\udcff]")
# Digits of the longest number that Python reads at once.
_DIGITS = 4000


def refuse_page(document: Document, expected: str) -> None:
    """Raise SourceError "empty" for a blank body, "html" for a page instead of ``expected``.

    The body decides, not its label: feeds labelled text/html exist and are read.
    """
    head = document.content[:_SNIFFED]
    if not document.content.strip():
        raise SourceError("empty", document.url)
    if _PAGE.match(head) or ("html" in document.media_type.lower() and head.lstrip()[:1] == b"<"):
        raise SourceError("html", document.url, expected=expected)


def text(document: Document, expected: str) -> str:
    """Decoded body without byte order mark.

    Order: byte order mark; UTF-8 if the bytes are valid UTF-8 (text in another
    encoding practically never is), or but for a few of them; the charset the server
    declares; windows-1252.  Bytes that are no text stay as marks (``soundness``), as NUL
    does.  Raises SourceError "empty", "html", or "not-the-format" where these are many.
    """
    refuse_page(document, expected)
    decoded = _decode(document, expected)
    if not decoded.strip():
        raise SourceError("empty", document.url)
    if soundness.flaws(decoded) > len(decoded) * _FLAWS:
        detail = "NUL (0x00)" if soundness.NUL in decoded else "UTF-8"
        raise SourceError("not-the-format", document.url, expected=expected, detail=detail)
    return decoded


def _decode(document: Document, expected: str) -> str:
    body = document.content
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _strictly(document, expected, codec)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        decoded = body.decode("utf-8", "surrogateescape")
    # what is good UTF-8 by chance is rare: more of it than of broken bytes, and the text is UTF-8
    if len(_MULTIBYTE.findall(decoded)) > soundness.flaws(decoded):
        return decoded
    declared = _DECLARED.get((document.charset or "").strip().lower(), "cp1252")
    if declared.startswith("utf-16"):
        return _strictly(document, expected, declared)
    return body.decode(declared, "surrogateescape")


def _strictly(document: Document, expected: str, codec: str) -> str:
    try:
        return document.content.decode(codec)
    except UnicodeDecodeError as error:
        detail = f"{codec}: Byte {error.start}"
        raise SourceError("not-the-format", document.url, expected=expected, detail=detail) from error


def json_of(document: Document, expected: str = "JSON", marked: bool = False) -> Any:
    """Parsed body: dict, list, str, int, float, bool or None.

    marked: keep not-a-number, infinity, NUL and broken bytes; the caller then has each
    record pass ``soundness.check``.  Otherwise one of them refuses the whole document.
    Half a surrogate pair becomes U+FFFD.  Raises SourceError "empty", "html" or
    "not-the-format".
    """
    body = text(document, expected)
    try:
        # a control character in a text is refused, but for NUL, which only its record is refused for
        value = json.loads(body, parse_int=_whole, strict=soundness.NUL not in body)
        value = _storable(value) if "\\u" in body else value
        if not marked:
            soundness.check(value)
        return value
    except json.JSONDecodeError as error:
        detail = f"{error.msg}, {error.lineno}:{error.colno}"
        raise SourceError("not-the-format", document.url, expected=expected, detail=detail) from error
    except (ValueError, RecursionError) as error:
        detail = error.values.get("detail", error.code) if isinstance(error, Refusal) else str(error)[:200]
        raise SourceError("not-the-format", document.url, expected=expected, detail=detail) from error


def _whole(literal: str) -> int | float:
    return int(literal) if len(literal) <= _DIGITS else math.copysign(math.inf, -1 if literal[0] == "-" else 1)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(entry) for entry in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(entry) for name, entry in value.items()}
    return value


__all__ = ["json_of", "refuse_page", "text"]
