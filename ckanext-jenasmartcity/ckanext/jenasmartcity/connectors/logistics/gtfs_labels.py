"""What the columns of a timetable are called in the data dictionary.

Only the fields that readers of a timetable meet; others keep the standard's name.
"""

from __future__ import annotations

from ckanext.jenasmartcity.connectors.base import Text

_LABELS = """
agency_id: Kennung des Unternehmens | Agency id
agency_name: Name des Unternehmens | Agency name
agency_url: Internetseite des Unternehmens | Agency website
agency_timezone: Zeitzone | Time zone
agency_lang: Sprache | Language
agency_phone: Telefon | Telephone
agency_email: E-Mail | E-mail
stop_id: Kennung der Haltestelle | Stop id
stop_code: Kurzzeichen der Haltestelle | Stop code
stop_name: Name der Haltestelle | Stop name
stop_desc: Beschreibung der Haltestelle | Stop description
stop_lat: Breite (WGS 84) | Latitude (WGS 84)
stop_lon: Länge (WGS 84) | Longitude (WGS 84)
zone_id: Tarifzone | Fare zone
location_type: Art des Orts (0 Haltepunkt, 1 Station) | Kind of place (0 stop, 1 station)
parent_station: Gehört zur Station | Parent station
wheelchair_boarding: Einstieg mit Rollstuhl (1 möglich, 2 nicht möglich) | Wheelchair boarding (1 possible, 2 not)
platform_code: Steig | Platform
route_id: Kennung der Linie | Route id
route_short_name: Linie | Route
route_long_name: Linienverlauf | Route description
route_type: Verkehrsmittel (0 Straßenbahn, 2 Bahn, 3 Bus) | Mode (0 tram, 2 rail, 3 bus)
route_color: Farbe der Linie | Route colour
route_text_color: Schriftfarbe der Linie | Route text colour
service_id: Kennung der Verkehrstage | Service id
monday: Montag | Monday
tuesday: Dienstag | Tuesday
wednesday: Mittwoch | Wednesday
thursday: Donnerstag | Thursday
friday: Freitag | Friday
saturday: Samstag | Saturday
sunday: Sonntag | Sunday
start_date: Erster Tag | First day
end_date: Letzter Tag | Last day
date: Tag | Day
exception_type: Abweichung (1 fährt, 2 fährt nicht) | Exception (1 runs, 2 does not run)
trip_id: Kennung der Fahrt | Trip id
trip_headsign: Fahrtziel | Headsign
direction_id: Richtung | Direction
shape_id: Kennung des Linienwegs | Shape id
wheelchair_accessible: Mitnahme von Rollstühlen (1 ja, 2 nein) | Wheelchairs on board (1 yes, 2 no)
bikes_allowed: Mitnahme von Fahrrädern (1 ja, 2 nein) | Bicycles on board (1 yes, 2 no)
arrival_time: Ankunft (über 24:00 am Folgetag) | Arrival (past 24:00 on the next day)
departure_time: Abfahrt (über 24:00 am Folgetag) | Departure (past 24:00 on the next day)
stop_sequence: Reihenfolge des Halts | Order of the stop
pickup_type: Einstieg (0 regulär, 1 keiner) | Pick-up (0 regular, 1 none)
drop_off_type: Ausstieg (0 regulär, 1 keiner) | Drop-off (0 regular, 1 none)
shape_pt_lat: Breite (WGS 84) | Latitude (WGS 84)
shape_pt_lon: Länge (WGS 84) | Longitude (WGS 84)
shape_pt_sequence: Reihenfolge des Punkts | Order of the point
feed_publisher_name: Herausgeber | Publisher
feed_publisher_url: Internetseite des Herausgebers | Publisher website
feed_lang: Sprache | Language
feed_start_date: Gültig ab | Valid from
feed_end_date: Gültig bis | Valid until
feed_version: Version | Version
geometry: Lage | Location
ortsteil: Ortsteil | District
"""


def _parsed() -> dict[str, Text]:
    labels = {}
    for line in _LABELS.strip().splitlines():
        name, texts = line.split(": ", 1)
        german, english = texts.split(" | ")
        labels[name] = Text(german, english)
    return labels


LABELS: dict[str, Text] = _parsed()

__all__ = ["LABELS"]
