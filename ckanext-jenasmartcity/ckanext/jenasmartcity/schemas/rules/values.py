"""Rules for one value: each returns the value as it is kept or raises ``RuleError``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.schemas.rules.words import broken

Rule = Callable[[str, Text], str]

_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,63}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9(][0-9 ()/.-]{3,30}", re.ASCII)
# ISO 8601-1:2019, 5.5.2: weeks stand alone, at least one part, a T only before a time.
_DURATION = re.compile(
    r"P(?:\d+W|(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?)", re.ASCII
)
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_PARTIAL_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?", re.ASCII)
_MUSTERDATEN = "https://musterdatenkatalog.de/def/musterdatensatz/"
_CONTRIBUTORS = "http://dcat-ap.de/def/contributors/"


def text(value: str, label: Text) -> str:
    """Any text, without blanks at its ends."""
    return value.strip()


def leika_key(value: str, label: Text) -> str:
    """Key of an administrative service: 14 digits beginning with 99 (LeiKa, FIM)."""
    return _matching(
        value, re.sub(r"\s", "", value), r"99[0-9]{12}", label,
        Text(de="ist kein LeiKa-Schlüssel.", en="is not a LeiKa key."),
        Text(de="Geben Sie 14 Ziffern ein, die mit 99 beginnen (z. B. 99006053006000).",
             en="Enter 14 digits that begin with 99 (e.g. 99006053006000)."),
    )


def regional_key(value: str, label: Text) -> str:
    """Amtlicher Regionalschlüssel (ARS): 12 digits."""
    return _matching(
        value, re.sub(r"\s", "", value), r"[0-9]{12}", label,
        Text(de="ist kein amtlicher Regionalschlüssel.", en="is not a regional key (ARS)."),
        Text(de="Geben Sie 12 Ziffern ein (Jena: 160530000000).", en="Enter 12 digits (Jena: 160530000000)."),
    )


def municipality_key(value: str, label: Text) -> str:
    """Amtlicher Gemeindeschlüssel (AGS): 8 digits."""
    return _matching(
        value, re.sub(r"\s", "", value), r"[0-9]{8}", label,
        Text(de="ist kein amtlicher Gemeindeschlüssel.", en="is not a municipality key (AGS)."),
        Text(de="Geben Sie 8 Ziffern ein (Jena: 16053000).", en="Enter 8 digits (Jena: 16053000)."),
    )


def email(value: str, label: Text) -> str:
    """An e-mail address; a leading ``mailto:`` is dropped."""
    bare = re.sub(r"^mailto:", "", value.strip(), flags=re.IGNORECASE)
    if len(bare) <= 254 and _EMAIL.fullmatch(bare) and ".." not in bare:
        return bare
    raise broken(
        label, value,
        Text(de="ist keine E-Mail-Adresse.", en="is not an e-mail address."),
        Text(de="Geben Sie sie in der Form name@beispiel.de ein.", en="Enter it as name@example.org."),
    )


def phone(value: str, label: Text) -> str:
    """A telephone number; a leading ``tel:`` is dropped."""
    bare = re.sub(r"^tel:", "", value.strip(), flags=re.IGNORECASE)
    if _PHONE.fullmatch(bare) and 5 <= sum(c.isdigit() for c in bare) <= 15:
        return bare
    raise broken(
        label, value,
        Text(de="ist keine Telefonnummer.", en="is not a telephone number."),
        Text(de="Geben Sie sie mit Vorwahl ein, z. B. +49 3641 49-0.",
             en="Enter it with its area code, e.g. +49 3641 49-0."),
    )


def url(value: str, label: Text) -> str:
    """An absolute http or https address with a host and without a password."""
    bare = value.strip()
    if _is_web_address(bare):
        return bare
    raise broken(
        label, value,
        Text(de="ist keine Internetadresse.", en="is not a web address."),
        Text(de="Geben Sie sie vollständig ein, beginnend mit https://.",
             en="Enter it in full, beginning with https://."),
    )


def file_address(value: str, label: Text) -> str:
    """Where a file lies: a web or FTP address, or a name where it lies in the portal itself."""
    bare = value.strip()
    scheme = re.match(r"[a-z][a-z0-9+.-]*:", bare, re.IGNORECASE)
    if scheme is None or scheme[0].lower() in {"http:", "https:", "ftp:"}:
        return bare
    raise broken(
        label, value,
        Text(de="ist keine Adresse einer Datei.", en="is not the address of a file."),
        Text(de="Geben Sie sie vollständig ein, beginnend mit https://.",
             en="Enter it in full, beginning with https://."),
    )


def musterdatensatz(value: str, label: Text) -> str:
    """An IRI of the Musterdatenkatalog, as ``dct:references`` of DCAT-AP.de asks."""
    return _within(_MUSTERDATEN, value, label)


def contributor(value: str, label: Text) -> str:
    """An IRI of GovData's list of contributors."""
    return _within(_CONTRIBUTORS, value, label)


