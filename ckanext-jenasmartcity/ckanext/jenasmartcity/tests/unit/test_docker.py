"""docker/ describes the same portal as `make portal`: read, since no Docker runs here."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

import pytest
import yaml

ROOT = next(parent for parent in Path(__file__).resolve().parents if (parent / "docker" / "compose.yaml").exists())
COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()


def keys_of(path: str, function: str) -> set[str]:
    """The string keys of the dict that a function returns."""
    tree = ast.parse((ROOT / path).read_text())
    node = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == function)
    returned = next(n for n in ast.walk(node) if isinstance(n, ast.Return) and isinstance(n.value, ast.Dict))
    return {key.value for key in returned.value.keys}


def constant(path: str, name: str) -> tuple:
    tree = ast.parse((ROOT / path).read_text())
    return next(
        ast.literal_eval(n.value) for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == name
    )


def test_every_part_of_the_portal_is_there():
    assert set(COMPOSE["services"]) == {"db", "redis", "solr", "samples", "setup", "web", "worker", "tick"}


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_nothing_runs_as_root_or_without_a_health_check(name):
    service = COMPOSE["services"][name]
    assert str(service["user"]).split(":")[0] not in ("0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "healthcheck" in service
    assert not service.get("privileged")


def test_images_are_official_and_pinned():
    images = {s["image"] for s in COMPOSE["services"].values() if "build" not in s}
    assert images == {"postgis/postgis:15-3.4", "redis:7-bookworm"}
    for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.M):
        assert ":" in base, f"{base} has no version"
        assert not base.endswith(":latest")
    last_user = re.findall(r"^USER (\S+)", DOCKERFILE, re.M)
    assert last_user
    assert "root" not in last_user


def test_solr_is_the_version_of_the_stack():
    pom = (ROOT / "stack/solr/pom.xml").read_text()
    version = re.search(r"<solr.version>(.*?)</solr.version>", pom).group(1)
    assert f"FROM solr:{version} " in DOCKERFILE
    assert re.search(r"jts-core</artifactId>\s*<version>(.*?)<", pom).group(1) in DOCKERFILE


def test_no_secret_stands_in_the_files():
    text = (ROOT / "docker/compose.yaml").read_text() + DOCKERFILE
    text = re.sub(r"/run/secrets/\S+|\./secrets/\S+", "", text)
    assert not re.search(r"(?i)(password|secret|key)\s*[:=]\s*[\"']?[A-Za-z0-9+/_-]{12,}", text)
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    assert "docker/secrets" in (ROOT / ".gitignore").read_text().split()


def test_only_the_pages_are_reachable_and_only_from_this_machine():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:${PORT:-5000}:5000"]


def test_the_settings_are_those_of_config():
    assert keys_of("docker/entrypoint.py", "settings") == keys_of("stack/ckan.py", "_settings")
    assert constant("docker/setup.py", "PLUGINS_WITH_TABLES") == constant("stack/ckan.py", "PLUGINS_WITH_TABLES")
    entrypoint = (ROOT / "docker/entrypoint.py").read_text()
    assert "config/portal.ini" in entrypoint
    assert re.search(r"^COPY config /srv/jena/config", DOCKERFILE, re.M)
    portal = configparser.RawConfigParser()
    portal.optionxform = str
    portal.read(ROOT / "config/portal.ini")
    generated = keys_of("stack/ckan.py", "_settings")
    assert not generated & set(portal["app:main"]), "what the machine decides must not stand in config/portal.ini"
