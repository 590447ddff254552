"""The ZIP of a GTFS feed, opened in memory and with limits.

Nothing is unpacked to disk, and no size in the archive's directory is believed:
what counts is what comes out.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from ckanext.jenasmartcity.connectors.base import Document, SourceError
from ckanext.jenasmartcity.connectors.bodies import refuse_page
from ckanext.jenasmartcity.connectors.logistics.gtfs_files import FILES, REQUIRED

MAX_ENTRIES = 1_000
MAX_BYTES = 200_000_000
MAX_RATIO = 100
# Small files of equal rows compress beyond any ratio and harm nobody.
RATIO_FREE_BYTES = 1_000_000
_CHUNK = 1 << 16

# All that zipfile and the decompressors raise on damaged, encrypted or exotic archives.
_FAULTS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError, OverflowError, IndexError,
)


def members(document: Document) -> dict[str, bytes]:
    """Content of the feed's files by their name in the standard, e.g. "stops.txt".

    Files may lie in one common sub-folder (a frequent fault).  Raises SourceError
    "empty", "html", "broken-archive", "too-large" or "missing-part".
    """
    refuse_page(document, "GTFS (ZIP)")
    try:
        with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
            chosen = _chosen(document.url, archive.infolist())
            return _contents(document.url, archive, chosen)
    except _FAULTS as error:
        raise SourceError("broken-archive", document.url, detail=str(error)[:200] or type(error).__name__) from error


def other_files(document: Document) -> tuple[str, ...]:
    """Names of the files that the standard does not know, sorted; call after ``members``."""
    with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
        names = {PurePosixPath(info.filename).name for info in archive.infolist() if not info.is_dir()}
    return tuple(sorted(name for name in names if name not in _KNOWN and not name.startswith(".")))


_KNOWN = {f"{name}.txt" for name in FILES if name != "locations"} | {"locations.geojson"}


def _chosen(url: str, infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > MAX_ENTRIES:
        raise SourceError("too-large", url, limit=f"{MAX_ENTRIES} Dateien/files")
    for info in infos:
        if _unsafe(info.filename):
            raise SourceError("broken-archive", url, detail=f"{info.filename[:80]!r}")
    found: dict[str, zipfile.ZipInfo] = {}
    depth = min((len(path.parts) for path, _ in _known(infos)), default=0)
    for path, info in _known(infos):
        if len(path.parts) != depth:
            continue
        if path.name in found:
            raise SourceError("broken-archive", url, detail=f"2 × {path.name}")
        found[path.name] = info
    missing = ["/".join(group) for group in REQUIRED if not any(name in found for name in group)]
    if missing:
        raise SourceError("missing-part", url, part=", ".join(missing))
    return found


def _known(infos: list[zipfile.ZipInfo]) -> Iterator[tuple[PurePosixPath, zipfile.ZipInfo]]:
    for info in infos:
        path = PurePosixPath(info.filename)
        # Two levels: the file alone or in one folder; macOS adds a shadow folder of its own.
        if path.name in _KNOWN and len(path.parts) <= 2 and path.parts[0] != "__MACOSX":
            yield path, info


def _unsafe(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts


def _contents(url: str, archive: zipfile.ZipFile, chosen: dict[str, zipfile.ZipInfo]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    left = MAX_BYTES
    for name, info in chosen.items():
        contents[name] = _content(url, archive, info, left)
        left -= len(contents[name])
    return contents


def _content(url: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    allowed = max(RATIO_FREE_BYTES, info.compress_size * MAX_RATIO)
    parts = bytearray()
    # one that admits to be too large is not unpacked first
    _limit(url, info.file_size, left, allowed)
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            parts += chunk
            _limit(url, len(parts), left, allowed)
    return bytes(parts)


def _limit(url: str, size: int, left: int, allowed: int) -> None:
    if size > left:
        raise SourceError("too-large", url, limit=f"{MAX_BYTES // 1_000_000} MB")
    if size > allowed:
        raise SourceError("too-large", url, limit=f"{MAX_RATIO}:1")


__all__ = ["MAX_BYTES", "MAX_ENTRIES", "MAX_RATIO", "members", "other_files"]
