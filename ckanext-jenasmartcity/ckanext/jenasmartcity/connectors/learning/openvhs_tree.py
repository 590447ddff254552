"""Open-vhs as XML or as its JSON conversion, seen as one kind of tree.

Namespaces, attribute marks ("@version"), "#text" and scalar-or-list, by which
exports of the same standard differ, end here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ckanext.jenasmartcity.connectors import soundness
from ckanext.jenasmartcity.connectors.base import Document, SourceError
from ckanext.jenasmartcity.connectors.bodies import json_of, refuse_page

EXPECTED = "Open-vhs (XML)"
# The standard needs six levels; more is an attack or another format.
MAX_DEPTH = 30
# Of private use: what XML allows nowhere (control characters, bytes that are no UTF-8) passes its parser as one
# of these, and its record is refused instead of all.
_MARKS = ("\U000f0000", "\U000f0001")
_TO_MARKS = {
    **{number: _MARKS[0] for number in range(32) if number not in (9, 10, 13)},
    **dict.fromkeys(range(56448, 56576), _MARKS[1]),
}
_FROM_MARKS = {ord(_MARKS[0]): "\x00", ord(_MARKS[1]): "\udcff"}
_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")
_OTHER_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"'](?!utf-8)", re.IGNORECASE)
# A text with more of them than one in a hundred is none.
_FLAWS = 0.01


@dataclass(frozen=True, slots=True)
class Node:
    """An element by its local name, lower case; text without surrounding blanks."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: tuple[Node, ...] = ()

    def all(self, *path: str) -> Iterator[Node]:
        """Elements at a path of local names, in document order."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.name == path[0]:
                yield from child.all(*path[1:])

    def texts(self, *path: str) -> tuple[str, ...]:
        """Texts at a path: empty ones and repetitions left out, order kept."""
        return tuple(dict.fromkeys(node.text for node in self.all(*path) if node.text))

    def check(self) -> None:
        """Raise Refusal where a text in it cannot be stored (``soundness.check``)."""
        soundness.check(self.text, self.name)
        soundness.check(self.attributes, self.name)
        soundness.check_number_of(self.children, self.name)
        for child in self.children:
            child.check()

    def first(self, *path: str) -> str:
        """First text at a path that is not empty, else ""."""
        return next(iter(self.texts(*path)), "")


def tree(document: Document) -> Node:
    """Root element ``veranstaltungen``.

    Raises SourceError "empty", "html" or "not-the-format"; a document type
    declaration is refused, for Open-vhs has none and entities are a way to attack.
    """
    refuse_page(document, EXPECTED)
    body = document.content.removeprefix(codecs.BOM_UTF8).lstrip()
    root = _json_root(document) if body[:1] in (b"{", b"[") else _xml_root(document, body)
    if root.name != "veranstaltungen":
        raise _foreign(document, f"<{root.name[:60]}>")
    return root


def _foreign(document: Document, detail: str) -> SourceError:
    return SourceError("not-the-format", document.url, expected=EXPECTED, detail=detail)


def _xml_root(document: Document, body: bytes) -> Node:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
                             attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        marked = _marked(body)
        if marked is None:
            raise _foreign(document, str(error)[:200]) from error
        return _xml_root(document, marked)
    if root.getroottree().docinfo.internalDTD is not None:
        raise _foreign(document, "DOCTYPE")
    return _of_xml(document, root, 0)


def _marked(body: bytes) -> bytes | None:
    """The body with a character that XML allows in place of each that it does not; None for a body without, or
    with so many that it is no text."""
    if _OTHER_ENCODING.match(body):
        return None
    text = _REFERENCE.sub(_MARKS[0], body.decode("utf-8", "surrogateescape").translate(_TO_MARKS))
    number = sum(map(text.count, _MARKS))
    # a mark in the markup itself would be refused again, and for ever
    if not 0 < number <= len(text) * _FLAWS or any(mark in body.decode("utf-8", "ignore") for mark in _MARKS):
        return None
    return text.encode("utf-8")


def _of_xml(document: Document, element: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise _foreign(document, f"> {MAX_DEPTH}")
    attributes = {
        etree.QName(key).localname.lower(): value.translate(_FROM_MARKS) for key, value in element.attrib.items()
    }
    text = "".join(element.xpath("text()")).strip().translate(_FROM_MARKS)
    children = tuple(_of_xml(document, child, depth + 1) for child in element.iterchildren(etree.Element))
    return Node(etree.QName(element).localname.lower(), text, attributes, children)


def _json_root(document: Document) -> Node:
    value = json_of(document, EXPECTED, marked=True)
    if isinstance(value, list):
        value = {"veranstaltungen": {"veranstaltung": value}}
    found = [node for node in _of_json(document, "", value, 0).children if node.name == "veranstaltungen"]
    if not found:
        raise _foreign(document, "veranstaltungen")
    return found[0]


def _of_json(document: Document, name: str, value: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise _foreign(document, f"> {MAX_DEPTH}")
    if not isinstance(value, dict):
        return Node(name, _scalar(value))
    attributes = {key[1:].lower(): _scalar(entry) for key, entry in value.items() if key.startswith("@")}
    children = tuple(
        _of_json(document, key.rpartition(":")[2].lower(), entry, depth + 1)
        for key, entries in value.items() if key[:1] not in ("@", "#")
        for entry in (entries if isinstance(entries, list) else [entries])
    )
    return Node(name, _scalar(value.get("#text")), attributes, children)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


__all__ = ["EXPECTED", "MAX_DEPTH", "Node", "tree"]
