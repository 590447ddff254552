"""A city's whole catalogue as one data.json (Project Open Data metadata 1.1); all made up.

It is as large as asked for, so that a benchmark has thousands of datasets like those of a
German city: texts in sentences, a licence, a theme, three files each.
"""

from __future__ import annotations

import json
from typing import Any

from generators.dice import Dice

_PUBLISHER = "Stadt Beispielhausen (erzeugt)"
_SITE = "https://daten.beispiel.example"
_EU = "http://publications.europa.eu/resource/authority/data-theme"
_NOTICE = "Erzeugtes Beispiel: Diese Daten gibt es nicht."
_LICENCES = (
    "https://www.govdata.de/dl-de/by-2-0", "https://www.govdata.de/dl-de/zero-2-0",
    "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/publicdomain/zero/1.0/",
)
_RHYTHMS = ("R/P1Y", "R/P3M", "R/P1M", "R/P1W", "R/P1D")
_PLACES = (
    "Altstadt", "Nordviertel", "Südviertel", "Westend", "Ostheim", "Bergdorf", "Talgrund", "Mühlau", "Rosenhain",
    "Lindenthal", "Eichenau", "Neustadt", "Weststadt", "Hafen", "Sonnenberg", "Kirchfeld", "Ziegelhütte", "Brückental",
    "Steinbach", "Wiesengrund", "Am Anger", "Hochstedt", "Unterau", "Oberau", "Fischersruh", "Schönblick",
    "Waldsiedlung", "Gartenstadt", "Kleinrode", "Großrode",
)
# What the data are about, the EU theme, and words that people search for.
_TOPICS = (
    ("Baumkataster", "ENVI", "Bäume Grünflächen Stadtgrün"), ("Luftgütemessungen", "ENVI", "Luft Feinstaub Ozon"),
    ("Spielplätze", "SOCI", "Kinder Freizeit Spielgeräte"), ("Haltestellen", "TRAN", "Nahverkehr Bus Straßenbahn"),
    ("Radverkehrszählung", "TRAN", "Fahrrad Verkehr Zählstelle"), ("Bebauungspläne", "REGI", "Planung Bauen Satzung"),
    ("Kindertagesstätten", "EDUC", "Kita Betreuung Familie"), ("Schulen und Schulbezirke", "EDUC", "Schule Bildung"),
    ("Einwohnerzahlen", "SOCI", "Bevölkerung Statistik"), ("Arbeitslose und Beschäftigte", "ECON", "Arbeit Wirtschaft"),
    ("Haushaltsplan", "GOVE", "Haushalt Finanzen Ausgaben"), ("Wahlergebnisse", "GOVE", "Wahl Stadtrat Stimmen"),
    ("Straßenbeleuchtung", "ENER", "Laternen Strom Energie"), ("Ladesäulen", "TRAN", "Elektromobilität Laden"),
    ("Photovoltaik auf Dächern", "ENER", "Solar Dächer Strom"), ("Abfallkalender", "ENVI", "Müll Abfuhr Wertstoff"),
    ("Denkmalliste", "EDUC", "Denkmal Kultur Geschichte"), ("Museen und Galerien", "EDUC", "Kultur Ausstellung"),
    ("Sportstätten", "EDUC", "Sport Halle Verein"), ("Apotheken und Notdienste", "HEAL", "Gesundheit Apotheke"),
    ("Pegelstände", "ENVI", "Wasser Hochwasser Fluss"), ("Lärmkartierung", "ENVI", "Lärm Straße Schiene"),
    ("Unfallschwerpunkte", "JUST", "Unfall Verkehrssicherheit"), ("Baustellen", "TRAN", "Sperrung Umleitung Verkehr"),
    ("Parkplätze", "TRAN", "Parken Auto Stellplatz"), ("Mietspiegel", "ECON", "Wohnen Miete"),
    ("Gewerbeanmeldungen", "ECON", "Gewerbe Firmen Gründung"),
    ("Touristische Übernachtungen", "ECON", "Tourismus Hotel"),
    ("Öffentliche Toiletten", "HEAL", "WC Barrierefreiheit"), ("Trinkwasserbrunnen", "ENVI", "Wasser Brunnen Trinken"),
    ("Kleingärten", "AGRI", "Garten Verein Pacht"), ("Wochenmärkte", "AGRI", "Markt Lebensmittel"),
    ("WLAN-Standorte", "TECH", "Internet Hotspot Digitales"), ("Glasfaserausbau", "TECH", "Breitband Netz Digitales"),
    ("Stadtratsbeschlüsse", "GOVE", "Stadtrat Beschluss Politik"), ("Feuerwehreinsätze", "JUST", "Feuerwehr Einsatz"),
    ("Pflegeeinrichtungen", "HEAL", "Pflege Senioren Heim"), ("Badegewässer", "HEAL", "Baden See Wasserqualität"),
    ("Partnerstädte und Austausch", "INTR", "Partnerstadt Europa"),
    ("Bodenrichtwerte", "REGI", "Grundstück Boden Wert"),
)
_FILES = (
    ("CSV", "text/csv", "csv"), ("JSON", "application/json", "json"),
    ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
)
_FIRST_YEAR = 1990


