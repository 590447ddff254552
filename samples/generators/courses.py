"""What the generated programme is made of: courses and public places.

Titles are such as any Volkshochschule has; no person, date, price or equipment is real.
"""

from __future__ import annotations

from typing import NamedTuple


class Course(NamedTuple):
    """area: number of the DVV's classification; mode "" (on site), online, blended or self; price in cents."""

    title: str
    area: str
    keywords: tuple[str, ...]
    audience: str
    mode: str
    meetings: int
    price: int
    level: str


class Place(NamedTuple):
    """accessible: "true", "false" or "" where the source does not say."""

    name: str
    street: str
    postcode: str
    district: str
    accessible: str


_COURSES = """
Nähmaschinenführerschein|2.09|Nähen,Handarbeit|Erwachsene||2|2800|
Bewerbungstraining|5.06|Bewerbung,Beruf|Arbeitssuchende||3|0|
Smartphonesprechstunde|5.01|Smartphone,Digitales|Seniorinnen und Senioren||1|0|
Digitalisierungswerkstatt|5.01|Digitalisierung,Verwaltung|Erwachsene|blended|4|4500|
Gebärdensprachkurs|4.26|Gebärdensprache,Inklusion|Erwachsene||10|7900|A1
Leichte Sprache verstehen und schreiben|7.01|Leichte Sprache,Inklusion|Ehrenamtliche||2|0|
Alphabetisierungskurs Lesen und Schreiben|7.01|Lesen,Schreiben,Grundbildung|Erwachsene mit Leseschwierigkeiten||12|0|
Rechnen im Alltag|7.02|Rechnen,Grundbildung|Erwachsene||8|0|
Deutsch als Zweitsprache|4.04|Deutsch,Integration|Zugewanderte||12|0|A1
Deutsch für den Beruf|4.04|Deutsch,Beruf|Zugewanderte|blended|12|4900|B2
Englisch für den Urlaub|4.06|Englisch,Reisen|Erwachsene||8|6400|A2
Konversationskurs Englisch|4.06|Englisch,Konversation|Erwachsene|online|10|7200|B1
Französisch Grundstufe|4.08|Französisch|Erwachsene||10|7200|A1
Spanisch Grundstufe|4.22|Spanisch|Erwachsene||10|7200|A1
Polnisch für Nachbarn|4.17|Polnisch|Erwachsene|online|8|6400|A1
Ukrainisch Schnupperabend|4.24|Ukrainisch|Erwachsene||1|0|A1
Tabellenkalkulation für Einsteiger|5.01|Tabellenkalkulation,Büro|Berufstätige||3|5400|
Textverarbeitung im Büroalltag|5.01|Textverarbeitung,Büro|Berufstätige|online|3|5400|
Programmierwerkstatt Python|5.01|Programmieren,Python|Jugendliche||6|3000|
Datenschutzgrundlagen für Vereine|5.01|Datenschutz,Ehrenamt|Ehrenamtliche|online|1|0|
Online-Behördengänge leicht gemacht|5.01|Verwaltung,Digitales|Seniorinnen und Senioren||1|0|
Passwortsicherheit und Betrugsschutz|5.01|Sicherheit,Digitales|Seniorinnen und Senioren||1|0|
Buchführungsgrundlagen|5.03|Buchführung,Beruf|Berufstätige|blended|8|12900|
Existenzgründungsseminar|5.05|Gründung,Beruf|Gründerinnen und Gründer||2|3900|
Projektmanagement kompakt|5.05|Projektmanagement|Berufstätige|self|1|8900|
Rückenschule|3.02|Bewegung,Rücken|Erwachsene||10|6800|
Wassergymnastik|3.02|Bewegung,Wasser|Seniorinnen und Senioren||10|8400|
Sturzprophylaxe und Gleichgewichtstraining|3.02|Bewegung,Alter|Seniorinnen und Senioren||8|2400|
Entspannungstechniken für den Feierabend|3.01|Entspannung|Berufstätige||6|4800|
Yoga am Morgen|3.01|Yoga,Entspannung|Erwachsene||10|7000|
Rollstuhltanz|3.02|Tanz,Inklusion|Menschen mit Behinderung||6|0|
Ernährungsberatung im Alltag|3.03|Ernährung|Familien||2|1800|
Brotbackwerkstatt|3.03|Backen,Ernährung|Erwachsene||1|2600|
Resteküche statt Lebensmittelverschwendung|3.03|Kochen,Umwelt|Familien||1|0|
Erste Hilfe am Kind|3.04|Erste Hilfe|Eltern||1|2900|
Aquarellmalerei|2.05|Malen,Kunst|Erwachsene||8|7600|
Zeichenwerkstatt|2.05|Zeichnen,Kunst|Jugendliche||6|2000|
Töpferkurs|2.06|Töpfern,Handwerk|Erwachsene||6|8200|
Fotospaziergang|2.12|Fotografie|Erwachsene||1|1200|
Schreibwerkstatt Lebensgeschichten|2.01|Schreiben,Literatur|Seniorinnen und Senioren||6|3600|
Bilderbuchkino|2.01|Vorlesen,Bibliothek|Kinder||1|0|
Lesecafé|2.01|Lesen,Bibliothek|Erwachsene||1|0|
Trommelworkshop|2.02|Musik|Familien||2|2400|
Liederabend zum Mitsingen|2.02|Musik|Seniorinnen und Senioren||1|0|
Fahrradreparaturwerkstatt|1.09|Fahrrad,Reparatur|Erwachsene||1|0|
Balkonkraftwerke verstehen|1.09|Energie,Klimaschutz|Mieterinnen und Mieter||1|0|
Heizkostenabrechnung prüfen|1.08|Wohnen,Verbraucherschutz|Mieterinnen und Mieter||1|0|
Stadtgeschichte Lobedas|1.01|Geschichte,Lobeda|Erwachsene||2|800|
Kommunalpolitik zum Mitmachen|1.02|Politik,Beteiligung|Erwachsene||2|0|
Faktencheck und Medienkompetenz|1.02|Medien,Politik|Jugendliche|online|2|0|
Patientenverfügung und Vorsorgevollmacht|1.06|Recht,Vorsorge|Seniorinnen und Senioren||1|500|
Elterngesprächskreis|1.05|Familie,Erziehung|Eltern||4|0|
Naturgartenpraxis|1.09|Garten,Umwelt|Erwachsene||3|2100|
Hauptschulabschluss nachholen|6.01|Schulabschluss|Erwachsene ohne Abschluss||12|0|
Prüfungsvorbereitung Mathematik|6.02|Mathematik,Prüfung|Schülerinnen und Schüler|blended|6|3000|
Sensorbau für Stadtklima|1.09|Sensoren,Klima,Digitales|Jugendliche||3|0|
Offene Lernwerkstatt|7.01|Lernen,Grundbildung|Erwachsene||4|0|
Nachbarschaftsfrühstück mit Lerntipps|1.05|Nachbarschaft|Familien||1|0|
Sprachcafé|4.04|Deutsch,Begegnung|Zugewanderte||4|0|A2
Tastschreiben|5.02|Büro,Schreiben|Jugendliche|self|1|2500|
"""

