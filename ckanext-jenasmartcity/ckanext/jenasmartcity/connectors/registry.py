"""All connectors, found by walking the package: a new standard is one new file."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import cast

import ckanext.jenasmartcity.connectors as package
from ckanext.jenasmartcity.connectors.base import Connector

_DECLARED = ("NAME", "TITLE", "OPTIONS", "read")


@functools.cache
def connectors() -> Mapping[str, Connector]:
    """NAME -> module.  Raises ValueError if two modules claim one name."""
    found: dict[str, Connector] = {}
    for module in modules():
        if not is_connector(module):
            continue
        name = module.NAME
        if name in found:
            raise ValueError(f"two connectors are named {name!r}")
        found[name] = cast(Connector, module)
    return MappingProxyType(dict(sorted(found.items())))


def modules() -> list[ModuleType]:
    """Every module of the rooms below ``connectors``, imported."""
    walked = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(entry.name) for entry in walked if not entry.ispkg and entry.name != __name__]


def is_connector(module: ModuleType) -> bool:
    """Whether a module declares all that a connector must."""
    return all(hasattr(module, name) for name in _DECLARED)


__all__ = ["connectors", "is_connector", "modules"]
