"""The city's lists, read once per process from the folder ``config/``.

Other rooms ask CKAN's helper ``jenasmartcity_vocabulary(name)`` or, without CKAN,
``read(directory, name)``.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ckanext.jenasmartcity.schemas.rules import vocabulary as lists
from ckanext.jenasmartcity.schemas.rules.vocabulary import Vocabulary

# Lists that lie elsewhere than in vocabularies/<name>.yaml.
_ELSEWHERE: dict[str, tuple[str, Callable[[Any], Vocabulary]]] = {
    "licenses": ("licenses.json", lists.from_licenses),
    "projects": ("groups.yaml", functools.partial(lists.from_yaml, "projects")),
    "ortsteile": ("places/ortsteile.geojson", functools.partial(lists.from_places, "ortsteile")),
    "statistische-bezirke": (
        "places/statistische-bezirke.geojson",
        functools.partial(lists.from_places, "statistische-bezirke"),
    ),
}


@functools.lru_cache(maxsize=128)
def read(directory: Path, name: str) -> Vocabulary:
    """The list ``name`` of the configuration in ``directory``.

    Raises FileNotFoundError for a name without a file, ValueError where a file
    contradicts itself.
    """
    usual = (f"vocabularies/{name}.yaml", functools.partial(lists.from_yaml, name))
    path, build = _ELSEWHERE.get(name, usual)
    return build(_content(directory / path))


def _content(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, yaml.CSafeLoader) if path.suffix == ".yaml" else json.load(file)
