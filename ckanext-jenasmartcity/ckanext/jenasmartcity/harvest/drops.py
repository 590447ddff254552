"""Files that are sent to a source instead of being fetched, and the tokens that let machines send them.

They take the same road as what is fetched, under the same guards.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import BinaryIO

import ckan.model as model

from ckanext.jenasmartcity.connectors.base import Document
from ckanext.jenasmartcity.harvest.model import HarvestDrop, HarvestSource
from ckanext.jenasmartcity.harvest.model import drop as kept

LARGEST = 100 * 1024 * 1024
_PART = 1024 * 1024
_NOBODY = hashlib.sha256(b"").hexdigest()


class TooLargeError(ValueError):
    """The file is larger than LARGEST bytes."""


class EmptyError(ValueError):
    """The file holds nothing."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: what can be read twice, and what its sender says of it."""

    file: BinaryIO
    filename: str
    media_type: str = ""

    @property
    def name(self) -> str:
        """The file's own name, without folders and control characters, at most 200 characters."""
        last = re.split(r"[/\\]", self.filename)[-1]
        return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", last)[-200:].strip() or "datei"


def keep(source_id: int, upload: Upload, sha256: str, by: str | None) -> int:
    """Keep a file; its id.  The caller commits."""
    upload.file.seek(0)
    row = HarvestDrop(
        source_id=source_id, filename=upload.name, media_type=_media_type(upload.media_type), sha256=sha256,
        content=b"", created_by=by,
    )
    model.Session.add(row)
    model.Session.flush()
    kept.fill(row.id, iter(lambda: upload.file.read(_PART), b""))
    return row.id


def _media_type(said: str) -> str:
    text = said.partition(";")[0].strip().lower()
    return text if re.fullmatch(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}", text) else ""


def hash_of(file: BinaryIO) -> str:
    """SHA-256 of a file.  Raises TooLargeError, EmptyError."""
    found, length = hashlib.sha256(), 0
    file.seek(0)
    while part := file.read(_PART):
        found.update(part)
        length += len(part)
        if length > LARGEST:
            raise TooLargeError(length)
    if not length:
        raise EmptyError
    return found.hexdigest()


def whole(upload: Upload, url: str) -> Document:
    """The file as a document of that address, for a run that nothing keeps.

    Raises TooLargeError, EmptyError.
    """
    hash_of(upload.file)
    upload.file.seek(0)
    return Document(url, upload.file.read(), _media_type(upload.media_type))


def document(drop_id: int) -> Document:
    """The file of a run, as a connector takes it.  Raises LookupError where it is gone."""
    row = model.Session.get(HarvestDrop, drop_id)
    if row is None:
        raise LookupError(drop_id)
    return Document(f"drop:{row.filename}", kept.content(drop_id), row.media_type)


def new_token(source: HarvestSource) -> str:
    """A token with which files may be sent to the source, and commit; an earlier one ends.

    Only its hash is kept: it is shown this once.
    """
    token = secrets.token_urlsafe(32)
    source.token_hash = token_hash(token)
    model.Session.commit()
    return token


def token_hash(token: str) -> str:
    """What is kept of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def allows(source: HarvestSource | None, token: str) -> bool:
    """Whether the token is the source's, in the same time for every wrong one."""
    expected = (source.token_hash if source is not None else None) or _NOBODY
    return hmac.compare_digest(token_hash(token), expected) and bool(token)
