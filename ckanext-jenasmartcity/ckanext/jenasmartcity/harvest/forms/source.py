"""The form of a source: from what is stored to what is shown, and from what was typed to the action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import MultiDict

from ckanext.jenasmartcity.connectors.base import Option
from ckanext.jenasmartcity.harvest.address import DROP
from ckanext.jenasmartcity.harvest.channels import CHANNELS
from ckanext.jenasmartcity.harvest.forms import metadata, options, timing, written
from ckanext.jenasmartcity.harvest.mapping import slug

CREDENTIALS = ("username", "password", "token", "header", "value")
_LISTS = (*metadata.LISTS, "protected", "channels", "credential-delete")
# key of the action -> the form's field that shows its error
_PLACES = {
    "title": "title_de", "origin": "origin-name", "credentials": "credential-username", "defaults": "default-more",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What the action is to be told, and what is wrong by the name of the form's field."""

    values: dict[str, Any]
    errors: dict[str, list[str]] = field(default_factory=dict)


def new(known: Sequence[Option], organizations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The form's values for a source that is yet to be: the connector's defaults, every channel, daily."""
    return {
        "name": "", "title_de": "", "title_en": "", "url": "", "active": "1",
        "organization": organizations[0]["name"] if len(organizations) == 1 else "",
        **timing.shown("15 3 * * *"), **options.shown(known, {}), **metadata.shown({}, {}),
        "drafts": "", "protected": [], "channels": list(CHANNELS), "credential-delete": [],
        **{f"credential-{name}": "" for name in CREDENTIALS},
    }


def shown(source: Mapping[str, Any], known: Sequence[Option]) -> dict[str, Any]:
    """The form's values for a source that is stored; credentials are never among them."""
    title = source.get("title") or {}
    return {
        "name": source["name"], "title_de": title.get("de", ""), "title_en": title.get("en", ""),
        "url": "" if source["url"] == DROP else source["url"], "organization": source["organization"],
        "active": "1" if source["active"] else "",
        **timing.shown(source.get("schedule")), **options.shown(known, source.get("options") or {}),
        **metadata.shown(source.get("defaults") or {}, source.get("origin") or {}),
        "drafts": written.shown(source.get("drafts") or {}), "protected": list(source.get("protected") or ()),
        "channels": list(source.get("channels") or ()), "credential-delete": [],
        **{f"credential-{name}": "" for name in CREDENTIALS},
    }


def sent(form: MultiDict[str, str]) -> dict[str, Any]:
    """A request's values in the same form."""
    values: dict[str, Any] = {name: form.get(name, "") for name in form if not name.startswith("_")}
    return {**values, **{name: [value for value in form.getlist(name) if value] for name in _LISTS}}


def again(form: Mapping[str, Any]) -> dict[str, Any]:
    """The same to be shown once more: secrets do not go back into a page."""
    return {**form, **{f"credential-{name}": "" for name in CREDENTIALS}}


def read(
    form: Mapping[str, Any], known: Sequence[Option], before: Mapping[str, Any] | None, now: dt.datetime
) -> Typed:
    """What the form means.  before: the source as it is stored, None for a new one."""
    stored = before or {}
    errors: dict[str, list[str]] = {}
    if not form.get("title_de", "").strip():
        errors["title_de"] = [tk._("Please fill in this field.")]
    if not form.get("organization"):
        errors["organization"] = [tk._("Please choose an organisation.")]
    chosen, wrong = options.read(known, form)
    defaults, more = metadata.defaults(form, stored.get("defaults") or {})
    errors |= wrong | more
    values = {
        "title": _title(form), "url": form.get("url", "").strip(), "organization": form.get("organization", ""),
        "options": chosen, "defaults": defaults, "origin": metadata.origin(form, stored.get("origin") or {}),
        "protected": list(form.get("protected", ())), "channels": list(form.get("channels", ())),
        "active": bool(form.get("active")), "credentials": _credentials(form),
        "name": stored.get("name") or form.get("name", "").strip() or slug(form.get("title_de", "")),
    }
    for key, reader in (("drafts", _drafts), ("schedule", timing.read)):
        try:
            values[key] = reader(form, now)
        except ValueError as error:
            errors[key] = [str(error)]
    return Typed(values, errors)


def placed(errors: Mapping[str, Any], known: Sequence[Option]) -> dict[str, list[str]]:
    """An action's errors by the name of the form's field; what has none stands under ""."""
    names = [option.name for option in known]
    found: dict[str, list[str]] = {}
    for key, wrong in errors.items():
        root = key.split(".")[0]
        place = _of_option(key, names) if root == "options" else _PLACES.get(root, root)
        found.setdefault(place, []).extend(_texts(wrong))
    return found


def _of_option(path: str, names: Sequence[str]) -> str:
    """"options.draft.id" is said of the field "draft"."""
    return next((options.PREFIX + part for part in path.replace("[", ".").split(".") if part in names), "")


def _texts(wrong: Any) -> list[str]:
    if isinstance(wrong, str):
        return [wrong]
    parts = wrong.values() if isinstance(wrong, Mapping) else wrong
    return [text for part in parts for text in _texts(part)]


def _title(form: Mapping[str, Any]) -> dict[str, str]:
    given = {lang: str(form.get(f"title_{lang}", "")).strip() for lang in ("de", "en")}
    return {lang: text for lang, text in given.items() if text}


def _drafts(form: Mapping[str, Any], _now: dt.datetime) -> dict[str, Any]:
    found = written.mapping(str(form.get("drafts", "")).replace("\r\n", "\n"))
    for name, value in found.items():
        if not isinstance(value, dict):
            raise written.WrittenError(
                tk._("Below “{name}:” there must be indented lines “field: value”.").format(name=name)
            )
    return found


def _credentials(form: Mapping[str, Any]) -> dict[str, str]:
    """Empty means keep, a box means delete."""
    given = {name: str(form.get(f"credential-{name}", "")) for name in CREDENTIALS}
    kept = {name: value for name, value in given.items() if value}
    return {**{name: "" for name in form.get("credential-delete", ()) if name in CREDENTIALS}, **kept}