def duration(value: str, label: Text) -> str:
    """An ISO 8601 duration such as PT15M or P1D."""
    return _matching(
        value, value.strip().upper(), _DURATION.pattern, label,
        Text(de="ist keine Dauer nach ISO 8601.", en="is not an ISO 8601 duration."),
        Text(de="Beispiele: PT15M (15 Minuten), PT1H (eine Stunde), P1D (ein Tag).",
             en="Examples: PT15M (15 minutes), PT1H (one hour), P1D (one day)."),
    )


def date(value: str, label: Text) -> str:
    """A year, month, day or moment; kept as ISO 8601, the German order is turned round."""
    bare = value.strip()
    if german := _GERMAN_DATE.fullmatch(bare):
        day, month, year = german.groups()
        bare = f"{year}-{int(month):02}-{int(day):02}"
    if _PARTIAL_DATE.fullmatch(bare) and not bare.startswith("0000"):
        return bare
    try:
        moment = dt.datetime.fromisoformat(bare)
    except ValueError:
        raise broken(
            label, value,
            Text(de="ist kein Datum.", en="is not a date."),
            Text(de="Geben Sie es als 24.11.2026 oder 2026-11-24 ein; 2026 oder 2026-11 genügen auch.",
                 en="Enter it as 2026-11-24; 2026 or 2026-11 will do as well."),
        ) from None
    return moment.isoformat() if len(bare) > 10 else moment.date().isoformat()


def positive_number(value: str, label: Text) -> str:
    """A number above zero; a decimal comma becomes a point."""
    try:
        number = Decimal(value.strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal(0)
    if number.is_finite() and number > 0:
        return format(number, "f")
    raise broken(
        label, value,
        Text(de="ist keine Zahl über null.", en="is not a number above zero."),
        Text(de="Geben Sie z. B. 10 oder 0,5 ein.", en="Enter e.g. 10 or 0.5."),
    )


def count(value: str, label: Text) -> str:
    """A whole number from zero up."""
    bare = value.strip()
    if bare.isascii() and bare.isdigit() and len(bare) <= 12:
        return str(int(bare))
    raise broken(
        label, value,
        Text(de="ist keine Anzahl.", en="is not a count."),
        Text(de="Geben Sie eine ganze Zahl ab 0 ein.", en="Enter a whole number from 0 up."),
    )


def _matching(value: str, tidied: str, pattern: str, label: Text, cause: Text, remedy: Text) -> str:
    if re.fullmatch(pattern, tidied, re.ASCII):
        return tidied
    raise broken(label, value, cause, remedy)


def _within(prefix: str, value: str, label: Text) -> str:
    bare = value.strip()
    if bare.startswith(prefix) and len(bare) > len(prefix) and _is_web_address(bare):
        return bare
    raise broken(
        label, value,
        Text(de="gehört nicht zur vorgesehenen Liste.", en="is not of the list that is meant."),
        Text(de=f"Geben Sie eine Adresse ein, die mit {prefix} beginnt.",
             en=f"Enter an address that begins with {prefix}."),
    )


def _is_web_address(value: str) -> bool:
    if not value.isprintable() or re.search(r"[\s<>\"{}|\\^`]", value) or len(value) > 2000:
        return False
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and parts.username is None


RULES: dict[str, Rule] = {
    "text": text, "leika_key": leika_key, "regional_key": regional_key, "municipality_key": municipality_key,
    "email": email, "phone": phone, "url": url, "file_address": file_address, "musterdatensatz": musterdatensatz,
    "contributor": contributor, "duration": duration, "date": date, "positive_number": positive_number, "count": count,
}
