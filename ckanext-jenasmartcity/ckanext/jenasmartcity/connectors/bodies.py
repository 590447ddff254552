"""From the bytes of a document to text or JSON, or one typed error.

An answer that is not what was asked for (an empty body, a log-in page, a binary
file) is a fault of the source as a whole: ``SourceError``, never half a reading.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

from ckanext.jenasmartcity.connectors.base import Document, SourceError

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
_SURROGATE_OR_NUL = re.compile("[\ud800-\udfff\x00]")
_SNIFFED = 4096


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
    encoding practically never is); the charset the server declares; windows-1252.
    Raises SourceError "empty", "html", or "not-the-format" (undecodable, NUL bytes).
    """
    refuse_page(document, expected)
    decoded = _decode(document, expected)
    if not decoded.strip():
        raise SourceError("empty", document.url)
    if "\x00" in decoded:
        raise SourceError("not-the-format", document.url, expected=expected, detail="NUL (0x00)")
    return decoded


def _decode(document: Document, expected: str) -> str:
    body = document.content
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _strictly(document, expected, codec)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(document, expected, _DECLARED.get((document.charset or "").strip().lower(), "cp1252"))


def _strictly(document: Document, expected: str, codec: str) -> str:
    try:
        return document.content.decode(codec)
    except UnicodeDecodeError as error:
        detail = f"{codec}: Byte {error.start}"
        raise SourceError("not-the-format", document.url, expected=expected, detail=detail) from error


def json_of(document: Document, expected: str = "JSON") -> Any:
    """Parsed body: dict, list, str, int, float, bool or None.

    Strict RFC 8259: NaN, Infinity and numbers beyond a double are refused.  Lone
    surrogates and NUL in strings, which PostgreSQL cannot store, become U+FFFD.
    Raises SourceError "empty", "html" or "not-the-format".
    """
    body = text(document, expected)
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite)
        return _storable(value) if "\\u" in body else value
    except json.JSONDecodeError as error:
        detail = f"{error.msg}, {error.lineno}:{error.colno}"
        raise SourceError("not-the-format", document.url, expected=expected, detail=detail) from error
    except (ValueError, RecursionError) as error:
        detail = str(error)[:200]
        raise SourceError("not-the-format", document.url, expected=expected, detail=detail) from error


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise ValueError(literal[:40])
    return number


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE_OR_NUL.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(entry) for entry in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(entry) for name, entry in value.items()}
    return value


__all__ = ["json_of", "refuse_page", "text"]
