"""The one place that opens a socket to a source.

The name is resolved once, every answer is judged, and the socket connects to a judged
answer: nothing resolves the name a second time in between.  The name itself is only
used for the Host header and for TLS.  Built on ``http.client`` because its limits on
header lines, header count and chunk lines are fixed, and it reads no proxy from the
environment.
"""

from __future__ import annotations

import functools
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import certifi

from ckanext.jenasmartcity.security.addresses import Address, Allowed, Target, check

SocketAddress = tuple[int, tuple[Any, ...]]


class Deadline:
    """Ends a fetch after ``seconds``, whatever the peer does.

    A socket's own timeout starts anew with each byte, so a peer that drips bytes is
    never too slow for it.  At the deadline the connection is shut down from outside,
    through a duplicate of its descriptor (TLS takes the first one over).
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._watched:
                watched.close()
            self._watched.clear()

    def watch(self, connection: socket.socket) -> None:
        """Shut ``connection`` down when the time is over; at once if it is already."""
        with self._lock:
            self._watched.append(connection.dup())
        if self.expired:
            self._expire()

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for watched in self._watched:
                try:
                    watched.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the peer was first


@dataclass(frozen=True, slots=True)
class Route:
    """How a target is reached: its judged addresses, or a proxy.

    Times in seconds; headers are sent as they are.
    """

    wanted: Target
    answers: tuple[SocketAddress, ...]
    deadline: Deadline
    connect: float
    read: float
    proxy: Target | None = None

    def open(self, headers: dict[str, str]) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Send the GET request and return when the headers of the answer have come."""
        connection = _connection(self)
        path = self.wanted.path
        if self.proxy and self.wanted.scheme == "http":
            path = self.wanted.url
        try:
            connection.request("GET", path, headers={"Host": self.wanted.authority, **headers})
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise


@functools.lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """Certificates are verified against the system's authorities and certifi's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _dial(route: Route) -> socket.socket:
    failure: OSError = OSError("no address")
    for family, address in route.answers:
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(route.connect)
            route.deadline.watch(connection)
            connection.connect(address)
            connection.settimeout(route.read)
            return connection
        except OSError as error:
            connection.close()
            failure = error
        if route.deadline.expired:
            break
    raise failure


class _Plain(http.client.HTTPConnection):
    def __init__(self, route: Route, host: str, port: int) -> None:
        super().__init__(host, port, timeout=route.read)
        self.route = route

    def connect(self) -> None:
        self.sock = _dial(self.route)


class _Secure(_Plain):
    def connect(self) -> None:
        super().connect()
        if self.route.proxy:
            self._open_tunnel()
        self.sock = tls().wrap_socket(self.sock, server_hostname=self.route.wanted.host)

    def _open_tunnel(self) -> None:
        wanted = self.route.wanted
        authority = f"[{wanted.host}]:{wanted.port}" if ":" in wanted.host else f"{wanted.host}:{wanted.port}"
        self.sock.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode("ascii"))
        answer = http.client.HTTPResponse(self.sock, method="CONNECT")
        answer.begin()
        if answer.status != 200:
            raise OSError(f"proxy: HTTP {answer.status}")


def _connection(route: Route) -> http.client.HTTPConnection:
    kind = _Secure if route.wanted.scheme == "https" else _Plain
    return kind(route, route.wanted.host, route.wanted.port)


def resolve(host: str, port: int) -> tuple[SocketAddress, ...]:
    """Every stream address of a host.  Raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple((int(family), address) for family, _type, _protocol, _name, address in found)


def judged(wanted: Target, entries: Sequence[Allowed]) -> tuple[tuple[SocketAddress, ...], bool]:
    """The addresses of ``wanted``, every one judged, and whether they are the city's own.

    Raises RefusedError, or OSError where the name leads nowhere.
    """
    answers = resolve(wanted.host, wanted.port)
    return answers, check(wanted, [_number(address) for _family, address in answers], entries)


def _number(address: tuple[Any, ...]) -> Address:
    return ipaddress.ip_address(str(address[0]).partition("%")[0])
