"""Every cause for which a record is rejected or a source refused: one table.

Each has a cause and a remedy, German first.  A code is never reused for another
meaning: stewards filter by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Cause and what to do about it, in both languages."""

    cause_de: str
    remedy_de: str
    cause_en: str
    remedy_en: str

    def text(self, lang: str, values: Mapping[str, str]) -> str:
        """The two sentences with their values; a value that is missing reads "?"."""
        return " ".join(self.parts(lang, values))

    def parts(self, lang: str, values: Mapping[str, str]) -> tuple[str, str]:
        """The same as cause and remedy."""
        known = _Known(values)
        if lang == "en":
            return self.cause_en.format_map(known), self.remedy_en.format_map(known)
        return self.cause_de.format_map(known), self.remedy_de.format_map(known)


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


REASONS: dict[str, Reason] = {
    # --- the source as a whole -------------------------------------------------
    "http-status": Reason(
        "Die Quelle antwortet mit HTTP {status}.",
        "Prüfen Sie die Adresse {url} und ob die Quelle erreichbar ist.",
        "The source answers with HTTP {status}.",
        "Check the address {url} and whether the source is up.",
    ),
    "unreachable": Reason(
        "Die Quelle {url} ist nicht erreichbar ({detail}).",
        "Prüfen Sie Adresse und Netz; der nächste Lauf versucht es erneut.",
        "The source {url} cannot be reached ({detail}).",
        "Check the address and the network; the next run tries again.",
    ),
    "resting": Reason(
        "Der Server {host} wird bis {until} nicht gefragt: er war fünfmal nicht erreichbar oder bat um eine Pause.",
        "Der nächste Lauf danach versucht es erneut; fragen Sie bei Dauer den Betreiber.",
        "The server {host} is not asked before {until}: it failed five times or asked for a pause.",
        "The next run after that tries again; ask the operator if it lasts.",
    ),
    "refused-address": Reason(
        "Die Adresse {url} wird aus Sicherheitsgründen nicht abgerufen ({detail}).",
        "Tragen Sie einen internen Server in der Option security.allow ein, wenn er gewollt ist.",
        "The address {url} is not fetched for safety ({detail}).",
        "If an internal server is wanted, add it to the option security.allow.",
    ),
    "too-large": Reason(
        "Die Antwort ist größer als erlaubt ({limit}).",
        "Teilen Sie die Quelle oder erhöhen Sie die Grenze.",
        "The answer is larger than allowed ({limit}).",
        "Split the source or raise the limit.",
    ),
    "too-slow": Reason(
        "Die Quelle hat innerhalb von {limit} nicht vollständig geantwortet.",
        "Der nächste Lauf versucht es erneut; fragen Sie bei Dauer den Betreiber.",
        "The source did not answer completely within {limit}.",
        "The next run tries again; ask the operator if it lasts.",
    ),
    "empty": Reason(
        "Die Datei ist leer.",
        "Fragen Sie den Betreiber der Quelle; die veröffentlichten Daten bleiben bestehen.",
        "The file is empty.",
        "Ask the operator of the source; what is published stays.",
    ),
    "html": Reason(
        "Statt {expected} kam eine HTML-Seite (oft eine Anmelde- oder Fehlerseite).",
        "Öffnen Sie {url} im Browser und prüfen Sie die Adresse.",
        "Instead of {expected} an HTML page came (often a log-in or error page).",
        "Open {url} in a browser and check the address.",
    ),
    "not-the-format": Reason(
        "Die Datei ist kein gültiges {expected}: {detail}.",
        "Prüfen Sie die Adresse und den gewählten Anschluss.",
        "The file is not valid {expected}: {detail}.",
        "Check the address and the connector chosen.",
    ),
    "broken-archive": Reason(
        "Das ZIP-Archiv ist beschädigt oder unvollständig ({detail}).",
        "Der nächste Lauf lädt es erneut; fragen Sie bei Dauer den Betreiber.",
        "The ZIP archive is damaged or incomplete ({detail}).",
        "The next run fetches it again; ask the operator if it lasts.",
    ),
    "missing-part": Reason(
        "In der Quelle fehlt {part}.",
        "Bitten Sie den Betreiber, die Lieferung zu vervollständigen.",
        "The source lacks {part}.",
        "Ask the operator to complete the delivery.",
    ),
    "option": Reason(
        "Die Einstellung {option} der Quelle ist ungültig: {detail}.",
        "Berichtigen Sie die Einstellung der Quelle.",
        "The source's option {option} is invalid: {detail}.",
        "Correct the source's options.",
    ),
    "credentials": Reason(
        "Die Zugangsdaten der Quelle lassen sich nicht mehr lesen.",
        "Geben Sie sie in den Einstellungen der Quelle neu ein.",
        "The source's credentials can no longer be read.",
        "Enter them anew in the source's settings.",
    ),
    "nothing-sent": Reason(
        "Es liegt keine Datei vor, die gelesen werden könnte.",
        "Senden Sie der Quelle eine Datei oder geben Sie ihr eine Adresse.",
        "There is no file that could be read.",
        "Send the source a file or give it an address.",
    ),
    "not-there": Reason(
        "Die Quelle enthält »{record}« nicht mehr.",
        "Führen Sie die ganze Quelle aus; der Datensatz wird dann behandelt wie alles, was verschwindet.",
        "The source does not hold “{record}” any more.",
        "Run the whole source; the dataset is then treated like everything that vanishes.",
    ),
    # --- one record ------------------------------------------------------------
    "no-id": Reason(
        "Der Datensatz hat keine Kennung im Feld {field}.",
        "Bitten Sie den Betreiber, jedem Datensatz eine eindeutige Kennung zu geben.",
        "The record has no identifier in the field {field}.",
        "Ask the operator to give each record a unique identifier.",
    ),
    "duplicate-id": Reason(
        "Die Kennung {id} kommt mehrfach vor; nur der erste Datensatz wird übernommen.",
        "Bitten Sie den Betreiber um eindeutige Kennungen.",
        "The identifier {id} occurs more than once; only the first record is taken.",
        "Ask the operator for unique identifiers.",
    ),
    "published-by-other-source": Reason(
        "Diesen Datensatz veröffentlicht schon die {who_de}: »{title}« ({address}).",
        "Ist es derselbe, ist nichts zu tun; soll er von hier kommen, nehmen Sie ihn dort zurück. Ist es ein anderer, "
        "geben Sie ihm in den »Angaben zu einzelnen Datensätzen« eine eigene Kennung (identifier, url) oder einen "
        "eigenen Titel (title).",
        "The {who_en} publishes this dataset already: “{title}” ({address}).",
        "If it is the same, there is nothing to do; if it is to come from here, withdraw it there. If it is another "
        "one, give it an identifier (identifier, url) or a title of its own in the entries for single datasets.",
    ),
    "title-twice": Reason(
        "Den Titel »{title}« trägt auch ein anderer Datensatz: {other_de}.",
        "Beide sind veröffentlicht. Geben Sie ihnen in der Quelle oder in den »Angaben zu einzelnen Datensätzen« "
        "Titel, an denen man sie unterscheiden kann.",
        "Another dataset bears the title “{title}” as well: {other_en}.",
        "Both are published. Give them titles that people can tell apart, at the source or in the entries for single "
        "datasets.",
    ),
    "missing": Reason(
        "Das Pflichtfeld {field} ist leer.",
        "Ergänzen Sie {field} in der Quelle.",
        "The mandatory field {field} is empty.",
        "Fill in {field} at the source.",
    ),
    "not-a-number": Reason(
        "{field}: »{value}« ist keine Zahl.",
        "Berichtigen Sie den Wert in der Quelle.",
        "{field}: “{value}” is not a number.",
        "Correct the value at the source.",
    ),
    "not-a-date": Reason(
        "{field}: »{value}« ist kein Datum.",
        "Berichtigen Sie den Wert in der Quelle (z. B. 2026-11-24 oder 24.11.2026).",
        "{field}: “{value}” is not a date.",
        "Correct the value at the source (e.g. 2026-11-24 or 24.11.2026).",
    ),
    "not-a-truth-value": Reason(
        "{field}: »{value}« ist weder wahr noch falsch.",
        "Berichtigen Sie den Wert in der Quelle.",
        "{field}: “{value}” is neither true nor false.",
        "Correct the value at the source.",
    ),
    "not-in-list": Reason(
        "{field}: »{value}« steht nicht in der Werteliste.",
        "Berichtigen Sie den Wert in der Quelle.",
        "{field}: “{value}” is not in the list of values.",
        "Correct the value at the source.",
    ),
    "wrong-length": Reason(
        "Die Zeile hat {found} statt {expected} Felder.",
        "Prüfen Sie Trennzeichen und Anführungszeichen dieser Zeile.",
        "The row has {found} fields instead of {expected}.",
        "Check the separators and quotes of this row.",
    ),
    "too-long": Reason(
        "{field}: Der Wert ist zu lang ({found} Bytes; höchstens {limit}).",
        "Kürzen Sie ihn in der Quelle oder verweisen Sie auf eine Datei.",
        "{field}: the value is too long ({found} bytes; at most {limit}).",
        "Shorten it at the source or link to a file.",
    ),
    "too-many": Reason(
        "{field}: Der Datensatz hat zu viele Einträge ({found}; höchstens {limit}).",
        "Teilen Sie ihn in der Quelle auf mehrere Datensätze auf.",
        "{field}: the record has too many entries ({found}; at most {limit}).",
        "Split it into several records at the source.",
    ),
    "no-geometry": Reason(
        "Der Datensatz hat keine gültige Geometrie.",
        "Ergänzen Sie die Koordinaten (WGS 84) in der Quelle.",
        "The record has no valid geometry.",
        "Add its coordinates (WGS 84) at the source.",
    ),
    "outside": Reason(
        "Die Koordinaten {value} sind keine Länge und Breite in Grad.",
        "Liefern Sie die Koordinaten in WGS 84 (EPSG:4326).",
        "The coordinates {value} are not longitude and latitude in degrees.",
        "Deliver the coordinates in WGS 84 (EPSG:4326).",
    ),
    "not-outdoor": Reason(
        "Die Station steht nicht fest im Freien ({value}); Innenräume und Wege von Personen bleiben geschützt.",
        "Keine Änderung nötig; steht die Station draußen, stellen Sie sie in der Quelle auf »outdoor«.",
        "The station is not fixed outdoors ({value}); indoor places and people's movements are not published.",
        "Nothing to do; if the station stands outdoors, set it to “outdoor” at the source.",
    ),
    "dangling": Reason(
        "{field} verweist auf »{value}«, das in {target} fehlt.",
        "Bitten Sie den Betreiber, die Lieferung zu vervollständigen.",
        "{field} points to “{value}”, which {target} lacks.",
        "Ask the operator to complete the delivery.",
    ),
    "not-readable": Reason(
        "Der Datensatz ist nicht lesbar: {detail}.",
        "Berichtigen Sie ihn in der Quelle.",
        "The record cannot be read: {detail}.",
        "Correct it at the source.",
    ),
    "not-allowed": Reason(
        "Der Datensatz gehört zu einer Art, die nicht veröffentlicht wird ({value}).",
        "Keine Änderung nötig; die Liste der erlaubten Arten steht in den Einstellungen der Quelle.",
        "The record is of a kind that is not published ({value}).",
        "Nothing to do; the allowed kinds are in the source's options.",
    ),
    "schema": Reason(
        "Das Feld {field} wird nicht angenommen: {detail}",
        "Berichtigen Sie die Angabe in der Quelle oder in den Vorgaben der Quelle.",
        "The field {field} is not accepted: {detail}",
        "Correct it at the source or in the source's defaults.",
    ),
}

# Records that must not be shown, whatever was shown before: no fault of the source.
DELIBERATE = frozenset({"not-outdoor", "not-allowed"})
