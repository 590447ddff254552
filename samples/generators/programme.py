"""A programme in Open-vhs 1.2 as a Volkshochschule in Jena might export it; all made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from generators.courses import Course, Place, courses, places
from generators.dice import Dice

_NAMESPACE = "http://www.dvv-vhs.de/Open-VHS"
_FIRST_DAY = dt.date(2026, 11, 24)
_DAYS = 245
# A week in which much is free in Lobeda, for "what is on near me next week".
_LOBEDA = "Stadtteilzentrum LISA Lobeda"
_LOBEDA_WEEK = dt.date(2026, 11, 30)
_LOBEDA_OFFERS = 8
# The first places are public buildings, the others made-up rooms.
_HOUSES = 4
_WINTER_BREAK = (dt.date(2026, 12, 21), dt.date(2027, 1, 3))
_STARTS = ("09:00", "10:00", "14:00", "16:30", "17:30", "18:00", "19:00")
# The second time a course is offered, its title says when, and its times keep to that.
_ROUNDS = {"Abendkurs": ("18:00", "19:00"), "Samstagskurs": ("09:00", "10:00", "14:00"),
           "Vormittagskurs": ("09:00", "10:00")}
_MODES = {"online": "online_angebot", "blended": "blended_learning", "self": "selbstlernangebot"}
_WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_NOTICE = "Erzeugtes Beispiel: Dieses Angebot findet nicht statt."


def feed(dice: Dice) -> bytes:
    """The export as UTF-8."""
    ET.register_namespace("openvhs", _NAMESPACE)
    root = ET.Element(f"{{{_NAMESPACE}}}veranstaltungen", version="1.2")
    export = ET.SubElement(root, "export")
    _text(export, "erstellungszeitpunkt", "2026-11-24T03:00:00+01:00")
    creator = ET.SubElement(export, "ersteller")
    _text(creator, "guid", "ERZEUGT-VHS-JENA")
    _text(creator, "name", "Volkshochschule Jena (erzeugt)")
    listed = courses()
    for number in range(2 * len(listed)):
        _offer(root, dice, number, listed[number % len(listed)])
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="utf-8") + b"\n"


def _text(parent: ET.Element, name: str, text: object) -> None:
    ET.SubElement(parent, name).text = str(text)


def _offer(root: ET.Element, dice: Dice, number: int, course: Course) -> None:
    node = ET.SubElement(root, "veranstaltung")
    code = f"E27-{number + 1:03}"
    second = number >= len(courses())
    when = dice.pick(tuple(_ROUNDS), "round", number) if second and course.mode != "self" else ""
    _text(node, "guid", f"ERZEUGT-{number + 1:04}")
    _text(node, "nummer", code)
    _text(node, "name", f"{course.title}{f' – {when}' if when else ''} (erzeugt)")
    ET.SubElement(node, "dvv_kategorie", version="2.0").text = course.area
    if course.mode:
        mark = ET.SubElement(ET.SubElement(node, "merkmale"), "merkmal")
        _text(mark, "name", "kursart_digital")
        _text(mark, "wert", _MODES[course.mode])
    if course.level:
        _text(node, "level", course.level)
    free_in_lobeda = not course.price and not course.mode and not second
    place = _place(dice, number, free_in_lobeda)
    _numbers(node, dice, number)
    days = _days(dice, number, course, when, in_week=free_in_lobeda and place.name == _LOBEDA)
    _dates(node, days, course)
    _words(node, course)
    if course.mode not in ("online", "self"):
        _venue(node, place)
    _meetings(node, days, dice.pick(_ROUNDS.get(when, _STARTS), "start", number))
    _price(node, course)
    page = ET.SubElement(node, "webadresse")
    _text(page, "typ", "website")
    _text(page, "name", "Kursdetails")
    _text(page, "uri", f"https://vhs.beispiel.example/kurse/{code}")
    _text(ET.SubElement(node, "anmeldung"), "mail", "vhs@beispiel.example")


def _place(dice: Dice, number: int, free_in_lobeda: bool) -> Place:
    listed = places()
    if free_in_lobeda:
        # The first free courses of the list go to Lobeda, the rest anywhere.
        earlier = sum(not course.price and not course.mode for course in courses()[:number])
        if earlier < _LOBEDA_OFFERS:
            return next(place for place in listed if place.name == _LOBEDA)
    # Every second offer is in one of the known houses; the others go round the districts.
    if number % 2:
        return dice.pick(listed[:_HOUSES], "place", number)
    rooms = listed[_HOUSES:]
    return rooms[(number // 2 + number // len(courses()) * 13) % len(rooms)]


def _numbers(node: ET.Element, dice: Dice, number: int) -> None:
    most = 8 + dice.below(10, "most", number)
    _text(node, "minimale_teilnehmerzahl", 5)
    # -1 is what exports write for "unknown".
    _text(node, "aktuelle_teilnehmerzahl", -1 if number % 7 == 0 else dice.below(most + 1, "taken", number))
    _text(node, "maximale_teilnehmerzahl", most)


def _days(dice: Dice, number: int, course: Course, when: str, in_week: bool) -> list[dt.date]:
    """Days of the meetings, a week apart; none for learning at one's own pace."""
    if course.mode == "self":
        return []
    if in_week:
        first = _LOBEDA_WEEK + dt.timedelta(days=dice.below(6, "day", number))
    else:
        # Some begin at once, so that the list is never empty on the first days.
        room = 6 if number % 20 == 7 else _DAYS - 7 * course.meetings
        first = _on_its_weekday(_FIRST_DAY + dt.timedelta(days=dice.below(room, "day", number)), when)
    days = [first + dt.timedelta(weeks=week) for week in range(course.meetings)]
    kept = [day for day in days if not _WINTER_BREAK[0] <= day <= _WINTER_BREAK[1]]
    return kept or [first + dt.timedelta(weeks=3)]


