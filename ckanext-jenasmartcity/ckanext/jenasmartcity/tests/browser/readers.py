"""Second readers of the sample feeds: DuckDB, jq and xmllint.

Nothing here uses the code under test, so that an error there is not made twice.  The
unit tests compare the connectors with these readers, the tests of this folder the
running portal.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import yaml

ROOT = next(folder for folder in Path(__file__).parents if (folder / "samples" / "generate.py").is_file())
SAMPLES = ROOT / "samples"
BERLIN = ZoneInfo("Europe/Berlin")


def sources() -> list[dict[str, Any]]:
    """The entries of config/sources.yaml."""
    return yaml.safe_load((ROOT / "config/sources.yaml").read_text("utf-8"))


def sample(source: dict[str, Any]) -> Path:
    """The recorded file that a source reads."""
    return SAMPLES / source["url"].removeprefix("{samples}/")


# --- DuckDB ---------------------------------------------------------------------------

def select(query: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of a query to DuckDB."""
    with duckdb.connect() as connection:
        cursor = connection.execute(query, list(values))
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def delimited(path: Path, delimiter: str = ";") -> list[dict[str, str | None]]:
    """The lines of a CSV file, every cell as text."""
    query = "SELECT * FROM read_csv(?, delim=?, header=true, all_varchar=true, quote='\"', null_padding=false)"
    return select(query, str(path), delimiter)


def zipped(path: Path, member: str, folder: Path) -> list[dict[str, str | None]]:
    """The lines of a CSV file in an archive; folder: where it may be unpacked."""
    with zipfile.ZipFile(path) as archive:
        (folder / member).write_bytes(archive.read(member))
    return delimited(folder / member, ",")


def members(path: Path) -> list[str]:
    """Names of the tables in a GTFS archive, without ".txt"."""
    with zipfile.ZipFile(path) as archive:
        return [name.removesuffix(".txt") for name in archive.namelist() if name.endswith(".txt")]


