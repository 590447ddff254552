"""What of a senseBox may be shown, and in which words.

People hang these stations at their homes and name them as they like.  So names that
tell an address, a domain or an e-mail are replaced, descriptions and links are never
read, and positions are rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ckanext.jenasmartcity.connectors.columns import column_id

# Words that stand before a number without making it a house number.
_HARMLESS = r"station|box|sensebox|sensor|messstation|wetterstation|node|nr|version|test|prototyp|prototype|klasse"
_HOUSE_NUMBER = r"[1-9][0-9]{0,3}\s?[a-zA-Z]?(?:\s?[-–/+]\s?[0-9]{1,4}\s?[a-zA-Z]?)?(?![\w.]\d|\w)"
_STREET = r"(?:str(?:\.|aße|asse)?|weg|platz|gasse|allee|ring|damm|ufer|steig|stieg|berg|hof|graben|markt|street|road)"
_TELLS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    rf"{_STREET}[\s,]*(?:nr\.?\s*)?{_HOUSE_NUMBER}",  # "Musterstr.9", "Am Mustermarkt 12a"
    rf"\b[1-9][0-9]{{0,3}}\s?[a-z]?,?\s+[^\W\d_][\w-]*{_STREET}",  # the number first: "9 Musterstraße"
    r"(?<![\w.])\d{5}(?!\w)",  # postcode
    r"[\w.+-]+@[\w-]+|\bhttps?:|\bwww\.",
    r"\b[\w-]+\.(?:de|net|com|org|eu|info|io|me|name|dev|app|at|ch|space|xyz|online|cloud)\b",
    r"(?:\+|\b00)49[\d\s/()-]{6,}|\b0\d{2,5}[\s/-]+\d{3,}",  # telephone
    r"\b(?:familie|fam\.|herr|frau|bei)\s+\w+",
))
# In the name of a station any word before a number may be a street: "Jena, Musterpfad 9".
_ANY_STREET = re.compile(
    rf"(?<![\w-])(?!(?:{_HARMLESS})\b)[^\W\d_][\w'’-]*\.?,?\s+(?:nr\.?\s*)?{_HOUSE_NUMBER}", re.IGNORECASE
)
_LONGEST = 120

_PROPERTIES = tuple((re.compile(pattern), observed) for pattern, observed in (
    (r"pm\s*10\b", "PM_10"), (r"pm\s*2[.,]5\b", "PM_2_5"), (r"pm\s*1(?:[.,]0)?\b(?![.,]\d)", "PM_1"),
    (r"(?:boden|soil).*temp", "soil_temperature"), (r"(?:wasser|water).*temp", "water_temperature"),
    (r"bodenfeucht|soil.*(?:moist|humid)", "soil_moisture"), (r"feucht|humidity", "air_humidity"),
    (r"^(?:luft|air )?temperatur(?:e)?$", "air_temperature"),
    # reduced to sea level: not the same quantity as the pressure at the station
    (r"rel(?:\.|ativer)?\s*luftdruck", "air_pressure_sea_level"), (r"luftdruck|^(?:air )?pressure$", "air_pressure"),
    (r"beleuchtungsst|helligkeit|illuminance|^lux$", "luminosity"),
    (r"uv[\s-]*index", "UV_index"), (r"uv[\s-]*intensi", "UV_intensity"),
    (r"windgeschw|wind\s*speed", "wind_speed"), (r"windrichtung|wind\s*direction", "wind_direction"),
    (r"regen|niederschlag|^rain|precipitation", "precipitation"), (r"strahlung|radiation", "solar_radiation"),
    (r"akku|batter", "battery"), (r"lärm|lautst|schall|geräusch|noise|sound", "noise"),
    (r"\bco2\b|kohlendioxid|kohlenstoffdioxid", "CO2"), (r"\bvoc\b", "VOC"), (r"ozon|\bo3\b", "O3"),
    (r"\bno2\b|stickstoffdioxid|stickdioxid", "NO2"), (r"\bco\b|kohlen(?:stoff)?monoxid", "CO"),
))

# Observed property -> key in the portal's list of sensor categories, which is the city's
# with its spelling corrected (config/vocabularies/sensor-categories.yaml).
CATEGORIES: Mapping[str, str] = MappingProxyType({
    "PM_1": "PM_1", "PM_2_5": "PM_2_5", "PM_10": "PM_10", "soil_moisture": "soil_moisture",
    "air_humidity": "air_humidity", "air_temperature": "air_temperature", "air_pressure": "air_pressure",
    "air_pressure_sea_level": "air_pressure", "luminosity": "luminosity", "UV_index": "UV_index",
    "battery": "battery", "noise": "noise", "O3": "O3", "NO2": "NO2", "CO": "CO", "CO2": "CO2",
    "UV_intensity": "UV_intensity", "soil_temperature": "soil_temperature", "precipitation": "precipitation",
    "wind_speed": "wind_speed", "wind_direction": "wind_direction",
})
_OTHER = "other"
_LABELS: Mapping[str, str] = MappingProxyType({
    "PM_1": "Feinstaub (PM 1)", "PM_2_5": "Feinstaub (PM 2,5)", "PM_10": "Feinstaub (PM 10)",
    "soil_moisture": "Bodenfeuchte", "soil_temperature": "Bodentemperatur", "water_temperature": "Wassertemperatur",
    "air_humidity": "Luftfeuchtigkeit", "air_temperature": "Lufttemperatur", "air_pressure": "Luftdruck",
    "air_pressure_sea_level": "Luftdruck, auf Meereshöhe bezogen", "luminosity": "Beleuchtungsstärke",
    "UV_index": "UV-Index", "UV_intensity": "UV-Intensität", "wind_speed": "Windgeschwindigkeit",
    "wind_direction": "Windrichtung", "precipitation": "Niederschlag", "solar_radiation": "Sonnenstrahlung",
    "battery": "Batteriespannung", "noise": "Geräuschpegel", "CO2": "Kohlenstoffdioxid",
    "VOC": "Flüchtige organische Verbindungen", "O3": "Ozon", "NO2": "Stickstoffdioxid", "CO": "Kohlenstoffmonoxid",
})
_NO_UNIT = frozenset({"", ".", "-", "[-]", "[]"})
# "μm/m3" and the like; for particulate matter only micrograms can be meant.
_PM_UNIT = re.compile(r"[uµ][mg]/m(?:3|³)")


def shown_name(raw: Any, neutral: str) -> str:
    """A station's name if it may be shown, else ``neutral``: no address, link, e-mail or telephone number."""
    text = shown_term(raw, "")
    return neutral if not text or _ANY_STREET.search(text) else text


