"""Open-vhs 1.2, the "Kurs-XML" of the Deutscher Volkshochschul-Verband, and its dialects.

Standard: https://api.vhs-kursfinder.de/openvhs-1.2.  An export is always whole: an
offer that is no longer in it has been withdrawn.
"""

from __future__ import annotations

from typing import Any

from ckanext.jenasmartcity.connectors import soundness
from ckanext.jenasmartcity.connectors.base import (
    Document,
    Draft,
    Harvest,
    Item,
    Option,
    Reading,
    Rejected,
    Request,
    Source,
    SourceError,
    Text,
)
from ckanext.jenasmartcity.connectors.extent import known, temporal_coverage
from ckanext.jenasmartcity.connectors.learning.openvhs_offer import area, offer
from ckanext.jenasmartcity.connectors.learning.openvhs_tree import Node, tree
from ckanext.jenasmartcity.connectors.values import Refusal

NAME = "open-vhs"
TITLE = Text("Open-vhs (Kurse einer Volkshochschule)", "Open-vhs (courses of an adult education centre)")
ABOUT = Text(
    "Kurse mit Terminen, Orten und Preisen aus dem Kurssystem einer Volkshochschule.",
    "Courses with dates, places and prices from the course system of an adult education centre.",
)
OPTIONS = (
    Option("draft", "mapping", Text("Datensatz", "Dataset"),
           Text("Kennung (id) und Titel (title) des Datensatzes.", "Identifier (id) and title of the dataset.")),
    Option("provider", "text", Text("Anbieter", "Provider"),
           Text("Name des Anbieters, wenn der Export keinen nennt.", "Name of the provider if the export has none.")),
    Option("programme", "text", Text("Programm", "Programme"),
           Text("Name des Programms, z. B. Frühjahr 2027.", "Name of the programme, e.g. spring 2027.")),
)


def read(source: Source) -> Reading:
    """Read one export: a draft of type ``learning-offer`` and an item per offer.

    Raises SourceError "empty", "html", "not-the-format", or "missing-part" for an
    export without any offer.
    """
    document = yield Request(source.url, accept="application/xml, text/xml, application/json;q=0.8, */*;q=0.5")
    return _harvest(source, document)


def _harvest(source: Source, document: Document) -> Harvest:
    root = tree(document)
    nodes = tuple(root.all("veranstaltung"))
    # An export of nothing is a fault of the exporting software, not the end of a school.
    if not nodes:
        raise SourceError("missing-part", document.url, part="veranstaltung")
    wanted = source.options.get("draft") or {}
    draft = str(wanted.get("id") or "lernangebote")
    items: dict[str, Item] = {}
    subjects: dict[str, None] = {}
    rejected: list[Rejected] = []
    for number, node in enumerate(nodes, start=1):
        guid = soundness.first_sound([node.first("guid")]) or ""
        try:
            items[guid] = _offer(node, guid, draft, items)
        except Refusal as bad:
            rejected.append(bad.rejected(guid[:200] or f"veranstaltung#{number}"))
            continue
        subjects.setdefault(area(node) or "")
    fields = _fields(source, root, tuple(items.values()), tuple(sorted(filter(None, subjects))))
    described = Draft(draft, "learning-offer", str(wanted.get("title") or source.title),
                      tags=("Lernangebote", "Kurse", "Weiterbildung"), fields=fields)
    return Harvest(len(nodes), (described,), tuple(items.values()), rejected=tuple(rejected))


def _offer(node: Node, guid: str, draft: str, taken: dict[str, Item]) -> Item:
    if not guid:
        raise Refusal("no-id", "guid")
    if guid in taken:
        raise Refusal("duplicate-id", "guid")
    node.check()
    return offer(node, draft)


def _fields(source: Source, root: Node, items: tuple[Item, ...], subjects: tuple[str, ...]) -> dict[str, Any]:
    period = temporal_coverage(day for item in items for day in (item.start, item.valid_until))
    hull = period[0] if period else {}
    return known(
        provider=_provider(root) or source.options.get("provider"), programme=source.options.get("programme"),
        period_start=hull.get("start"), period_end=hull.get("end"), temporal_coverage=period,
        audience=sorted({name for item in items for name in item.audience}),
        subject=list(subjects), offer_count=len(items),
    )


def _provider(root: Node) -> str:
    # 1.2 puts ersteller into export, older exports beside it or directly below the root.
    return root.first("export", "ersteller", "name") or root.first("ersteller", "name") or root.first("ersteller")


__all__ = ["NAME", "OPTIONS", "TITLE", "read"]
