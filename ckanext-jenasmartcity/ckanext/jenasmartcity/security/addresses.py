"""Which addresses the portal may fetch from: pure rules, no socket.

Two walls.  ``target`` reads an address strictly: one spelling per host, so nothing
that a resolver or a browser would understand in another way gets further.
``inner`` judges the numeric address that a socket is about to connect to.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

import idna

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = {"http": 80, "https": 443}

# Besides what ``is_global`` refuses: addresses that carry another one inside, so that
# the peer is not the one that the number says (RFC 3056, 4380, 6052, 8215, 5214), and
# networks whose "globally reachable" mark is of no use to a public feed.
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/3",
        "2001::/23", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_DOTS = "\u3002\uff0e\uff61"


class RefusedError(ValueError):
    """An address that is not fetched; the text says which part is to blame, for both languages."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: host is a lower-case ASCII name or a numeric address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What decides whether two addresses belong to the same server."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address and in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address in its one spelling."""
        return f"{self.scheme}://{self.authority}{self.path}"


def numeric(host: str) -> Address | None:
    """The address that a host is, if it is one in its canonical spelling, else None."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def target(url: str) -> Target:
    """Read an http(s) address strictly.

    Raises RefusedError for every other scheme, user names, control characters and
    backslashes, numbers that only some programs read as an address (decimal, octal,
    hexadecimal, short), trailing dots and characters that turn into others.
    """
    if _FORBIDDEN.search(url):
        raise RefusedError("Leer- oder Steuerzeichen / blanks or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedError(str(error)) from error
    if parts.scheme not in PORTS:
        raise RefusedError(f"{parts.scheme or '?'}:")
    if "@" in parts.netloc or "%" in parts.netloc:
        raise RefusedError("@ / %")
    if port == 0 or parts.netloc.endswith(":"):
        raise RefusedError("Port 0")
    path = quote(parts.path or "/", safe="%/:=&~+!$,;'@()*") + _query(parts)
    return Target(parts.scheme, _host(parts), port or PORTS[parts.scheme], path)


def _query(parts: SplitResult) -> str:
    return "?" + quote(parts.query, safe="%/:=&~+!$,;'@()*?[]{}|") if parts.query else ""


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if "[" in parts.netloc or "]" in parts.netloc:
        if not re.fullmatch(r"\[[0-9a-f:.]+\](:[0-9]+)?", parts.netloc.lower()) or numeric(host) is None:
            raise RefusedError(host)
        return str(numeric(host))
    if numeric(host):
        return host
    if not host.isascii():
        host = _ascii(host)
    if len(host) > 253 or not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        raise RefusedError(host or "?")
    return host


def _ascii(host: str) -> str:
    # A name that normalises to another one (full-width digits, circled letters, other
    # dots) is a disguise; a real international name does not change.
    if any(dot in host for dot in _DOTS) or unicodedata.normalize("NFKC", host) != host:
        raise RefusedError(host)
    try:
        return idna.encode(host, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        raise RefusedError(host) from error


def inner(address: Address) -> bool:
    """True for every address that is not a public unicast one of its own.

    Loopback, private, link-local, shared (CGNAT), multicast, reserved, unspecified,
    documentation and benchmark ranges (IANA special-purpose registries), and IPv6
    addresses that carry an IPv4 one: mapped, compatible, 6to4, NAT64, Teredo, ISATAP.
    """
    if isinstance(address, ipaddress.IPv6Address):
        isatap = int(address) >> 32 & 0xFDFFFFFF == 0x5EFE
        if isatap or address not in _GLOBAL_UNICAST:
            return True
    if not address.is_global or address.is_multicast or address.is_reserved:
        return True
    return any(address.version == network.version and address in network for network in _REFUSED)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of the option ``security.allow``: a host with its port, or a network.

    port None (networks only): the standard ports.
    """

    host: str | None
    network: Network | None
    port: int | None

    def covers_host(self, target: Target) -> bool:
        """Whether the entry names this host and port."""
        return self.host == target.host and self.port == target.port

    def covers(self, target: Target, address: Address) -> bool:
        """Whether the entry lets ``target`` be fetched from ``address``."""
        if self.covers_host(target):
            return True
        return self.network is not None and address in self.network and target.port in self.ports

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that a network may be reached on."""
        return (self.port,) if self.port else tuple(PORTS.values())


def check(wanted: Target, addresses: Sequence[Address], entries: Iterable[Allowed] = ()) -> bool:
    """Refuse ``wanted`` when one of the addresses that its host has may not be reached.

    entries: what is allowed for this very host, empty for all others.  Returns whether
    every address is one of those, which makes the host one of the city's own.  Raises
    RefusedError.
    """
    own = [any(entry.covers(wanted, address) for entry in entries) for address in addresses]
    for address, covered in zip(addresses, own, strict=True):
        if not covered and inner(address):
            literal = numeric(wanted.host) is not None
            raise RefusedError(wanted.host if literal else f"{wanted.host} → lokales Netz / local network")
        if not covered and wanted.port not in PORTS.values():
            raise RefusedError(f"Port {wanted.port}")
    return all(own)


def allowed(entries: Iterable[str]) -> tuple[Allowed, ...]:
    """Read the option ``security.allow``: ``host:port``, ``network`` or ``network:port``.

    IPv6 stands in brackets when a port follows.  Raises ValueError with the entry.
    """
    return tuple(_entry(entry) for entry in entries)


def _entry(entry: str) -> Allowed:
    found = re.fullmatch(r"(?P<bare>[^\[\]]*/\d+|[^\[\]:]+|\[[0-9a-fA-F:./]+\])(:(?P<port>\d{1,5}))?", entry.strip())
    if not found:
        raise ValueError(f"security.allow: {entry!r} is neither host:port nor a network")
    bare, port = found["bare"].strip("[]").lower(), int(found["port"]) if found["port"] else None
    if "/" in bare:
        return Allowed(None, ipaddress.ip_network(bare), port)
    if not port:
        raise ValueError(f"security.allow: {entry!r} lacks its port")
    return Allowed(bare, None, port)
