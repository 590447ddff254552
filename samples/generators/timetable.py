"""A small, whole GTFS feed for Jena.  Names of stops are facts, everything else is made up.

Positions are rounded to three decimals (some 100 m).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from generators.dice import Dice

_SITE = "https://example.org/nahverkehr-erzeugt"
FIRST_DAY, LAST_DAY = "20261001", "20270630"
# Public holidays in Thuringia on which the weekday's service is replaced by the weekend's.
HOLIDAYS = ("20261225", "20270101", "20270326", "20270329", "20270506", "20270517")
_STATION = "jena-paradies"
_STOPS = """
zwaetzen-schleife|Zwätzen Schleife|50.959|11.618
zwaetzen|Zwätzen|50.957|11.617
loebstedt|Löbstedt|50.953|11.614
naumburger-strasse|Naumburger Straße|50.951|11.612
altenburger-strasse|Altenburger Straße|50.949|11.602
an-der-eule|An der Eule|50.946|11.598
nordschule|Nordschule|50.937|11.589
spittelplatz|Spittelplatz|50.933|11.590
universitaet|Universität|50.929|11.591
steinweg|Steinweg|50.929|11.591
loebdergraben|Stadtzentrum Löbdergraben|50.927|11.588
holzmarkt|Holzmarkt|50.927|11.586
ernst-abbe-platz|Ernst-Abbe-Platz|50.928|11.581
paradiesbahnhof|Paradiesbahnhof|50.925|11.588
paradiesbahnhof-west|Paradiesbahnhof West|50.925|11.586
busbahnhof|Busbahnhof Knebelstraße|50.926|11.589
jenertal|Jenertal|50.920|11.590
sportforum|Sportforum|50.915|11.587
burgaupark|Burgaupark|50.898|11.594
alte-burgauer-bruecke|Alte Burgauer Brücke|50.895|11.597
lobeda|Lobeda|50.892|11.602
platanenstrasse|Platanenstraße|50.887|11.616
klinikum|Universitätsklinikum|50.884|11.620
richard-sorge-strasse|Richard-Sorge-Straße|50.882|11.623
lobeda-ost|Lobeda-Ost|50.880|11.635
emil-woelk-strasse|Emil-Wölk-Straße|50.885|11.608
lobeda-west|Lobeda-West|50.883|11.603
goeschwitz|Bahnhof Göschwitz|50.884|11.595
felsenkeller|Felsenkeller|50.921|11.581
muehlenstrasse|Mühlenstraße|50.915|11.577
damaschkeweg|Damaschkeweg|50.900|11.579
winzerla|Winzerla|50.895|11.583
jena-ost|Jena Ost|50.934|11.620
jenzigweg|Jenzigweg|50.934|11.608
geschwister-scholl-strasse|Geschwister-Scholl-Straße|50.929|11.600
westbahnhof|Westbahnhof|50.924|11.573
beutenberg|Beutenberg Campus|50.909|11.569
ziegenhain|Ziegenhain|50.917|11.618
kunitz|Kunitz|50.956|11.641
"""
_IN_STATION = ("paradiesbahnhof", "paradiesbahnhof-west", "busbahnhof")


class Line(NamedTuple):
    """headway: minutes between departures on weekdays and at the weekend (0: none); pace: minutes per stop."""

    id: str
    route_type: int
    color: str
    headway: tuple[int, int]
    pace: int
    stops: tuple[str, ...]


def _line(id_: str, route_type: int, color: str, headway: tuple[int, int], pace: int, stops: str) -> Line:
    return Line(id_, route_type, color, headway, pace, tuple(stops.split()))


_TRAM, _BUS = 0, 3
LINES = (
    _line("E1", _TRAM, "C8102E", (30, 60), 2, """zwaetzen-schleife zwaetzen loebstedt naumburger-strasse
        altenburger-strasse an-der-eule nordschule spittelplatz universitaet loebdergraben paradiesbahnhof jenertal
        sportforum burgaupark alte-burgauer-bruecke lobeda platanenstrasse klinikum richard-sorge-strasse
        lobeda-ost"""),
    _line("E2", _TRAM, "005CA9", (30, 60), 2, """jena-ost jenzigweg geschwister-scholl-strasse steinweg
        loebdergraben holzmarkt paradiesbahnhof-west felsenkeller muehlenstrasse damaschkeweg winzerla"""),
    _line("E3", _TRAM, "00843D", (30, 60), 2, """ernst-abbe-platz holzmarkt paradiesbahnhof-west jenertal
        sportforum burgaupark goeschwitz lobeda-west emil-woelk-strasse"""),
    _line("E11", _BUS, "7A4E9F", (60, 120), 3, """busbahnhof paradiesbahnhof holzmarkt ernst-abbe-platz
        westbahnhof beutenberg winzerla"""),
    _line("E12", _BUS, "E37222", (60, 120), 3, """busbahnhof steinweg geschwister-scholl-strasse
        ziegenhain"""),
    _line("E13", _BUS, "4D4D4D", (60, 0), 4, "busbahnhof spittelplatz nordschule zwaetzen kunitz"),
)
# Service day in minutes: the last departures run past midnight, as 24:10:00 and later.
_FIRST_DEPARTURE, _LAST_DEPARTURE = 5 * 60, 24 * 60 + 10
_SERVICES = ("mo-fr", "wochenende")

Rows = list[Sequence[object]]


def feed(dice: Dice) -> bytes:
    """The ZIP; stored, not compressed, so that its bytes depend on no version of zlib."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, rows in _files(dice).items():
            info = zipfile.ZipInfo(f"{name}.txt", (2026, 10, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, _csv(rows))
    return buffer.getvalue()


def _csv(rows: Rows) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _files(dice: Dice) -> dict[str, Rows]:
    trips, stop_times = _trips(dice)
    return {
        "agency": [
            ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"),
            ("erzeugt", "(erzeugt) Nahverkehr Beispiel", _SITE, "Europe/Berlin", "de"),
        ],
        "stops": list(_stops(dice)),
        "routes": list(_routes()),
        "calendar": [
            ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
             "start_date", "end_date"),
            ("mo-fr", 1, 1, 1, 1, 1, 0, 0, FIRST_DAY, LAST_DAY),
            ("wochenende", 0, 0, 0, 0, 0, 1, 1, FIRST_DAY, LAST_DAY),
        ],
        "calendar_dates": [
            ("service_id", "date", "exception_type"),
            *(row for day in HOLIDAYS for row in (("mo-fr", day, 2), ("wochenende", day, 1))),
        ],
        "shapes": list(_shapes()),
        "trips": trips,
        "stop_times": stop_times,
        "feed_info": [
            ("feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date", "feed_end_date",
             "feed_version", "feed_contact_url"),
            ("Beispieldaten (erzeugt)", _SITE, "de", FIRST_DAY, LAST_DAY,
             "2026-10 (erzeugt)", _SITE),
        ],
    }


