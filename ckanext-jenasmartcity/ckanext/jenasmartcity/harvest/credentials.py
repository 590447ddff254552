"""Secrets that a source's server asks for: encrypted, write-only, read by the client alone.

The keys lie in the configuration, outside the database: who has a copy of the one has
nothing without the other.  Values leave this module as request headers, and nowhere else.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Collection, Mapping

import ckan.model as model
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.connectors.base import SourceError, Text
from ckanext.jenasmartcity.harvest.model import HarvestCredential
from ckanext.jenasmartcity.harvest.model.credential import credentials

# The ways in which a server may ask for a secret, by the names that make each of them up.
KINDS = (("username", "password"), ("token",), ("header", "value"))
NAMES = tuple(name for kind in KINDS for name in kind)
SHORTEST_KEY = 32
# Headers that the client sets itself, or that say how a message is read.
_TAKEN = frozenset({
    "host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "user-agent", "accept",
    "accept-encoding", "if-none-match", "if-modified-since", "expect",
})
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# What HTTP lets a header hold: no line ends, which would begin another header.
_HEADER_VALUE = re.compile(r"[\x21-\x7e\xa1-\xff]([\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa1-\xff])?")
_LONGEST = 4000


def problem(given: Mapping[str, str], stored: Collection[str]) -> Text | None:
    """Why these secrets cannot be used together with the names that are stored, or None."""
    unknown = sorted(set(given) - set(NAMES))
    if unknown:
        return Text(
            "Zugangsdaten bestehen aus username und password, oder aus token, oder aus header und value.",
            "Credentials are username and password, or token, or header and value.",
        )
    left = merged(given, stored)
    if left and left not in [set(kind) for kind in KINDS]:
        return Text(
            "Die Zugangsdaten sind unvollständig: Geben Sie username und password an, oder token, oder header und "
            "value.",
            "The credentials are incomplete: give username and password, or token, or header and value.",
        )
    if any(given.values()) and not usable():
        return Text(
            "Dieses Portal kann keine Zugangsdaten aufbewahren. Bitten Sie den Betrieb, die Einstellung "
            "ckanext.jenasmartcity.harvest.credential_keys zu setzen (mindestens 32 Zeichen).",
            "This portal cannot keep credentials. Ask its operators to set the option "
            "ckanext.jenasmartcity.harvest.credential_keys (at least 32 characters).",
        )
    return _unusable(given)


def _unusable(given: Mapping[str, str]) -> Text | None:
    header = given.get("header")
    if header and (not _HEADER_NAME.fullmatch(header) or header.lower() in _TAKEN):
        return Text(
            "Der Name der Kopfzeile (header) ist nicht erlaubt. Geben Sie einen an wie X-Api-Key.",
            "The header's name is not allowed. Give one like X-Api-Key.",
        )
    for name in ("token", "value", "username", "password"):
        value = given.get(name) or ""
        plain = name in ("token", "value")
        broken = bool(value) and plain and not _HEADER_VALUE.fullmatch(value)
        if broken or len(value) > _LONGEST or (name == "username" and ":" in value):
            return Text(
                f"Der Wert von {name} enthält Zeichen, die hier nicht stehen dürfen, oder ist zu lang. Kopieren Sie "
                "ihn ohne Zeilenumbruch und Leerzeichen am Rand.",
                f"The value of {name} has characters that may not stand here, or is too long. Copy it without line "
                "breaks and spaces around it.",
            )
    return None


def merged(given: Mapping[str, str], stored: Collection[str]) -> set[str]:
    """The names that are set when ``given`` is laid over what is stored.

    An empty value deletes one; secrets of one kind take the place of another kind's.
    """
    new = {name for name, value in given.items() if value}
    kept = set(stored) - {name for name, value in given.items() if not value}
    kind = next((set(kind) for kind in KINDS if new & set(kind)), None)
    return new | (kept if kind is None else kept & kind)


def store(source_id: int, given: Mapping[str, str], now: dt.datetime) -> None:
    """Keep the secrets given (checked by ``problem``); the caller commits."""
    stored = credentials(source_id)
    wanted = merged(given, stored)
    for name, row in stored.items():
        if name not in wanted:
            model.Session.delete(row)
    for name in wanted:
        if value := given.get(name):
            hidden = _cipher().encrypt(value.encode())
            model.Session.merge(HarvestCredential(source_id=source_id, name=name, value=hidden, modified=now))


def names(source_id: int) -> list[str]:
    """Which secrets are set; never their values."""
    return sorted(credentials(source_id))


def forget(source_id: int) -> None:
    """Drop all secrets of a source; the caller commits."""
    for row in credentials(source_id).values():
        model.Session.delete(row)


def headers(source_id: int) -> dict[str, str]:
    """The request headers that show the source's secrets to its own server and no other.

    Empty for a source without.  Raises SourceError "credentials" where they were encrypted
    with a key that is no longer there.
    """
    return shown(values(source_id))


def values(source_id: int) -> dict[str, str]:
    """The secrets themselves.  Raises SourceError "credentials"."""
    rows = credentials(source_id)
    if not rows:
        return {}
    try:
        cipher = _cipher()
        return {name: cipher.decrypt(row.value).decode() for name, row in rows.items()}
    except (InvalidToken, ValueError):
        raise SourceError("credentials", "") from None


def shown(secrets: Mapping[str, str]) -> dict[str, str]:
    """Secrets as request headers: HTTP Basic (RFC 7617), Bearer (RFC 6750) or one of any name."""
    if "username" in secrets:
        pair = f"{secrets['username']}:{secrets.get('password', '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if "token" in secrets:
        return {"Authorization": f"Bearer {secrets['token']}"}
    return {secrets["header"]: secrets.get("value", "")} if "header" in secrets else {}


def usable() -> bool:
    """Whether the portal has keys to encrypt with."""
    keys = config.harvest().credential_keys
    return bool(keys) and all(len(key) >= SHORTEST_KEY for key in keys)


def _cipher() -> MultiFernet:
    """Raises ValueError where no key is set, or one that is too short."""
    keys = config.harvest().credential_keys
    if not usable():
        raise ValueError(f"credential_keys: at least one key of at least {SHORTEST_KEY} characters")
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])
