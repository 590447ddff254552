"""What a notice says, in German and English.  Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ckanext.jenasmartcity.connectors.base import Text
from ckanext.jenasmartcity.connectors.reasons import REASONS
from ckanext.jenasmartcity.harvest import absence
from ckanext.jenasmartcity.harvest.notices.occasions import FAILURES, INTERVALS
from ckanext.jenasmartcity.harvest.schedule import BERLIN

# Anything like an address in a message, up to the blank or bracket after it.
_ADDRESS = re.compile(r"\bhttps?://[^\s()»«“”]+", re.IGNORECASE)
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_TITLES = {
    "failing": Text("Quelle »{title}« ist {failures}-mal hintereinander gescheitert",
                    "Source “{title}” failed {failures} times in a row"),
    "held": Text("Quelle »{title}«: Löschung wartet auf Ihre Entscheidung",
                 "Source “{title}”: a deletion awaits your decision"),
    "overdue": Text("Quelle »{title}« ist seit {intervals} geplanten Läufen nicht gelungen",
                    "Source “{title}” has not succeeded for {intervals} planned runs"),
}
_HELD = Text(
    "Der letzte Lauf hat so viel weniger gefunden als vorher, dass nichts davon entfernt wurde: {what}.",
    "The last run found so much less than before that nothing was removed: {what}.",
)
_DECIDE = Text(
    "Prüfen Sie, ob der Anbieter die Daten wirklich zurückgezogen hat, und entscheiden Sie auf der Seite der"
    " Quelle. Bis dahin bleibt alles veröffentlicht.",
    "Check whether the provider really withdrew the data, and decide on the page of the source. Until then"
    " everything stays published.",
)
_OVERDUE = Text(
    "Seit {since} ist kein Lauf gelungen, obwohl {intervals} geplant waren.",
    "No run has succeeded since {since}, although {intervals} were planned.",
)
_NEVER = Text(
    "Noch kein Lauf ist gelungen, obwohl {intervals} geplant waren.",
    "No run has succeeded yet, although {intervals} were planned.",
)
_LOOK = Text(
    "Sehen Sie auf der Seite der Quelle nach, ob die Läufe scheitern. Beginnen sie gar nicht, wenden Sie sich an"
    " den Betrieb des Portals. Die veröffentlichten Daten bleiben bestehen, veralten aber.",
    "See on the page of the source whether the runs fail. If they do not even begin, ask those who run the portal."
    " What is published stays, but grows old.",
)
_STAYS = Text(
    "Die veröffentlichten Daten bleiben bestehen.", "What is published stays as it is.",
)
_MAIL = Text(
    "Guten Tag {name},\n\n{title}.\n\nUrsache: {cause}\n\nWas Sie tun können: {remedy}\n\nZur Quelle: {url}\n\n"
    "Sie erhalten diese Nachricht, weil Sie die Daten der Organisation »{organization}« betreuen.",
    "Hello {name},\n\n{title}.\n\nCause: {cause}\n\nWhat you can do: {remedy}\n\nThe source: {url}\n\n"
    "You receive this message because you look after the data of the organisation “{organization}”.",
)

# Stands between the two languages of a mail.
_RULE = "* * *  English  * * *"


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about.  title: the source's own, by language.  error: code and values of
    the run that failed.  held: as the run keeps it.  success: when the last run succeeded."""

    kind: str
    title: Mapping[str, str]
    error: tuple[str, Mapping[str, str]] | None = None
    held: Mapping[str, Any] | None = None
    success: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in words."""

    title: Text
    cause: Text
    remedy: Text


def say(about: About) -> Said:
    """The words for a notice.  No address in it shows a user, a password or a query."""
    title = _each(_TITLES[about.kind], lambda lang: {
        "title": line(about.title.get(lang) or about.title.get("de") or ""),
        "failures": str(FAILURES), "intervals": str(INTERVALS),
    })
    if about.kind == "failing":
        return Said(title, *_failing(about))
    if about.kind == "held":
        held = absence.read(about.held or {})
        return Said(title, _each(_HELD, lambda lang: {"what": _what(held, lang)}), _DECIDE)
    if about.success is None:
        return Said(title, _each(_NEVER, lambda lang: {"intervals": str(INTERVALS)}), _LOOK)
    return Said(title, _each(_OVERDUE, lambda lang: {
        "since": _time(about.success, lang), "intervals": str(INTERVALS),
    }), _LOOK)


def mail(said: Said, name: str, organization: str, url: str) -> tuple[str, str]:
    """Subject and text of a mail: German first, English below."""
    values = {"name": line(name), "organization": line(organization), "url": url}
    bodies = [
        getattr(_MAIL, lang).format(
            **values, **{part: getattr(getattr(said, part), lang) for part in ("title", "cause", "remedy")}
        ) for lang in ("de", "en")
    ]
    return said.title.de, f"{bodies[0]}\n\n{_RULE}\n\n{bodies[1]}\n"


def line(text: str) -> str:
    """A text as one line."""
    return _BREAKS.sub(" ", text).strip()


def harmless(text: str) -> str:
    """The text without what addresses in it may carry of secrets."""
    return _ADDRESS.sub(lambda found: _bare(found[0]), line(text))


def _bare(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "…"
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def _each(text: Text, values: Any) -> Text:
    return Text(text.de.format(**values("de")), text.en.format(**values("en")))


def _failing(about: About) -> tuple[Text, Text]:
    if about.error is None:
        return _STAYS, _LOOK
    code, values = about.error
    given = {name: harmless(str(value)) for name, value in values.items()}
    (cause_de, remedy_de), (cause_en, remedy_en) = (REASONS[code].parts(lang, given) for lang in ("de", "en"))
    return Text(cause_de, cause_en), Text(f"{remedy_de} {_STAYS.de}", f"{remedy_en} {_STAYS.en}")


def _what(held: absence.Held, lang: str) -> str:
    german = lang == "de"
    parts = []
    if held.datasets:
        parts.append(f"{len(held.datasets)} " + ("Datensätze fehlen" if german else "datasets are missing"))
    for tables in held.tables.values():
        for name, (before, now) in tables.items():
            parts.append(f"Tabelle »{name}«: {now} statt {before} Zeilen" if german
                         else f"table “{name}”: {now} instead of {before} rows")
    if held.items:
        before, now = held.items
        parts.append(f"{now} statt {before} Angebote" if german else f"{now} instead of {before} offers")
    shown = parts[:10] + ["…"] * (len(parts) > 10)
    return "; ".join(shown) or "?"


def _time(value: dt.datetime, lang: str) -> str:
    local = value.astimezone(BERLIN)
    return local.strftime("%d.%m.%Y, %H:%M Uhr" if lang == "de" else "%Y-%m-%d %H:%M")
