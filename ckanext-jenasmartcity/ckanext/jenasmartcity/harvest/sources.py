"""Sources of the configuration: checked, and seeded into the database once.

``config/sources.yaml`` is where Jena's sources come from; after that the rows in the
database count.  A row that stewards changed is never overwritten by the file.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ckan.model as model
import yaml

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import Option, SourceError
from ckanext.jenasmartcity.harvest import fetch
from ckanext.jenasmartcity.harvest.mapping import digest, plain
from ckanext.jenasmartcity.harvest.model import HarvestSource, sources
from ckanext.jenasmartcity.harvest.model.seeded import HarvestSeeded, seeded
from ckanext.jenasmartcity.harvest.schedule import following, valid

_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str, "int": int, "bool": bool, "list": (list, tuple), "mapping": Mapping,
}
_NEEDED = ("name", "connector", "url", "organization")


@dataclass(frozen=True, slots=True)
class Spec:
    """One source as the file describes it."""

    name: str
    connector: str
    url: str
    organization: str
    title: Mapping[str, str] = field(default_factory=dict)
    schedule: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    drafts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Tells whether two descriptions are the same."""
        return digest(dataclasses.asdict(self))


FIELDS = tuple(one.name for one in dataclasses.fields(Spec))


def specs(path: Path) -> list[Spec]:
    """The sources of a file.  Raises SourceError "option" that names the source and the key."""
    listed = yaml.safe_load(path.read_text("utf-8")) if path.exists() else []
    if isinstance(listed, Mapping):
        listed = listed.get("sources", [])
    found = [spec(raw, f"sources[{place}]") for place, raw in enumerate(listed or [])]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise SourceError("option", name, option=name, detail=f"2 × {name}")
    return found


def spec(raw: Any, place: str) -> Spec:
    """One source from the file's mapping; unknown or missing keys are refused."""
    if not isinstance(raw, Mapping):
        raise SourceError("option", place, option=place, detail="{name: …}")
    name = str(raw.get("name") or place)
    for key in _NEEDED:
        if not isinstance(raw.get(key), str):
            raise SourceError("option", name, option=f"{name}.{key}", detail="∅")
    unknown = sorted(set(raw) - set(FIELDS))
    if unknown:
        raise SourceError("option", name, option=f"{name}.{unknown[0]}", detail=f"∉ {', '.join(FIELDS)}")
    found = Spec(**{key: plain(value) for key, value in raw.items() if value is not None})
    if found.schedule is not None and not valid(found.schedule):
        detail = f"»{found.schedule}« ≠ cron (* * * * *)"
        raise SourceError("option", found.url, option=f"{name}.schedule", detail=detail)
    check_options(found.options, fetch.connector(found.connector, found.url).OPTIONS, found.url)
    return found


def check_options(given: Mapping[str, Any], known: Sequence[Option], url: str) -> None:
    """Raises SourceError "option" for one that is unknown, missing or of the wrong type."""
    by_name = {option.name: option for option in known}
    for name, value in given.items():
        if name not in by_name:
            raise SourceError("option", url, option=name, detail=f"∉ {', '.join(sorted(by_name)) or '∅'}")
        if not _fits(value, by_name[name].type):
            raise SourceError("option", url, option=name, detail=f"»{value}« ≠ {by_name[name].type}")
    for option in known:
        if option.required and given.get(option.name) in (None, "", [], {}):
            raise SourceError("option", url, option=option.name, detail="∅")


def _fits(value: Any, type_: str) -> bool:
    if type_ == "int" and isinstance(value, bool):
        return False
    return isinstance(value, _TYPES[type_])


def defaults(given: Mapping[str, Any], known: Sequence[Option]) -> dict[str, Any]:
    """The options with the connector's defaults for those that are not given."""
    return {**{option.name: option.default for option in known if option.default is not None}, **given}


def seed(path: Path, now: dt.datetime) -> list[str]:
    """Bring the database's sources up to the file's and commit; the names that changed.

    Without a sample server (DEMO=0) the sources that it serves are left out.
    """
    present, earlier = {row.name: row for row in sources()}, seeded()
    changed = []
    for wanted in specs(path):
        if "{samples}" in wanted.url and not config.harvest().samples_url:
            continue
        row = present.get(wanted.name)
        if row is None and wanted.name in earlier:
            # whoever deleted it meant it
            continue
        if wanted.name not in earlier:
            model.Session.add(HarvestSeeded(name=wanted.name))
        if row is None:
            row = HarvestSource(uid=str(uuid.uuid4()), name=wanted.name, active=True)
            model.Session.add(row)
        elif row.leaving is not None or row.seed_hash == wanted.digest or _spec_of(row).digest != row.seed_hash:
            continue
        for one in FIELDS:
            setattr(row, one, getattr(wanted, one))
        row.seed_hash, row.modified = wanted.digest, now
        row.due_at = following(wanted.schedule, now) if wanted.schedule else None
        changed.append(wanted.name)
    model.Session.commit()
    return changed


def _spec_of(row: HarvestSource) -> Spec:
    return Spec(**{one: getattr(row, one) for one in FIELDS})