def feed(dice: Dice, count: int = 24, changed: int = 0) -> bytes:
    """The catalogue as UTF-8.

    changed: how many of a hundred datasets differ from those of ``changed=0``, by their
    description, their date and the address of their first file; ids stay.
    """
    document = {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld", "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [_dataset(dice, number, number * 37 % 100 < changed) for number in range(count)],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _dataset(dice: Dice, number: int, newer: bool) -> dict[str, Any]:
    topic, theme, words = _TOPICS[number % len(_TOPICS)]
    place = _PLACES[number // len(_TOPICS) % len(_PLACES)]
    year = _FIRST_YEAR + number // (len(_TOPICS) * len(_PLACES))
    identifier = f"erzeugt-{number:06}"
    licence = dice.pick(_LICENCES, "licence", number)
    west, south = 10 + dice.below(3000, "west", number) / 1000, 50 + dice.below(900, "south", number) / 1000
    return {
        "@type": "dcat:Dataset", "identifier": identifier, "title": f"{topic} {place} {year} (erzeugt)",
        "description": _description(dice, number, topic, place, year, newer), "keyword": [*words.split(), place],
        "accessLevel": "public", "license": licence, "theme": [f"{_EU}/{theme}"], "language": ["de"],
        "issued": f"{year}-{dice.below(12, 'month', number) + 1:02}-{dice.below(28, 'day', number) + 1:02}",
        "modified": "2026-11-20" if newer else f"2026-0{dice.below(9, 'modified', number) + 1}-15",
        "temporal": f"{year}-01-01/{year}-12-31",
        "spatial": f"{west:.3f},{south:.3f},{west + 0.02:.3f},{south + 0.01:.3f}",
        "accrualPeriodicity": dice.pick(_RHYTHMS, "rhythm", number),
        "publisher": {"@type": "org:Organization", "name": _PUBLISHER},
        "contactPoint": {"@type": "vcard:Contact", "fn": "Statistikstelle (erzeugt)",
                         "hasEmail": "mailto:statistik@beispiel.example"},
        "landingPage": f"{_SITE}/dataset/{identifier}",
        "distribution": [_file(identifier, topic, licence, place, kind, newer) for kind in range(len(_FILES))],
    }


def _description(dice: Dice, number: int, topic: str, place: str, year: int, newer: bool) -> str:
    rows = dice.below(9000, "rows", number) + 12
    sentences = [
        f"{topic} im Stadtteil {place}, Stand {year}: {rows} Einträge mit Lage, Bezeichnung und Merkmalen.",
        dice.pick((
            "Die Angaben werden von der zuständigen Stelle erhoben und einmal im Jahr geprüft.",
            "Erfasst wird vor Ort; Änderungen meldet das zuständige Amt laufend nach.",
            "Die Zahlen stammen aus dem Fachverfahren der Verwaltung und sind nicht gerundet.",
        ), "how", number),
        dice.pick((
            "Gebiete mit weniger als fünf Fällen sind zusammengefasst.",
            "Koordinaten sind in WGS 84 angegeben, Flächen in Quadratmetern.",
            "Leere Felder bedeuten, dass keine Angabe vorliegt.",
        ), "note", number),
        _NOTICE,
    ]
    if newer:
        sentences.insert(1, "Im November 2026 wurden die Einträge überarbeitet.")
    return " ".join(sentences)


def _file(identifier: str, topic: str, licence: str, place: str, kind: int, newer: bool) -> dict[str, Any]:
    label, media_type, ending = _FILES[kind]
    version = "-v2" if newer and kind == 0 else ""
    return {
        "@type": "dcat:Distribution", "title": f"{topic} {place} ({label})",
        "description": f"Alle Einträge als {label}.", "format": label, "mediaType": media_type, "license": licence,
        "downloadURL": f"{_SITE}/dataset/{identifier}/{identifier}{version}.{ending}",
    }
