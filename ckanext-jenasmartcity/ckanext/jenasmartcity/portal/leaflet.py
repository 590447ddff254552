"""Leaflet as ckanext-spatial ships it: registered from there, not copied into this repository."""

from __future__ import annotations

from importlib import resources

from ckan.lib import webassets_tools
from webassets import Bundle

_FOLDER = "assets/js/vendor/leaflet/1.9.3"


def register() -> None:
    """Make the assets ``jenasmartcity/leaflet-js`` and ``-css``; the plugin `spatial` need not be on."""
    folder = resources.files("ckanext.spatial") / _FOLDER
    for kind in ("js", "css"):
        name = f"jenasmartcity/leaflet-{kind}"
        if not webassets_tools.is_registered(name):
            bundle = Bundle(str(folder / f"leaflet.{kind}"), output=f"jenasmartcity/%(version)s_leaflet.{kind}")
            webassets_tools.env.register(name, bundle)
