"""What people see: theme, pages, helpers, health."""

from __future__ import annotations

from flask import Blueprint

from ckanext.jenasmartcity.portal import addresses, errors, geojson, health, pages
from ckanext.jenasmartcity.portal import cli as cli


def blueprints() -> list[Blueprint]:
    """Every blueprint of this room."""
    return [errors.blueprint, health.blueprint, pages.blueprint, addresses.blueprint, geojson.blueprint]
