"""The Atom feed of notices: what RFC 4287 asks for."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from lxml import etree

from ckanext.jenasmartcity.harvest.notices import feed

ATOM = {"a": "http://www.w3.org/2005/Atom"}
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SOURCE = "6d0f6ae1-6a7c-4f6b-8f0e-3f0a0f6f0b11"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def entry(number: int, updated: dt.datetime, title: str = "Quelle <b>»x«</b> & mehr") -> feed.Entry:
    return feed.Entry(
        feed.entry_id(SOURCE, number), title, NOW, updated, "Stadt Jena", "https://p.example/quellen/x",
        "Ursache\x00 …",
    )


def read(*entries: feed.Entry) -> etree._Element:
    made = feed.atom("Meldungen", "https://p.example/quellen/meldungen.atom", "https://p.example/quellen", entries, NOW)
    return etree.fromstring(made)


def test_a_feed_has_all_that_atom_asks_for():
    root = read(entry(1, NOW), entry(2, NOW + dt.timedelta(hours=1)))
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    for one in [root, *root.findall("a:entry", ATOM)]:
        for name in ("id", "title", "updated"):
            [found] = one.findall(f"a:{name}", ATOM)
            assert found.text
        assert RFC3339.fullmatch(one.findtext("a:updated", namespaces=ATOM))
        uuid.UUID(one.findtext("a:id", namespaces=ATOM).removeprefix("urn:uuid:"))
    assert root.findtext("a:updated", namespaces=ATOM) == "2026-11-24T13:00:00Z"
    [alone] = [link for link in root.findall("a:link", ATOM) if link.get("rel") == "self"]
    assert alone.get("href") == "https://p.example/quellen/meldungen.atom"
    for one in root.findall("a:entry", ATOM):
        assert one.findtext("a:author/a:name", namespaces=ATOM) == "Stadt Jena"
        assert one.findtext("a:title", namespaces=ATOM) == "Quelle <b>»x«</b> & mehr"
        assert one.findtext("a:content", namespaces=ATOM) == "Ursache …"


def test_ids_are_stable_and_differ():
    ids = [feed.entry_id(SOURCE, number) for number in range(100)]
    assert len(set(ids)) == 100
    assert ids == [feed.entry_id(SOURCE, number) for number in range(100)]
    assert feed.entry_id(SOURCE, 1) != feed.entry_id(str(uuid.uuid4()), 1)


def test_an_empty_feed_is_a_feed():
    root = read()
    assert root.findtext("a:updated", namespaces=ATOM) == "2026-11-24T12:00:00Z"
    assert root.findall("a:entry", ATOM) == []