def _on_its_weekday(day: dt.date, when: str) -> dt.date:
    """The day or one after it: Saturdays for Saturday courses, never a Sunday."""
    if when == "Samstagskurs":
        return day + dt.timedelta(days=(5 - day.weekday()) % 7)
    return day + dt.timedelta(days=1) if day.weekday() == 6 else day


def _dates(node: ET.Element, days: list[dt.date], course: Course) -> None:
    if days:
        _text(node, "anzahl_termine", len(days))
        _text(node, "beginn_datum", days[0])
        _text(node, "dauer", f"{2 * len(days)}.0")
        _text(node, "ende_datum", days[-1])
        _text(node, "wochentag", _WEEKDAYS[days[0].weekday()])
    _text(node, "zielgruppe", course.audience)


def _words(node: ET.Element, course: Course) -> None:
    for word in course.keywords:
        _text(node, "schlagwort", word)
    text = ET.SubElement(node, "text")
    _text(text, "eigenschaft", "Beschreibung")
    _text(text, "text", f"{course.title}: Themen sind {', '.join(course.keywords)}. {_NOTICE}")


def _venue(node: ET.Element, place: Place) -> None:
    venue = ET.SubElement(node, "veranstaltungsort")
    _text(venue, "name", place.name)
    address = ET.SubElement(venue, "adresse")
    for name, value in (("land", "Deutschland"), ("plz", place.postcode), ("ort", "Jena"),
                        ("ortsteil", place.district), ("strasse", place.street)):
        if value:
            _text(address, name, value)
    if place.accessible:
        _text(venue, "barrierefrei", place.accessible)


def _meetings(node: ET.Element, days: list[dt.date], start: str) -> None:
    for day in days:
        meeting = ET.SubElement(node, "termin")
        for name, value in _meeting(day, start):
            _text(meeting, name, value)


def _meeting(day: dt.date, start: str) -> Iterator[tuple[str, object]]:
    yield "beginn_datum", day
    yield "beginn_uhrzeit", f"{start}:00"
    hour, _, minute = start.partition(":")
    yield "ende_uhrzeit", f"{(int(hour) * 60 + int(minute) + 90) // 60:02}:{(int(minute) + 90) % 60:02}:00"


def _price(node: ET.Element, course: Course) -> None:
    price = ET.SubElement(node, "preis")
    _text(price, "betrag", f"{course.price / 100:.2f}")
    if course.price:
        _text(price, "rabatt_moeglich", "true" if course.price > 3000 else "false")
        if course.price > 8000:
            _text(price, "zusatz", "zzgl. Material (erzeugt)")
