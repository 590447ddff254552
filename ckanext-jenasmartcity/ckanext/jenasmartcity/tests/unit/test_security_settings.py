"""The list of safe options: complete in config/portal.ini, and keys that can be guessed."""

from __future__ import annotations

import configparser
import secrets
from pathlib import Path

import pytest

from ckanext.jenasmartcity.security.settings import SAFE, weak_secret

PORTAL_INI = next(
    (folder / "config/portal.ini" for folder in Path(__file__).resolve().parents if (folder / "config").is_dir()), None
)


def test_the_portals_configuration_carries_every_safe_option() -> None:
    assert PORTAL_INI is not None
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(PORTAL_INI, encoding="utf-8")
    found = dict(parser["app:main"])
    wrong = {key: (found.get(key), value) for key, value in SAFE.items() if found.get(key) != value}
    assert wrong == {}


@pytest.mark.parametrize("key", [
    "", " ", "string:", "changeme", "CHANGE_ME", "CHANGE-ME-CHANGE-ME-CHANGE-ME", "string:CHANGE_ME_CHANGE_ME_1234567",
    "secret", "my-secret-key-for-the-portal", "%(SECRET_KEY)s-and-some-more-text", "a" * 64, "abababababababababababab",
    "short-but-random-9", "please-replace-with-a-long-value",
])
def test_a_key_that_can_be_guessed_is_weak(key: str) -> None:
    assert weak_secret(key)


def test_a_generated_key_is_strong() -> None:
    keys = [secrets.token_urlsafe(20) for _ in range(2000)] + [secrets.token_hex(32) for _ in range(2000)]
    assert not [key for key in keys if weak_secret(key) or weak_secret(f"string:{key}")]
    assert not weak_secret("file:/etc/portal/private.pem")