def shown_term(raw: Any, neutral: str) -> str:
    """The same for the name of a quantity or component, in which a number follows a word: "SDS 011"."""
    text = " ".join(raw.split()) if isinstance(raw, str) else ""
    if not text or len(text) > _LONGEST or any(pattern.search(text) for pattern in _TELLS):
        return neutral
    return text


def observed_property(title: str) -> str:
    """"rel. Luftfeuchte" -> "air_humidity"; a quantity that is not known keeps its title as an id."""
    lowered = title.lower().strip()
    for pattern, observed in _PROPERTIES:
        if pattern.search(lowered):
            return observed
    return column_id(title) or "unknown"


def category(observed: str) -> str:
    """Key of the list of sensor categories; "other" for what the list does not know."""
    return CATEGORIES.get(observed, _OTHER)


def label(observed: str, title: str) -> str:
    """German name of an observed property for people; the source's title where it is not known."""
    return _LABELS.get(observed, title)


def unit(raw: Any, observed: str) -> str | None:
    """The unit in one spelling, None if there is none.

    One micro sign, no blanks; for particulate matter "μm/m3" is read as µg/m³, since
    a length per volume is no measure of it.  Nothing else is corrected.
    """
    text = "".join(raw.split()) if isinstance(raw, str) else ""
    if text in _NO_UNIT:
        return None
    text = text.replace("\u03bc", "\u00b5")[:40]
    return "µg/m³" if observed.startswith("PM_") and _PM_UNIT.fullmatch(text) else text


__all__ = ["CATEGORIES", "category", "label", "observed_property", "shown_name", "shown_term", "unit"]
