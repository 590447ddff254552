"""Personal links, for programs that cannot log in: a feed reader."""

from __future__ import annotations

import hashlib

import ckan.model as model
from itsdangerous import BadData, URLSafeSerializer

from ckanext.jenasmartcity import config

_SALT = "jenasmartcity harvest notices"


def sign(user: model.User) -> str:
    """The secret part of a user's link.  A new password makes another one, and the old one invalid."""
    return str(_serializer().dumps([user.id, _trait(user)]))


def user_of(token: str) -> model.User | None:
    """The active user whose link this is, or None."""
    try:
        user_id, trait = _serializer().loads(token)
    except (BadData, ValueError, TypeError):
        return None
    user = model.User.get(user_id)
    valid = user is not None and user.state == "active" and _trait(user) == trait
    return user if valid else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(config.harvest().secret_key, _SALT, signer_kwargs={"digest_method": hashlib.sha256})


def _trait(user: model.User) -> str:
    # never the password's hash itself
    return hashlib.sha256(f"{_SALT} {user.password or ''}".encode()).hexdigest()[:16]
