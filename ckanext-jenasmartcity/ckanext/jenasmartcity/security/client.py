"""The guarded HTTP client: the only door through which the portal reads sources.

Needs no CKAN.  One client per source and run::

    client = GuardedClient(Policy(allow=("127.0.0.1:5090",)), home=source.url)
    document = client.fetch(Request(url))

The address is judged when the socket connects and again at every redirect; time, raw
and decoded size and their ratio are bounded.  What goes wrong is one SourceError.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ckanext.jenasmartcity.connectors.base import Document, Request, SourceError
from ckanext.jenasmartcity.security import bodies, transport
from ckanext.jenasmartcity.security.addresses import Allowed, RefusedError, Target, allowed, target

MEGABYTE = 1024 * 1024
FAILURES = (OSError, http.client.HTTPException, bodies.TooLargeError, bodies.DamagedError, RefusedError)
REDIRECTS = (301, 302, 303, 307, 308)
CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What the client may do.

    allow: ``host:port`` or ``network[:port]`` that may be reached although internal or
    on an unusual port, only as the source's own host.  proxy: address of an outbound
    http proxy.  max_raw, max_decoded in bytes; ratio of decoded to raw bytes; connect,
    read, total and pause (between two requests to a host) in seconds.  contact: where
    the operator of a source finds us, sent in the user agent.
    """

    allow: tuple[str, ...] = ()
    proxy: str | None = None
    max_raw: int = 100 * MEGABYTE
    max_decoded: int = 100 * MEGABYTE
    ratio: int = 100
    connect: float = 5.0
    read: float = 30.0
    total: float = 120.0
    redirects: int = 5
    pause: float = 1.0
    contact: str = ""

    @property
    def user_agent(self) -> str:
        """Name and contact, as sources see us."""
        return f"ckanext-jenasmartcity (+{self.contact})" if self.contact else "ckanext-jenasmartcity"


@dataclass(frozen=True, slots=True)
class NotModified:
    """The document has not changed since the ``etag`` or date that was asked with."""

    url: str


Answer = Document | NotModified


class GuardedClient:
    """Fetches documents within a policy; keeps nothing but the times of its requests.

    home: the source's own address.  ``allow`` holds for its host and port only, so a
    public source cannot lead the client to an allowed internal server, by redirect or
    by a link in a document.  Without home each request is its own source.  clock and
    sleep in seconds, for tests.
    """

    def __init__(
        self,
        policy: Policy,
        home: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.policy, self.home, self.clock, self.sleep = policy, home, clock, sleep
        self._entries = allowed(policy.allow)
        self._proxy = target(policy.proxy) if policy.proxy else None
        self._asked: dict[str, float] = {}

    def fetch(
        self,
        request: Request,
        etag: str | None = None,
        last_modified: str | None = None,
        secret_headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The document, or NotModified where ``etag`` or ``last_modified`` still hold.

        secret_headers go to the address's own server and to no other.  Raises
        SourceError: refused-address, unreachable, http-status, too-large, too-slow,
        not-the-format.
        """
        private = dict(secret_headers or {})
        private |= {"If-None-Match": etag} if etag else {}
        private |= {"If-Modified-Since": last_modified} if last_modified else {}
        shown = _shown(request.url)
        with transport.Deadline(self.policy.total) as deadline:
            try:
                answer = self._follow(request, private, deadline)
            except FAILURES as error:
                raise self._typed(error, shown, deadline) from error
        if deadline.expired:  # an answer without length ends like a complete one when it is cut
            raise SourceError("too-slow", shown, limit=f"{self.policy.total:g} s")
        return answer

    def _follow(self, request: Request, private: Mapping[str, str], deadline: transport.Deadline) -> Answer:
        first = wanted = target(request.url)
        own = target(self.home).origin if self.home else first.origin
        for _hop in range(self.policy.redirects + 1):
            entries = self._entries if wanted.origin[1:] == own[1:] else ()
            headers = dict(private) if wanted.origin == first.origin else {}
            route = self._route(wanted, entries, deadline)
            connection, answer = route.open({**headers, **self._headers(request)})
            try:
                place = answer.getheader("Location")
                if answer.status not in REDIRECTS or not place:
                    return self._read(wanted, request, answer, conditional=not CONDITIONS.isdisjoint(headers))
            finally:
                connection.close()
            wanted = target(urljoin(wanted.url, _utf8(place)))
        raise SourceError("unreachable", _shown(request.url), detail=f"> {self.policy.redirects} × HTTP 3xx")

    def _headers(self, request: Request) -> dict[str, str]:
        return {
            "User-Agent": self.policy.user_agent,
            "Accept": request.accept,
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }

    def _route(self, wanted: Target, entries: tuple[Allowed, ...], deadline: transport.Deadline) -> transport.Route:
        proxy = self._proxy
        try:
            answers, free = transport.judged(wanted, entries)
        except OSError:
            # Behind a proxy there is often no public DNS; then the proxy's own rules decide.
            if not proxy:
                raise
            answers, free = (), False
        if free:
            proxy = None
        else:
            self._wait(wanted.host)
        if proxy:
            answers = transport.resolve(proxy.host, proxy.port)
        return transport.Route(wanted, answers, deadline, self.policy.connect, self.policy.read, proxy)

    def _wait(self, host: str) -> None:
        last = self._asked.get(host)
        if last is not None and (rest := last + self.policy.pause - self.clock()) > 0:
            self.sleep(rest)
        self._asked[host] = self.clock()

    def _read(
        self, wanted: Target, request: Request, answer: http.client.HTTPResponse, conditional: bool
    ) -> Answer:
        if answer.status == 304 and conditional:
            return NotModified(wanted.url)
        if answer.status not in (200, 203, 204):
            # how long to wait is for the caller to read and to obey
            after = {"retry_after": said[:64]} if (said := answer.getheader("Retry-After")) else {}
            raise SourceError("http-status", _shown(wanted.url), status=str(answer.status), **after)
        decoded = min(self.policy.max_decoded, request.max_bytes or self.policy.max_decoded)
        limits = bodies.Limits(self.policy.max_raw, decoded, self.policy.ratio)
        content = bodies.read(answer, answer.getheader("Content-Encoding", ""), answer.length, limits)
        return Document(
            url=wanted.url,
            content=content,
            media_type=answer.headers.get_content_type() if answer.getheader("Content-Type") else "",
            charset=answer.headers.get_content_charset(),
            etag=answer.getheader("ETag"),
            last_modified=answer.getheader("Last-Modified"),
        )

    def _typed(self, error: Exception, url: str, deadline: transport.Deadline) -> SourceError:
        if isinstance(error, RefusedError):
            return SourceError("refused-address", url, detail=str(error))
        if isinstance(error, bodies.TooLargeError):
            return SourceError("too-large", url, limit=str(error))
        if isinstance(error, http.client.LineTooLong):
            return SourceError("too-large", url, limit="64 kB / HTTP header")
        if deadline.expired:
            return SourceError("too-slow", url, limit=f"{self.policy.total:g} s")
        if isinstance(error, TimeoutError):
            return SourceError("too-slow", url, limit=f"{self.policy.read:g} s")
        if isinstance(error, bodies.DamagedError):
            return SourceError("unreachable", url, detail=str(error))
        return SourceError("unreachable", url, detail=_cause(error))


def _cause(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return f"HTTP: {type(error).__name__}"


def _utf8(place: str) -> str:
    # http.client reads headers as Latin-1; servers write addresses in UTF-8.
    try:
        return place.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return place


def _shown(url: str) -> str:
    """The address as messages and logs may show it: no user name, no password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
