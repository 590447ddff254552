"""What a source says of all its datasets: licence, themes, publisher, contact, origin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.jenasmartcity.harvest.forms import written

# form's field -> field of the defaults
_TEXTS = {"default-license": "license", "default-attribution": "attribution", "default-frequency": "frequency"}
_LISTS = {"default-theme": "theme", "default-project": "project"}
_AGENTS = {"publisher": ("name", "url", "email"), "contact": ("name", "email", "phone", "url")}
_ORIGIN = ("name", "url", "licence", "retrieved")
_MORE = "default-more"
LISTS = tuple(_LISTS)


def shown(defaults: Mapping[str, Any], origin: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values for a source's defaults and origin; what has no field of its own stands as YAML."""
    own = {*_TEXTS.values(), *_LISTS.values(), *_AGENTS}
    agents = {
        f"{agent}-{part}": str(_first(defaults, agent).get(part) or "")
        for agent, parts in _AGENTS.items() for part in parts
    }
    return {
        **{name: str(defaults.get(key) or "") for name, key in _TEXTS.items()},
        **{name: list(defaults.get(key) or []) for name, key in _LISTS.items()},
        **agents,
        **{f"origin-{part}": str(origin.get(part) or "") for part in _ORIGIN},
        _MORE: written.shown({key: value for key, value in defaults.items() if key not in own}),
    }


def defaults(form: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The defaults that the form means, and what is wrong.  before: those of the source so far."""
    errors: dict[str, list[str]] = {}
    more: dict[str, Any] = {}
    try:
        more = written.mapping(str(form.get(_MORE, "")).replace("\r\n", "\n"))
    except written.WrittenError as error:
        errors[_MORE] = [str(error)]
    found = {
        **more,
        **{key: str(form.get(name, "")).strip() for name, key in _TEXTS.items()},
        **{key: [value for value in form.get(name, ()) if value] for name, key in _LISTS.items()},
        **{agent: _agents(form, agent, before) for agent in _AGENTS},
    }
    return {key: value for key, value in found.items() if value not in ("", [], None)}, errors


def origin(form: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Where the data come from in the first place; what the form has no field for stays."""
    kept = {key: value for key, value in before.items() if key not in _ORIGIN}
    given = {part: str(form.get(f"origin-{part}", "")).strip() for part in _ORIGIN}
    return {**kept, **{part: value for part, value in given.items() if value}}


def _first(defaults: Mapping[str, Any], agent: str) -> Mapping[str, Any]:
    listed = defaults.get(agent) or [{}]
    return listed[0] if isinstance(listed[0], Mapping) else {}


def _agents(form: Mapping[str, Any], agent: str, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The one of the form, with what it has no field for, and the others that were there before."""
    given = {part: str(form.get(f"{agent}-{part}", "")).strip() for part in _AGENTS[agent]}
    others = list(before.get(agent) or [])[1:]
    if not any(given.values()):
        return others
    kept = {key: value for key, value in _first(before, agent).items() if key not in _AGENTS[agent]}
    return [{**kept, **{part: value for part, value in given.items() if value}}, *others]
