"""Impressum, Datenschutz and the like: texts that an administrator edits in the browser."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

blueprint = Blueprint("jenasmartcity_pages", __name__)


def config_schema() -> dict[str, Any]:
    """Validators of the texts kept in CKAN's runtime configuration."""
    return {}
