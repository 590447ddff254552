"""Template helpers of the theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def all_helpers() -> dict[str, Callable[..., Any]]:
    """Every helper of this room by its name in templates."""
    return {}
