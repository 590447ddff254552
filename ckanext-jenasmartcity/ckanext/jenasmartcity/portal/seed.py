"""The first administrator, organisations and groups, from config/."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

from ckanext.jenasmartcity import config

ADMIN = "admin"


def _context() -> dict[str, Any]:
    return {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}


def _read(name: str) -> dict[str, Any]:
    file: Path = config.house().directory / name
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _administrator(password: str) -> None:
    try:
        tk.get_action("user_show")(_context(), {"id": ADMIN})
    except tk.ObjectNotFound:
        user = {"name": ADMIN, "password": password, "email": "admin@localhost.localdomain"}
        tk.get_action("user_create")(_context(), user)
        tk.get_action("user_patch")(_context(), {"id": ADMIN, "sysadmin": True})


def _group(kind: str, name: str, title: dict[str, str], description: dict[str, str]) -> None:
    try:
        tk.get_action(f"{kind}_show")(_context(), {"id": name, "include_datasets": False})
    except tk.ObjectNotFound:
        group = {
            "name": name,
            "title": title["de"],
            "description": description["de"],
            "extras": [
                {"key": "title_en", "value": title["en"]},
                {"key": "description_en", "value": description["en"]},
            ],
        }
        tk.get_action(f"{kind}_create")(_context(), group)


def run() -> None:
    """Create administrator, organisations, groups and sources that are missing.

    The administrator's password comes in the environment variable
    JENA_ADMIN_PASSWORD, so that it stands in no list of processes.
    """
    _administrator(os.environ["JENA_ADMIN_PASSWORD"])
    for entry in _read("organizations.yaml")["organizations"]:
        _group("organization", entry["name"], entry["title"], entry["description"])
    for entry in _read("groups.yaml")["entries"]:
        _group("group", entry["value"], entry["label"], entry["description"])
    tk.get_action("jenasmartcity_harvest_source_seed")(_context(), {})