def _places() -> dict[str, tuple[str, str, str]]:
    listed = (line.split("|") for line in _STOPS.strip().splitlines())
    return {id_: (name, lat, lon) for id_, name, lat, lon in listed}


def _stops(dice: Dice) -> Iterator[Sequence[object]]:
    yield ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station", "wheelchair_boarding")
    yield (_STATION, "Jena Paradies Bahnhof", "50.925", "11.588", 1, "", "")
    for id_, (name, lat, lon) in _places().items():
        parent = _STATION if id_ in _IN_STATION else ""
        yield (id_, f"Jena, {name}", lat, lon, 0, parent, dice.pick((1, 1, 2, 0), "wheelchair", id_))


def _routes() -> Iterator[Sequence[object]]:
    yield ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type", "route_color",
           "route_text_color")
    places = _places()
    for line in LINES:
        title = f"{places[line.stops[0]][0]} – {places[line.stops[-1]][0]} (erzeugt)"
        yield (line.id, "erzeugt", line.id, title, line.route_type, line.color, "FFFFFF")


def _shapes() -> Iterator[Sequence[object]]:
    yield ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
    places = _places()
    for line in LINES:
        for direction, stops in enumerate((line.stops, line.stops[::-1])):
            for number, stop in enumerate(stops):
                yield (f"{line.id}-{direction}", *places[stop][1:], number)


def _trips(dice: Dice) -> tuple[Rows, Rows]:
    trips: Rows = [("route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "shape_id",
                    "wheelchair_accessible", "bikes_allowed")]
    times: Rows = [("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")]
    places = _places()
    for line in LINES:
        for service, headway in zip(_SERVICES, line.headway, strict=True):
            for direction, stops in enumerate((line.stops, line.stops[::-1])):
                offset = dice.below(10, line.id, direction)
                for start in range(_FIRST_DEPARTURE + offset, _LAST_DEPARTURE + 1, headway) if headway else ():
                    trip = f"{line.id}-{direction}-{service}-{_clock(start)[:5].replace(':', '')}"
                    low_floor = dice.pick((1, 1, 1, 2), "low floor", trip)
                    trips.append((line.id, service, trip, places[stops[-1]][0], direction, f"{line.id}-{direction}",
                                  low_floor, 1))
                    times += _calls(trip, stops, start, line.pace)
    return trips, times


def _calls(trip: str, stops: Sequence[str], start: int, pace: int) -> Iterator[Sequence[object]]:
    for number, stop in enumerate(stops):
        clock = _clock(start + number * pace)
        yield (trip, clock, clock, stop, number + 1)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"
