"""Whether a source as a whole makes sense: its connector, its options, its schedule.

Pure.  Each complaint names what is wrong and what to do, German first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ckanext.jenasmartcity.connectors.base import Connector, Option, Source, SourceError, Text
from ckanext.jenasmartcity.harvest.address import DROP
from ckanext.jenasmartcity.harvest.stewards.entries import MAPPING, Problems

_KINDS: dict[str, tuple[Text, type | tuple[type, ...]]] = {
    "text": (Text("einen Text", "a text"), str), "int": (Text("eine ganze Zahl", "a whole number"), int),
    "bool": (Text("ja oder nein (true, false)", "yes or no (true, false)"), bool),
    "list": (Text("eine Liste, z. B. [\"a\", \"b\"]", "a list, e.g. [\"a\", \"b\"]"), (list, tuple)),
    "mapping": (MAPPING, Mapping),
}


def complaints(values: Mapping[str, Any], known: Mapping[str, Connector], source: Callable[..., Source]) -> Problems:
    """What is wrong with a whole source whose fields were ``read``.

    known: the connectors by name.  source: makes what a connector is given, from url and
    options; the connector itself is then asked as far as its first request.
    """
    connector = known.get(values.get("connector") or "")
    if connector is None:
        names = ", ".join(sorted(known))
        return {"connector": Text(f"Wählen Sie einen Anschluss: {names}.", f"Choose a connector: {names}.")}
    found: Problems = {}
    if not values.get("title", {}).get("de"):
        found["title"] = Text("Geben Sie der Quelle einen Titel.", "Give the source a title.")
    if values.get("schedule") and values.get("url") == DROP:
        found["schedule"] = Text(
            "Diese Quelle hat keine Adresse, sie bekommt Dateien geschickt. Lassen Sie den Zeitplan leer.",
            "This source has no address, files are sent to it. Leave the schedule empty.",
        )
    found |= option_problems(values.get("options") or {}, connector.OPTIONS)
    if not found:
        found |= _asked(connector, source, values)
    return found


def option_problems(given: Mapping[str, Any], known: Sequence[Option]) -> Problems:
    """Options that the connector does not know, that are missing or of the wrong type."""
    by_name = {option.name: option for option in known}
    names = ", ".join(by_name) or "–"
    found: Problems = {
        f"options.{name}": Text(
            f"Die Einstellung {name} gibt es bei diesem Anschluss nicht. Entfernen Sie sie; es gibt: {names}.",
            f"This connector has no option {name}. Remove it; there are: {names}.",
        ) for name in given if name not in by_name
    }
    for option in known:
        value = given.get(option.name)
        label, help_ = option.label, option.help
        if option.name in given and not fits(value, option.type):
            kind = _KINDS[option.type][0]
            found[f"options.{option.name}"] = Text(
                f"{label.de} ({option.name}): Geben Sie {kind.de} an. {help_.de}",
                f"{label.en} ({option.name}): give {kind.en}. {help_.en}",
            )
        elif option.required and value in (None, "", [], {}):
            found[f"options.{option.name}"] = Text(
                f"{label.de} ({option.name}) fehlt. Füllen Sie es aus: {help_.de}",
                f"{label.en} ({option.name}) is missing. Fill it in: {help_.en}",
            )
    return found


def fits(value: Any, type_: str) -> bool:
    """Whether a value is of an option's type."""
    return not (type_ == "int" and isinstance(value, bool)) and isinstance(value, _KINDS[type_][1])


def _asked(connector: Connector, source: Callable[..., Source], values: Mapping[str, Any]) -> Problems:
    reading = connector.read(source(values.get("url") or DROP, values.get("options") or {}))
    try:
        next(reading)
    except SourceError as error:
        name = error.values.get("option", "")
        return {f"options.{name}" if name else "options": Text(error.message("de"), error.message("en"))}
    except StopIteration:
        return {}
    finally:
        reading.close()
    return {}