_PLACES = """
Volkshochschule Jena|Grietgasse 17a|07743|Jena-Zentrum|true
Ernst-Abbe-Bibliothek|Engelplatz|07743|Jena-Zentrum|true
Stadtteilzentrum LISA Lobeda|Werner-Seelenbinder-Straße 28a|07747|Neulobeda|true
Stadtteilbüro Winzerla|Anna-Siemsen-Straße 49|07745|Winzerla|
"""
# The other districts: a room that does not exist, named as such.
_DISTRICTS = (
    ("Ammerbach", "07745"), ("Burgau", "07745"), ("Closewitz", "07751"), ("Cospeda", "07751"),
    ("Drackendorf", "07751"), ("Göschwitz", "07745"), ("Ilmnitz", "07751"), ("Isserstedt", "07751"),
    ("Jena-Nord", "07743"), ("Jena-Süd", "07745"), ("Jena-West", "07743"), ("Jenaprießnitz/Wogau", "07751"),
    ("Kernberge", "07749"), ("Krippendorf", "07751"), ("Kunitz/Laasan", "07751"), ("Leutra", "07751"),
    ("Lichtenhain", "07745"), ("Lobeda-Altstadt", "07747"), ("Löbstedt", "07743"), ("Lützeroda", "07751"),
    ("Maua", "07751"), ("Münchenroda/Remderoda", "07751"), ("Vierzehnheiligen", "07751"), ("Wenigenjena", "07749"),
    ("Wöllnitz", "07749"), ("Ziegenhain", "07749"), ("Zwätzen", "07743"),
)


def courses() -> tuple[Course, ...]:
    """All courses, in a fixed order."""
    rows = (line.split("|") for line in _COURSES.strip().splitlines())
    return tuple(
        Course(title, area, tuple(words.split(",")), audience, mode, int(meetings), int(price), level)
        for title, area, words, audience, mode, meetings, price, level in rows
    )


def places() -> tuple[Place, ...]:
    """Public buildings first, then one made-up room per other district."""
    known = tuple(Place(*line.split("|")) for line in _PLACES.strip().splitlines())
    rooms = tuple(
        Place(f"Kursraum {district} (Beispielort)", "", postcode, district, ("true", "false", "")[number % 3])
        for number, (district, postcode) in enumerate(_DISTRICTS)
    )
    return known + rooms
