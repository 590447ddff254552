"""What is not Jena's or is generated carries a banner wherever it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Name of the organisation of sample data (config/organizations.yaml).
ORGANIZATION = "beispieldaten"
GENERATED = "(erzeugt)"


def kind(dataset: Mapping[str, Any]) -> str | None:
    """"generated" or "foreign" for sample data, None for everything else."""
    organization = dataset.get("organization") or {}
    marked = str(dataset.get("sample")).lower() in ("true", "1", "yes")
    if organization.get("name") != ORGANIZATION and not marked:
        return None
    return "generated" if GENERATED in str(dataset.get("title")) else "foreign"
