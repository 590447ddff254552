"""What a steward enters for a source, as forms and JSON bring it, read into typed values.

Pure.  Each complaint names what is wrong and what to do, German first.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.harvest.address import DROP
from ckanext.jenasmartcity.harvest.channels import CHANNELS, allowed
from ckanext.jenasmartcity.harvest.schedule import valid

SAMPLES = "{samples}/"
FIELDS = (
    "title", "connector", "url", "schedule", "options", "origin", "defaults", "drafts", "protected", "channels",
    "active",
)
# Parts of the addresses of the stewards' pages.
RESERVED = frozenset({"neu", "new", "feed", "atom", "datei", "edit", "bearbeiten", "zeitplan"})
MAPPING = Text("Namen mit Werten, z. B. {\"name\": \"wert\"}", "names with values, e.g. {\"name\": \"value\"}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,99}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,99}")
_USER = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]*@", re.IGNORECASE)
_LONGEST_URL = 2000

Problems = dict[str, Text]


class WrongError(ValueError):
    """A value that cannot be taken, with what to do."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def read(given: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    """The fields among ``given`` with their types, and what is wrong with the others."""
    values: dict[str, Any] = {}
    problems: Problems = {}
    for name, reader in _READERS.items():
        if name in given:
            try:
                values[name] = reader(given[name])
            except WrongError as error:
                problems[name] = error.text
    for name, value in values.items():
        for path, leaf in _leaves(value, name):
            if isinstance(leaf, str) and _USER.search(leaf):
                problems[path] = _NO_SECRETS
            elif _unstorable(leaf):
                problems[path] = _UNSTORABLE
    return values, problems


def name(value: Any) -> str:
    """The name of a new source.  Raises WrongError."""
    text = str(value or "").strip()
    if not _NAME.fullmatch(text) or text in RESERVED:
        raise WrongError(Text(
            "Der Name steht in Adressen: Nehmen Sie 2 bis 100 Zeichen, nur Kleinbuchstaben (a–z), Ziffern und "
            f"Bindestriche, und keines dieser Wörter: {', '.join(sorted(RESERVED))}.",
            "The name is part of addresses: use 2 to 100 characters, only lower-case letters (a–z), digits and "
            f"hyphens, and none of these words: {', '.join(sorted(RESERVED))}.",
        ))
    return text


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{path}.{key}", key
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}.{place}")
    else:
        yield path, value


def _unstorable(value: Any) -> bool:
    # what PostgreSQL's jsonb refuses
    if isinstance(value, str):
        return "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, float) and not math.isfinite(value)


def _title(value: Any) -> dict[str, str]:
    if isinstance(value, str) and not value.strip().startswith("{"):
        value = {"de": value}
    texts = _mapping(value)
    if any(not isinstance(text, str) or len(text) > 300 for text in texts.values()):
        raise WrongError(Text("Der Titel hat höchstens 300 Zeichen.", "The title has at most 300 characters."))
    german = texts.get("de", "").strip() or texts.get("en", "").strip()
    return {"de": german, "en": texts.get("en", "").strip() or german}


def _url(value: Any) -> str:
    url = str(value or "").strip()
    if url in ("", DROP):
        return DROP
    if _USER.search(url):
        raise WrongError(_NO_SECRETS)
    if url.startswith(SAMPLES):
        return url
    try:
        parts = urlsplit(url)
        good = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or len(url) > _LONGEST_URL or re.search(r"[\s\x00-\x1f]", url):
        raise WrongError(Text(
            "Die Adresse muss mit http:// oder https:// beginnen. Lassen Sie sie leer, wenn Dateien geschickt werden.",
            "The address must begin with http:// or https://. Leave it empty if files are sent.",
        ))
    return url


def _schedule(value: Any) -> str | None:
    text = " ".join(str(value or "").split())
    if text and not valid(text):
        raise WrongError(Text(
            "Der Zeitplan hat fünf Angaben wie bei cron: Minute, Stunde, Tag, Monat, Wochentag. Beispiel: 15 3 * * * "
            "(täglich um 3:15 Uhr). Lassen Sie ihn leer, wenn nur auf Wunsch geholt wird.",
            "The schedule has five parts as in cron: minute, hour, day, month, day of the week. Example: 15 3 * * * "
            "(every day at 3:15). Leave it empty to fetch on request only.",
        ))
    return text or None


def _mapping(value: Any) -> dict[str, Any]:
    found = _json(value) if isinstance(value, str) else value
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise WrongError(Text(f"Geben Sie {MAPPING.de} an.", f"Give {MAPPING.en}."))
    return dict(found)


def _drafts(value: Any) -> dict[str, Any]:
    found = _mapping(value)
    if any(not isinstance(fields, Mapping) for fields in found.values()):
        raise WrongError(Text(
            "Geben Sie je Kennung eines Datensatzes seine Felder an, z. B. {\"kennung\": {\"title\": \"Titel\"}}.",
            "Give the fields of a dataset by its id, e.g. {\"id\": {\"title\": \"Title\"}}.",
        ))
    return found


def _protected(value: Any) -> list[str]:
    found = _list(value)
    wrong = [one for one in found if not _FIELD.fullmatch(one)]
    if wrong:
        raise WrongError(Text(
            f"»{wrong[0]}« ist kein Name eines Feldes. Nehmen Sie Namen wie title, notes oder tags.",
            f"“{wrong[0]}” is not the name of a field. Use names like title, notes or tags.",
        ))
    return list(dict.fromkeys(found))


def _channels(value: Any) -> list[str]:
    found = _list(value)
    unknown = sorted(set(found) - set(CHANNELS))
    if unknown:
        names = ", ".join(CHANNELS)
        raise WrongError(Text(
            f"Den Weg »{unknown[0]}« gibt es nicht. Wählen Sie aus: {names}.",
            f"There is no channel “{unknown[0]}”. Choose from: {names}.",
        ))
    return allowed(found)


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        value = _json(value) if value.strip().startswith("[") else re.split(r"[\s,]+", value.strip())
    if not isinstance(value, (list, tuple, type(None))):
        raise WrongError(Text("Geben Sie eine Liste an, z. B. [\"a\", \"b\"].", "Give a list, e.g. [\"a\", \"b\"]."))
    return [str(one).strip() for one in value or () if str(one).strip()]


def _flag(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in ("true", "yes", "on", "1", "false", "no", "off", "0", "", "none"):
        raise WrongError(Text("Geben Sie true oder false an.", "Give true or false."))
    return text in ("true", "yes", "on", "1")


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError as error:
        raise WrongError(Text(
            f"Das ist kein gültiges JSON ({error}). Prüfen Sie Klammern, Kommas und Anführungszeichen.",
            f"This is not valid JSON ({error}). Check brackets, commas and quotes.",
        )) from error


_NO_SECRETS = Text(
    "Benutzername und Passwort gehören nicht in eine Adresse, dort liest sie jeder. Entfernen Sie sie hier und tragen "
    "Sie sie bei den Zugangsdaten ein.",
    "User name and password do not belong in an address, where everybody reads them. Remove them here and enter them "
    "as credentials.",
)
_UNSTORABLE = Text(
    "Der Wert enthält ein Zeichen oder eine Zahl, die sich nicht speichern lässt. Geben Sie ihn neu ein.",
    "The value has a character or a number that cannot be stored. Enter it anew.",
)
_READERS: dict[str, Callable[[Any], Any]] = {
    "title": _title, "connector": lambda value: str(value or "").strip(), "url": _url, "schedule": _schedule,
    "options": _mapping, "origin": _mapping, "defaults": _mapping, "drafts": _drafts, "protected": _protected,
    "channels": _channels, "active": _flag,
}
