"""How a rule says no: the field, what is wrong and the remedy, in both languages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ckanext.jenasmartcity.connectors.base import Text

Path = tuple[str | int, ...]

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LONGEST_ADDRESS = 100


class RuleError(ValueError):
    """A value that a rule does not accept.  ``text`` names field, cause and remedy."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule between fields that is broken.

    path: where it shows, as ("frequency",) or ("resources", 2, "license").
    """

    path: Path
    text: Text


def said(text: Text, lang: str) -> str:
    """The text in ``lang``: English for "en" and its variants, otherwise German."""
    return text.en if lang.split("_")[0].split("-")[0] == "en" else text.de


def broken(label: Text, value: object, cause: Text, remedy: Text) -> RuleError:
    """»value« is not …: the sentence that every rule for one value uses."""
    shown = _short(str(value))
    return RuleError(
        Text(
            de=f"{label.de}: »{shown}« {cause.de} {remedy.de}",
            en=f"{label.en}: “{shown}” {cause.en} {remedy.en}",
        )
    )


def missing(label: Text, remedy: Text) -> Text:
    """A field that is needed to publish is empty."""
    return Text(de=f"{label.de} fehlt: {remedy.de}", en=f"{label.en} is missing: {remedy.en}")


def address(title: str) -> str:
    """The last part of a web address: "Straßenlärm 2026" -> "strassenlaerm-2026"."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_GERMAN)).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_ADDRESS].strip("-")


def _short(value: str, limit: int = 80) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"
