"""Notices as an Atom feed (RFC 4287), in German.  Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

_ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice.  id: a URN that never changes.  updated: aware.  author: the organisation."""

    id: str
    title: str
    published: dt.datetime
    updated: dt.datetime
    author: str
    url: str
    text: str


def entry_id(source_uid: str, notice_id: int) -> str:
    """The URN of a notice; it depends on nothing that changes when the portal moves."""
    return uuid.uuid5(uuid.UUID(source_uid), f"notice {notice_id}").urn


def atom(title: str, url: str, page: str, entries: Iterable[Entry], since: dt.datetime) -> bytes:
    """The feed.  url: its own address.  page: that of the sources.  since: when an empty one was updated."""
    listed = list(entries)
    root = etree.Element(f"{{{_ATOM}}}feed", {_LANG: "de"}, nsmap={None: _ATOM})
    _add(root, "id", uuid.uuid5(uuid.NAMESPACE_URL, url).urn)
    _add(root, "title", title)
    _add(root, "updated", _time(max((entry.updated for entry in listed), default=since)))
    _link(root, "self", url, "application/atom+xml")
    _link(root, "alternate", page, "text/html")
    for entry in listed:
        _entry(etree.SubElement(root, f"{{{_ATOM}}}entry"), entry)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _entry(element: etree._Element, entry: Entry) -> None:
    _add(element, "id", entry.id)
    _add(element, "title", entry.title)
    _add(element, "published", _time(entry.published))
    _add(element, "updated", _time(entry.updated))
    _add(etree.SubElement(element, f"{{{_ATOM}}}author"), "name", entry.author)
    _link(element, "alternate", entry.url, "text/html")
    _add(element, "content", entry.text).set("type", "text")


def _add(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}")
    # XML knows no such characters
    element.text = "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return element


def _link(parent: etree._Element, rel: str, href: str, type_: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "href": href, "type": type_})


def _time(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