def features(path: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(properties, geometry) of each feature of a GeoJSON file; fractions in properties are Decimals."""
    found = select(
        "WITH features AS (SELECT unnest(json_extract(content, '$.features[*]')) AS feature FROM read_text(?)) "
        "SELECT feature->'properties' AS properties, feature->'geometry' AS geometry FROM features", str(path),
    )
    return [(json.loads(row["properties"], parse_float=Decimal), json.loads(row["geometry"])) for row in found]


# --- jq -------------------------------------------------------------------------------


def jq(path: Path, program: str) -> list[Any]:
    """What a jq program puts out, one value a line."""
    done = subprocess.run(["jq", "-c", program, str(path)], capture_output=True, text=True, check=True)
    return [json.loads(line, parse_float=Decimal) for line in done.stdout.splitlines()]


# --- xmllint --------------------------------------------------------------------------

SEPARATOR = "¦~¦"
MOST_DAYS, MOST_WORDS, MOST_GROUPS = 12, 12, 3
# XPath below one veranstaltung; none of the names of elements has a namespace in the files compared.
OFFER = {
    "guid": "guid", "name": "name", "nummer": "nummer", "beginn": "beginn_datum", "ende": "ende_datum",
    "level": "level", "ort": "veranstaltungsort/name", "strasse": "veranstaltungsort/adresse/strasse",
    "plz": "veranstaltungsort/adresse/plz", "stadt": "veranstaltungsort/adresse/ort",
    "ortsteil": "veranstaltungsort/adresse/ortsteil", "barrierefrei": "veranstaltungsort/barrierefrei",
    "betrag": "preis/betrag", "zusatz": "preis/zusatz[1]", "rabatt": "preis/rabatt_moeglich",
    "mindestens": "minimale_teilnehmerzahl", "hoechstens": "maximale_teilnehmerzahl",
    "belegt": "aktuelle_teilnehmerzahl",
    "url": "webadresse[typ='website']/uri", "mail": "anmeldung/mail", "kategorie": "dvv_kategorie",
    "art": "merkmale/merkmal[name='kursart_digital']/wert", "zertifikat": "zertifikat/name",
    "text": "text[1]/text", "anzahl": "anzahl_termine", "dauer": "dauer", "wochentag": "wochentag",
    **{f"wort{n}": f"schlagwort[{n}]" for n in range(1, MOST_WORDS + 1)},
    **{f"ziel{n}": f"zielgruppe[{n}]" for n in range(1, MOST_GROUPS + 1)},
    **{f"{key}{n}": f"termin[{n}]/{path}" for n in range(1, MOST_DAYS + 1)
       for key, path in (("tag", "beginn_datum"), ("von", "beginn_uhrzeit"), ("bis", "ende_uhrzeit"))},
}
_MODES = {"online_angebot": "online", "blended_learning": "blended", "selbstlernangebot": "self-paced"}


def xmllint(path: Path, expression: str) -> str:
    """The value of an XPath expression."""
    done = subprocess.run(["xmllint", "--xpath", expression, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.removesuffix("\n")


def offer(path: Path, number: int) -> dict[str, str]:
    """One veranstaltung, its number counted from 1: names of OFFER -> text with single spaces."""
    node = f"/*/*[local-name()='veranstaltung'][{number}]"
    parts = f", '{SEPARATOR}', ".join(f"normalize-space({node}/{xpath})" for xpath in OFFER.values())
    return dict(zip(OFFER, xmllint(path, f"concat({parts})").split(SEPARATOR), strict=True))


@functools.cache
def offers(path: Path) -> tuple[dict[str, str], ...]:
    """Every veranstaltung of a file."""
    count = int(xmllint(path, "count(/*/*[local-name()='veranstaltung'])"))
    return tuple(offer(path, number) for number in range(1, count + 1))


def offered(raw: dict[str, str]) -> dict[str, Any]:
    """An offer as anybody would read it: numbers, truth values, days, times in Berlin; None for what is not said."""
    days = [n for n in range(1, MOST_DAYS + 1) if raw[f"tag{n}"]]
    price = Decimal(raw["betrag"]) if raw["betrag"] else None
    return {
        "name": raw["name"], "course_code": raw["nummer"] or None,
        "subjects": [raw[f"wort{n}"] for n in range(1, MOST_WORDS + 1) if raw[f"wort{n}"]],
        "audience": [raw[f"ziel{n}"] for n in range(1, MOST_GROUPS + 1) if raw[f"ziel{n}"]],
        "place_name": raw["ort"] or None, "place_street": raw["strasse"] or None,
        "place_postcode": raw["plz"] or None, "place_town": raw["stadt"] or None,
        "place_district": raw["ortsteil"] or None,
        "place_accessible": {"true": True, "false": False, "": None}[raw["barrierefrei"]],
        "price": price, "free_of_charge": None if price is None else price == 0,
        "places_minimum": _known(raw["mindestens"]), "places_total": _known(raw["hoechstens"]),
        "places_taken": _known(raw["belegt"]),
        "level": raw["level"] or None, "url": raw["url"] or None, "contact_email": raw["mail"] or None,
        "course_mode": _MODES[raw["art"]] if raw["art"] else "onsite" if raw["plz"] else None,
        "sessions": [(local(raw[f"tag{n}"], raw[f"von{n}"]), local(raw[f"tag{n}"], raw[f"bis{n}"]))
                     for n in days if raw[f"von{n}"]],
        "start": iso_day(raw["beginn"]), "end": None if raw["ende"] < raw["beginn"] else iso_day(raw["ende"]),
        "valid_until": iso_day(max(raw["beginn"], raw["ende"], *(raw[f"tag{n}"] for n in days), "")),
    }


def beginnings(raw: dict[str, str]) -> dict[str, str]:
    """Fields that the portal completes: how each must begin; "" where nothing is said."""
    return {
        "price_note": raw["zusatz"] or ("Ermäßigung möglich" if raw["rabatt"] == "true" else ""),
        "category": raw["kategorie"], "certificate": raw["zertifikat"],
    }


def local(day: str, time: str) -> dt.datetime:
    """As the feed says: Berlin's time; the offsets of the DVV's example are Berlin's too."""
    return dt.datetime.fromisoformat(f"{day}T{time.partition('+')[0]}").replace(tzinfo=BERLIN)


def _known(value: str) -> int | None:
    return None if value in ("", "-1") else int(value)


# --- values ---------------------------------------------------------------------------


def squeezed(value: str | None) -> str:
    """With single spaces, as XPath's normalize-space."""
    return " ".join((value or "").split())


def text(value: str | None) -> str | None:
    """A cell without its outer spaces; None where it is empty."""
    return (value or "").strip() or None


def number(value: str | None) -> Decimal | None:
    """A number with a decimal comma or point."""
    cell = text(value)
    return Decimal(cell.replace(",", ".")) if cell else None


def whole(value: str | None) -> int | None:
    """A whole number."""
    cell = text(value)
    return int(cell) if cell else None


def day(value: str | None) -> dt.date | None:
    """A day as DD.MM.YYYY."""
    cell = text(value)
    return dt.datetime.strptime(cell, "%d.%m.%Y").date() if cell else None  # noqa: DTZ007 - a day has no zone


def iso_day(value: str | None) -> dt.date | None:
    """A day as YYYY-MM-DD or YYYYMMDD."""
    cell = text(value)
    return dt.date.fromisoformat(cell) if cell else None


def truth(value: str | None) -> bool | None:
    """WAHR and FALSCH, 1 and 0."""
    return {"WAHR": True, "1": True, "FALSCH": False, "0": False, None: None}[text(value)]


# what a type declared in config/sources.yaml means for a cell of a German sheet
SHEET = {"text": text, "numeric": number, "int": whole, "date": day, "bool": truth}


def column_id(header: str) -> str:
    """A header as a column's id: lower case, umlauts written out, "_" for what is neither letter nor digit."""
    plain = header.strip().lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
