"""One ``veranstaltung`` of Open-vhs as an item (names after schema.org Course).

Persons stay out: ``dozent`` and ``ansprechperson`` are never read, and an e-mail
address is taken only if it is that of an office.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar

from ckanext.jenasmartcity.connectors.base import Item
from ckanext.jenasmartcity.connectors.learning.openvhs_tree import Node
from ckanext.jenasmartcity.connectors.learning.openvhs_values import count, day, euro, moment, truth
from ckanext.jenasmartcity.connectors.values import Refusal

Mode = Literal["onsite", "online", "blended", "self-paced"]
Session = tuple[dt.datetime, dt.datetime | None]
Value = TypeVar("Value")

_MODES: dict[str, Mode] = {
    "online_angebot": "online", "blended_learning": "blended", "selbstlernangebot": "self-paced",
}
# Programme areas of the DVV's classification, by its version (1 until 2017, 2 since 2018).
_AREAS = {
    "1": ("Politik – Gesellschaft – Umwelt", "Kultur – Gestalten", "Gesundheit", "Sprachen", "Arbeit – Beruf",
          "Grundbildung – Schulabschlüsse"),
    "2": ("Politik – Gesellschaft – Umwelt", "Kultur – Gestalten", "Gesundheit", "Sprachen",
          "Qualifikationen für das Arbeitsleben – IT – Organisation/Management",
          "Schulabschlüsse – Studienzugang und -begleitung", "Grundbildung"),
}
# Words of which the address of an office is made; any other part may be a name.
_OFFICE = frozenset((
    "info", "vhs", "kontakt", "anmeldung", "service", "post", "mail", "kurse", "kurs", "beratung", "sekretariat",
    "verwaltung", "bildung", "programm", "volkshochschule", "team", "office", "stadt", "bibliothek", "buecherei",
    "sprachen", "deutsch", "integration", "gesundheit", "kultur", "beruf", "grundbildung", "support",
))
_EMAIL = re.compile(r"(?P<local>[A-Za-z0-9._+-]{1,64})@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
# A session that ends before it begins runs past midnight, but none lasts longer than this.
_LONGEST = dt.timedelta(hours=12)


def offer(node: Node, draft: str) -> Item:
    """Read one offer.

    An offer without dates is one (start and end None).  An end before the begin is a
    slip of the source: it is left out rather than shown.  Raises Refusal.
    """
    name = node.first("name")
    if not name:
        raise Refusal("missing", "name")
    times = _times(node)
    place = _place(node)
    price = _checked("preis/betrag", euro, node.first("preis", "betrag"))
    return Item(
        id=node.first("guid"), draft=draft, name=name, description=_description(node),
        subjects=node.texts("schlagwort"), audience=node.texts("zielgruppe"),
        course_code=node.first("nummer") or None, course_mode=_mode(node, place),
        start=times.start, end=times.end, sessions=times.sessions, valid_until=times.last,
        place_name=place.name, place_street=place.street, place_postcode=place.postcode, place_town=place.town,
        place_district=place.district or node.first("bezirk") or None, place_accessible=place.accessible,
        price=price, price_note=_price_note(node), free_of_charge=None if price is None else price == Decimal(0),
        places_minimum=_checked("minimale_teilnehmerzahl", count, node.first("minimale_teilnehmerzahl")),
        places_total=_checked("maximale_teilnehmerzahl", count, node.first("maximale_teilnehmerzahl")),
        places_taken=_checked("aktuelle_teilnehmerzahl", count, node.first("aktuelle_teilnehmerzahl")),
        level=node.first("level") or None, certificate=_certificate(node),
        contact_email=_office_address(node), url=_url(node), category=category(node),
    )


def category(node: Node) -> str | None:
    """Code and programme area, e.g. "4.06 Sprachen"; the code alone where the area is unknown."""
    code = node.first("dvv_kategorie")
    name = area(node)
    return f"{code} {name}" if code and name else code or None


def area(node: Node) -> str | None:
    """Programme area of the DVV's classification, e.g. "Sprachen"."""
    found = next(node.all("dvv_kategorie"), None)
    if found is None:
        return None
    areas = _AREAS.get(found.attributes.get("version", "2").partition(".")[0], ())
    number = found.text.partition(".")[0]
    return areas[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(areas) else None


def _checked(field: str, read: Callable[[str], Value], raw: str) -> Value:
    try:
        return read(raw)
    except Refusal as error:
        raw = error.values["value"]
        values = {"detail": f"{field} »{raw}«"} if error.code == "not-readable" else {"value": raw}
        raise Refusal(error.code, field, **values) from error


def _description(node: Node) -> str:
    # One dialect writes the text directly into the outer element.
    texts = (text for outer in node.all("text") for text in (*outer.texts("text"), outer.text) if text)
    return "\n\n".join(dict.fromkeys((*node.texts("untertitel"), *texts)))


@dataclass(frozen=True, slots=True)
class _Times:
    start: dt.datetime | dt.date | None
    end: dt.datetime | dt.date | None
    sessions: tuple[Session, ...]
    last: dt.date | None


def _times(node: Node) -> _Times:
    begin = _checked("beginn_datum", day, node.first("beginn_datum"))
    end = _checked("ende_datum", day, node.first("ende_datum"))
    days: list[dt.date] = [begin] if begin else []
    sessions: list[Session] = []
    for date in (*node.all("termin"), *node.all("ortetermine", "termin")):
        on = _checked("termin/beginn_datum", day, date.first("beginn_datum"))
        if on is None:
            continue
        until = _checked("termin/ende_datum", day, date.first("ende_datum")) or on
        days += [on, until]
        sessions += _session(date, on, until)
    sessions.sort(key=lambda session: session[0])
    first_day, end = begin or min(days, default=None), _end_day(end, days)
    last = max((*days, end), default=None) if end else max(days, default=None)
    return _Times(_start_of(first_day, sessions), _end_of(end, sessions), tuple(dict.fromkeys(sessions)), last)


def _end_day(end: dt.date | None, days: list[dt.date]) -> dt.date | None:
    if end is None:
        return max(days) if len(days) > 1 else None
    return end if not days or end >= min(days) else None


def _session(date: Node, on: dt.date, until: dt.date) -> Iterator[Session]:
    start = _checked("termin/beginn_uhrzeit", lambda raw: moment(on, raw), date.first("beginn_uhrzeit"))
    end = _checked("termin/ende_uhrzeit", lambda raw: moment(until, raw), date.first("ende_uhrzeit"))
    # A day without a time is a date of the offer, but no session that one could come to.
    if start is None:
        return
    if end and end < start:
        end += dt.timedelta(days=1)
        end = end if end - start <= _LONGEST else None
    yield start, end if end != start else None


def _start_of(first: dt.date | None, sessions: list[Session]) -> dt.datetime | dt.date | None:
    return next((start for start, _ in sessions if start.date() == first), first)


def _end_of(last: dt.date | None, sessions: list[Session]) -> dt.datetime | dt.date | None:
    return max((end for _, end in sessions if end and end.date() == last), default=last)


@dataclass(frozen=True, slots=True)
class _Place:
    name: str | None
    street: str | None
    postcode: str | None
    town: str | None
    district: str | None
    accessible: bool | None


def _place(node: Node) -> _Place:
    standard = tuple(node.all("veranstaltungsort"))
    dialect = tuple(node.all("ortetermine", "adresse"))
    place = next(iter(standard or dialect), Node(""))
    address = next(place.all("adresse"), place)
    flags = [_checked("veranstaltungsort/barrierefrei", truth, entry.first("barrierefrei")) for entry in standard]
    flags += [_checked("ortetermine/adresse/behindertenzugang", truth, entry.first("behindertenzugang"))
              for entry in dialect]
    return _Place(
        place.first("name") or place.first("lehrstaette") or None, address.first("strasse") or None,
        address.first("plz") or None, address.first("ort") or None, address.first("ortsteil") or None,
        _everywhere(flags),
    )


def _everywhere(flags: list[bool | None]) -> bool | None:
    """An offer is accessible only if all its places are; one unknown leaves it unknown."""
    if False in flags:
        return False
    return True if flags and None not in flags else None


def _mode(node: Node, place: _Place) -> Mode | None:
    for mark in node.all("merkmale", "merkmal"):
        if mark.first("name") == "kursart_digital" and mark.first("wert") in _MODES:
            return _MODES[mark.first("wert")]
    return "onsite" if place.street or place.postcode else None


def _price_note(node: Node) -> str | None:
    notes = list(node.texts("preis", "zusatz"))
    if not notes and _checked("preis/rabatt_moeglich", truth, node.first("preis", "rabatt_moeglich")):
        notes.append("Ermäßigung möglich")
    return "; ".join(notes) or None


def _certificate(node: Node) -> str | None:
    found = (": ".join((*entry.texts("name"), *entry.texts("text"))) for entry in node.all("zertifikat"))
    return "; ".join(text for text in found if text) or None


def _office_address(node: Node) -> str | None:
    for address in (*node.texts("anmeldung", "mail"), *node.texts("anmeldung", "email")):
        match = _EMAIL.fullmatch(address)
        if match and set(re.split(r"[._+-]", match["local"].lower())) <= _OFFICE:
            return address
    return None


def _url(node: Node) -> str | None:
    pages = list(node.all("webadresse"))
    ordered = [page for kind in ("website", "", "website_mobile") for page in pages if page.first("typ") == kind]
    addresses = [page.first("uri") for page in ordered] + list(node.texts("anmeldung", "link"))
    return next((address for address in addresses if re.match(r"https?://[^\s/]", address)), None)


__all__ = ["area", "category", "offer"]
