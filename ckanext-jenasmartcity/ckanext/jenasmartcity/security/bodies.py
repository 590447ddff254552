"""Reading an answer's body within limits: raw bytes, decoded bytes and their ratio.

Only ``gzip`` is asked for and understood; it is undone here, a piece at a time, so a
bomb is noticed when the first piece too many comes out.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

PIECE = 64 * 1024
# What is longer waits in a file without a name: a body that never ends must not fill the memory first.
IN_MEMORY = 8 * 1024 * 1024
# Below this size no ratio is a danger, and small answers of blanks and zeros are common.
RATIO_FROM = 1024 * 1024


class TooLargeError(Exception):
    """A limit was passed; the text names it."""


class DamagedError(Exception):
    """The body cannot be undone or ends early; the text says how."""


class Readable(Protocol):
    """What a body is read from: at most ``amount`` bytes, none at the end."""

    def read(self, amount: int, /) -> bytes:
        """The next bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps in bytes, and the largest ratio of decoded to raw bytes."""

    raw: int
    decoded: int
    ratio: int


def size(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count // (1024 * 1024)} MB" if count >= 1024 * 1024 else f"{count} B"


def read(body: Readable, encoding: str, length: int | None, limits: Limits) -> bytes:
    """The decoded body.

    encoding: value of Content-Encoding; length: value of Content-Length in bytes,
    None where the server does not say.  Raises TooLargeError and DamagedError.
    """
    if length is not None and length > limits.raw:
        raise TooLargeError(size(limits.raw))
    pieces = _raw(body, length, limits)
    given = 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as decoded:
        for piece in _undone(pieces, encoding.strip().lower(), limits.ratio):
            given += len(piece)
            if given > limits.decoded:
                raise TooLargeError(size(limits.decoded))
            decoded.write(piece)
        decoded.seek(0)
        return decoded.read()


def _raw(body: Readable, length: int | None, limits: Limits) -> Iterator[bytes]:
    total = 0
    while piece := body.read(PIECE):
        total += len(piece)
        if total > limits.raw:
            raise TooLargeError(size(limits.raw))
        yield piece
    if length is not None and total < length:
        raise DamagedError(f"{total} / {length} B")


def _undone(pieces: Iterator[bytes], encoding: str, ratio: int) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        return pieces
    if encoding in ("gzip", "x-gzip"):
        return _gunzip(pieces, ratio)
    raise DamagedError(f"Content-Encoding: {encoding}")


def _gunzip(pieces: Iterator[bytes], ratio: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=31)
    taken = given = 0
    for piece in pieces:
        taken += len(piece)
        rest, more = piece, True
        while more:
            if stream.eof:  # a gzip body may be several members in a row
                stream = zlib.decompressobj(wbits=31)
            out = _inflate(stream, rest)
            given += len(out)
            if given > RATIO_FROM and given > taken * ratio:
                raise TooLargeError(f"gzip 1:{ratio}")
            yield out
            rest = stream.unused_data if stream.eof else stream.unconsumed_tail
            # A full piece means that the stream may hold more, even with no input left.
            more = bool(rest) or (len(out) == PIECE and not stream.eof)
    if taken and not stream.eof:
        raise DamagedError("gzip")


def _inflate(stream: zlib._Decompress, data: bytes) -> bytes:
    try:
        return stream.decompress(data, PIECE)
    except zlib.error as error:
        raise DamagedError("gzip") from error
