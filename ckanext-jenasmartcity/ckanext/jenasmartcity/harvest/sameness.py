"""Whether two sources describe the same dataset.  Pure.

An identifier says so where nobody else can have given it: an address, a URN, a DOI, a
UUID.  "17" or "parking" is a catalogue's own; two of them have it for different things.  A
landing page or the files say so together with the title: a page may describe several
datasets, and a file may belong to several.  A title alone never does, nor does what a
steward has set for all datasets of a source, nor the front page of a portal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ckanext.jenasmartcity.harvest.mapping import digest

_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:\S+", re.IGNORECASE)
# Hexadecimal characters of a digest that are kept.
_LENGTH = 32


def identities(dataset: Mapping[str, Any], defaults: Mapping[str, Any]) -> tuple[str, ...]:
    """What the dataset has in common with the same one from elsewhere, as short digests.

    dataset: in the form of ``package_create``.  defaults: fields of all datasets of its
    source.  Two datasets that share one of them are the same; empty where nothing could tell.
    """
    found = []
    own = {key: str(dataset.get(key) or "").strip() for key in ("identifier", "url")
           if dataset.get(key) != defaults.get(key)}
    if name := _everywhere(own.get("identifier", "")):
        found.append(f"id:{digest(name)[:_LENGTH]}")
    title = plain_title(str(dataset.get("title") or ""))
    page = _page(own.get("url", ""))
    if title and page:
        found.append(f"page:{digest([page, title])[:_LENGTH]}")
    given = [str(one.get("url") or "") for one in dataset.get("resources", ()) if one.get("role") == "file"]
    files = sorted(set(filter(None, map(_address, given))))
    if title and files:
        found.append(f"files:{digest([files, title])[:_LENGTH]}")
    return tuple(found)


def plain_title(title: str) -> str:
    """A title without what readers do not see: case and the number of blanks."""
    return " ".join(title.casefold().split())


def _everywhere(identifier: str) -> str:
    """The identifier in one spelling if nobody else can have given it, else ""."""
    if uuid := _UUID.fullmatch(identifier):
        return uuid[1].lower()
    if doi := _DOI.fullmatch(identifier):
        return f"doi:{doi[1].lower()}"
    if _URN.fullmatch(identifier):
        return identifier.lower()
    return _page(identifier)


def _page(text: str) -> str:
    address = _address(text)
    # the front page of a portal is no dataset
    return address if "/" in address or "?" in address else ""


def _address(text: str) -> str:
    """An http or https address without what makes no difference; "" for anything else."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return ""
    port = parts.netloc.rpartition("@")[2].lower().removesuffix(":80").removesuffix(":443")
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{port}{parts.path.rstrip('/')}{query}{fragment}"
