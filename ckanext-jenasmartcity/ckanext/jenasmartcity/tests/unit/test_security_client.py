"""The guarded client against a hostile network: nothing here leaves the machine.

A server on loopback stands for the stack's sample server, with its exception active in
every test; "public" hosts are names that the fake resolver knows and that the fake
network leads to the same server.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import ipaddress
import resource
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import Document, Request, SourceError
from ckanext.jenasmartcity.security import addresses, bodies, transport
from ckanext.jenasmartcity.security.client import GuardedClient, NotModified, Policy

PUBLIC = "93.184.215.14"
MEGABYTE = 1024 * 1024
Page = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path from the server's own table and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        self.server.seen.append((self.headers.get("Host", ""), self.path, dict(self.headers.items())))
        self.close_connection = True
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.server.pages[self.path.partition("?")[0]](self)

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; underscores in header names become hyphens, an empty header is left out."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@dataclass
class Site:
    """The server, and the names that the fake resolver knows: name -> answers in turn."""

    server: Any
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def base(self) -> str:
        return f"http://{self.host}"

    @property
    def paths(self) -> list[str]:
        return [path for _host, path, _headers in self.server.seen]

    def page(self, path: str, page: Page) -> None:
        self.server.pages[path] = page

    def redirect(self, path: str, place: str, status: int = 302) -> None:
        self.page(path, lambda handler: handler.answer(status, Location=place))

    def client(self, home: str | None = None, **policy: Any) -> GuardedClient:
        limits = {"allow": (self.host,), "pause": 0.0, "connect": 2.0, "read": 3.0, "total": 10.0, **policy}
        return GuardedClient(Policy(**limits), home=home)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.pages, server.seen = {}, []
    server.pages["/data"] = lambda handler: handler.answer(body=b"hello", Content_Type="text/csv; charset=UTF-8")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    found = Site(server)
    _fake_network(found, monkeypatch)
    yield found
    server.shutdown()
    server.server_close()


def _fake_network(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Public addresses lead to the local server; every other one is what it is."""
    real_lookup, real_connect = socket.getaddrinfo, socket.socket.connect

    def lookup(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        site.asked.append(host)
        if host not in site.names:
            return real_lookup(host, port, *args, **{**kwargs, "flags": socket.AI_NUMERICHOST})
        turns = site.names[host]
        answer = turns.pop(0) if len(turns) > 1 else turns[0]
        return [entry for ip in answer for entry in real_lookup(ip, port, *args, **kwargs)]

    def connect(self: socket.socket, address: Any) -> None:
        site.connected.append(address[:2])
        known = ipaddress.ip_address(address[0]).is_global
        real_connect(self, ("127.0.0.1", site.server.server_port) if known else address)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket.socket, "connect", connect)


def refused(client: GuardedClient, url: str, **asked: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        client.fetch(Request(url, **asked))
    return caught.value


# --- what is fetched ---------------------------------------------------------------


def test_the_sample_server_is_read_with_its_exception(site: Site) -> None:
    document = site.client().fetch(Request(f"{site.base}/data", accept="text/csv"))
    assert isinstance(document, Document)
    assert (document.content, document.media_type, document.charset) == (b"hello", "text/csv", "utf-8")
    headers = site.server.seen[0][2]
    assert headers["Accept"] == "text/csv"
    assert headers["Accept-Encoding"] == "gzip"


def test_without_the_exception_the_same_server_is_refused(site: Site) -> None:
    error = refused(site.client(allow=()), f"{site.base}/data")
    assert error.code == "refused-address"
    assert "127.0.0.1" in error.message("de")
    assert site.connected == []


def test_a_network_is_allowed_with_its_port_only(site: Site) -> None:
    port = site.server.server_port
    assert site.client(allow=(f"127.0.0.0/8:{port}",)).fetch(Request(f"{site.base}/data"))
    assert refused(site.client(allow=("127.0.0.0/8",)), f"{site.base}/data").code == "refused-address"


def test_a_public_name_is_read_and_named_in_the_host_header(site: Site) -> None:
    site.names["data.example.org"] = [[PUBLIC]]
    document = site.client().fetch(Request("http://data.example.org/data?a=ä b".replace(" ", "%20")))
    assert isinstance(document, Document)
    assert site.server.seen[0][:2] == ("data.example.org", "/data?a=%C3%A4%20b")
    assert site.connected == [(PUBLIC, 80)]


def test_the_user_agent_names_a_contact(site: Site) -> None:
    site.client(contact="https://opendata.example").fetch(Request(f"{site.base}/data"))
    assert "+https://opendata.example" in site.server.seen[0][2]["User-Agent"]


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert site.client().fetch(Request(f"{site.base}/data"))


def test_the_configured_proxy_is_asked_for_public_hosts_and_not_for_own_ones(site: Site) -> None:
    site.names["data.example.org"] = [[PUBLIC]]
    site.page("http://data.example.org/data", lambda handler: handler.answer(body=b"by proxy"))
    client = site.client(proxy=f"http://{site.host}")
    public, own = (client.fetch(Request(url)) for url in ("http://data.example.org/data", f"{site.base}/data"))
    assert isinstance(public, Document)
    assert isinstance(own, Document)
    assert (public.content, own.content) == (b"by proxy", b"hello")


def test_the_proxy_does_not_lift_the_guard(site: Site) -> None:
    site.names["intern.example.org"] = [["10.0.0.5"]]
    client = site.client(proxy=f"http://{site.host}")
    assert refused(client, "http://intern.example.org/").code == "refused-address"
    assert refused(client, "http://169.254.169.254/").code == "refused-address"
    assert site.server.seen == []


# --- encodings of inner addresses ---------------------------------------------------

INNER = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", ".".join("0000"), "2130706433", "0x7f000001",
    "017700000001",
    "0x7f.0.0.1", "0177.0.0.1", "0x7f.1", "127.0.0.01", "00000177.0.0.1", "127.0.0.1.", "localhost.", "localhost",
    "LOCALHOST", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "100.64.0.1", "192.0.0.170", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:93.184.215.14]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fe80::1]", "[fe80::1%25eth0]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
    "[2a00::5efe:7f00:1]", "[2a00::200:5efe:a00:1]", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1",
    "１２７.0.0.1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%31%32%37.0.0.1", "127.0.0.1%00.example.org", "127.0.0.1\\@example.org",
    "example.org@127.0.0.1", "example.org:80@127.0.0.1", "127.0.0.1#@example.org", "127.0.0.1\t", "local\u00adhost",
    "127.0.0.1:22", "[::1]:80", "127.0.0.1:0", "[127.0.0.1]", "v1.[::1]", "localhost:5432",
]


@pytest.mark.parametrize("host", INNER)
def test_an_inner_address_is_refused_in_every_spelling(site: Site, host: str) -> None:
    for name in ("localhost", "LOCALHOST"):
        site.names[name] = [["127.0.0.1"]]
    for url in (f"http://{host}/", f"https://{host}/data"):
        assert refused(site.client(), url).code == "refused-address"
    assert site.connected == []
    assert site.server.seen == []


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "ftp://example.org/a", "gopher://127.0.0.1:6379/_FLUSHALL", "data:text/plain,a", "//host/a",
    "/etc/passwd", "dict://127.0.0.1:11211/", "jar:http://example.org!/a", "HTTP+UNIX://%2Fvar/run", "", "http://",
    # pragma: allowlist nextline secret
    "http:///a", "http://user:secret@example.org/", "http://example.org:abc/", "http://example.org:99999/",
    "http://exa mple.org/", "http://example.org/\r\nX: y", " http://example.org/", "http://example..org/",
    "http://[::1", "http://-a.example/", "http://a" + "a" * 63 + ".example/", "http://xn--a\u0301.example/",
])
def test_what_is_no_plain_web_address_is_refused(site: Site, url: str) -> None:
    error = refused(site.client(), url)
    assert error.code == "refused-address"
    assert "secret" not in error.message("de") + error.message("en") + str(error.values)
    assert site.connected == []


def test_unusual_ports_are_refused_unless_allowed(site: Site) -> None:
    site.names["data.example.org"] = [[PUBLIC]]
    assert refused(site.client(), "http://data.example.org:6379/data").code == "refused-address"
    assert site.client(allow=("data.example.org:6379",)).fetch(Request("http://data.example.org:6379/data"))


def test_a_name_with_one_inner_address_among_public_ones_is_refused(site: Site) -> None:
    site.names["mixed.example.org"] = [[PUBLIC, "10.1.2.3"]]
    error = refused(site.client(), "http://mixed.example.org/data")
    assert error.code == "refused-address"
    assert "10.1.2.3" not in error.message("en"), "the city's own network is not told to whoever adds a source"
    assert site.connected == []


def test_an_international_name_is_read(site: Site) -> None:
    site.names["xn--mller-kva.example"] = [[PUBLIC]]
    assert site.client().fetch(Request("http://müller.example/data"))


NETWORKS = [ipaddress.ip_network(network) for network in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
)]
inner_v4 = st.sampled_from(NETWORKS).flatmap(
    lambda network: st.integers(0, network.num_addresses - 1).map(lambda offset: network[offset])
)


def _spellings(address: Any) -> list[str]:
    number, parts = int(address), str(address).split(".")
    packed = f"{number >> 16:x}:{number & 0xFFFF:x}"
    return [
        str(address), str(number), hex(number), oct(number).replace("0o", "0"),
        ".".join(hex(int(part)) for part in parts), ".".join(f"0{int(part):o}" for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}", f"{parts[0]}.{parts[1]}.{number & 0xFFFF}", f"{address}.",
        f"[::ffff:{packed}]", f"[::{packed}]", f"[64:ff9b::{packed}]", f"[2002:{packed}::1]", f"[64:ff9b:1::{packed}]",
        f"[2a01:4f8::5efe:{packed}]", f"[2001:0:{packed}::]", f"user@{address}",
        "".join(chr(ord(sign) + 0xFEE0) for sign in str(address)),
    ]


def _judge(url: str) -> None:
    wanted = addresses.target(url)
    addresses.check(wanted, [ipaddress.ip_address(wanted.host)])


@settings(max_examples=300, deadline=None)
@given(address=inner_v4, data=st.data())
def test_no_spelling_of_any_inner_address_passes(address: Any, data: st.DataObject) -> None:
    url = f"http://{data.draw(st.sampled_from(_spellings(address)))}/"
    with pytest.raises(addresses.RefusedError):
        _judge(url)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=30))
def test_a_host_that_is_read_is_a_plain_name_or_a_number(text: str) -> None:
    try:
        wanted = addresses.target(f"http://{text}/")
    except addresses.RefusedError:
        return
    assert wanted.host.isascii()
    assert not wanted.host.endswith(".")
    assert addresses.numeric(wanted.host) or not wanted.host.rsplit(".", 1)[-1].isdigit()
    assert addresses.target(wanted.url) == wanted


# --- names that change, and redirects -----------------------------------------------


def test_a_name_that_turns_inner_is_not_asked_again_in_between(site: Site) -> None:
    site.names["rebind.example.org"] = [[PUBLIC], ["127.0.0.1"]]
    assert site.client().fetch(Request("http://rebind.example.org/data"))
    assert site.asked.count("rebind.example.org") == 1
    assert site.connected == [(PUBLIC, 80)]


def test_a_name_that_turns_inner_is_refused_the_second_time(site: Site) -> None:
    site.names["rebind.example.org"] = [[PUBLIC], ["127.0.0.1"]]
    site.redirect("/again", "http://rebind.example.org/data")
    assert refused(site.client(), "http://rebind.example.org/again").code == "refused-address"
    assert site.connected == [(PUBLIC, 80)]


PLACES = [
    "http://169.254.169.254/latest/meta-data/", "http://localhost:5432/", "http://127.0.0.1:6379/", "file:///etc/passwd",
    "//10.0.0.1/", "http://[::1]/", "http://2130706433/", "gopher://example.org/", "http://user@example.org/",
    "http://intern.example.org/",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("start", ["own", "public"])
def test_a_redirect_to_an_inner_address_is_refused(site: Site, start: str, place: str) -> None:
    site.names |= {"data.example.org": [[PUBLIC]], "localhost": [["127.0.0.1"]], "intern.example.org": [["10.1.2.3"]]}
    site.redirect("/go", place)
    base = site.base if start == "own" else "http://data.example.org"
    assert refused(site.client(), f"{base}/go").code == "refused-address"
    assert site.paths == ["/go"]


def test_a_public_source_cannot_reach_the_allowed_server_by_redirect(site: Site) -> None:
    site.names["data.example.org"] = [[PUBLIC]]
    site.redirect("/go", f"{site.base}/data")
    assert refused(site.client(), "http://data.example.org/go").code == "refused-address"
    assert site.paths == ["/go"]


def test_a_public_source_cannot_reach_the_allowed_server_by_a_link(site: Site) -> None:
    client = site.client(home="http://data.example.org/list")
    assert refused(client, f"{site.base}/data").code == "refused-address"
    assert site.client(home=f"{site.base}/list").fetch(Request(f"{site.base}/data"))


def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site) -> None:
    for number in range(6):
        site.redirect(f"/{number}", f"/{number + 1}", (301, 302, 303, 307, 308)[number % 5])
    site.page("/6", lambda handler: handler.answer(body=b"end"))
    document = site.client().fetch(Request(f"{site.base}/1"))
    assert isinstance(document, Document)
    assert (document.content, document.url) == (b"end", f"{site.base}/6")
    error = refused(site.client(), f"{site.base}/0")
    assert error.code == "unreachable"
    assert "5" in error.values["detail"]


def test_a_circle_ends(site: Site) -> None:
    site.redirect("/round", "/round")
    assert refused(site.client(), f"{site.base}/round").code == "unreachable"
    assert len(site.paths) == 6


def test_secrets_stay_with_their_server(site: Site) -> None:
    site.names |= {"data.example.org": [[PUBLIC]], "other.example.org": [[PUBLIC]]}
    site.redirect("/go", "http://other.example.org/data")
    site.redirect("/stay", "/data")
    secret = {"Authorization": "Bearer abc"}
    for path in ("/go", "/stay"):
        site.client().fetch(Request(f"http://data.example.org{path}"), etag='"1"', secret_headers=secret)
    sent = [(host, path, headers.get("Authorization"), headers.get("If-None-Match"))
            for host, path, headers in site.server.seen]
    assert sent[1] == ("other.example.org", "/data", None, None)
    assert sent[3] == ("data.example.org", "/data", "Bearer abc", '"1"')


# --- sizes ---------------------------------------------------------------------------


def test_a_declared_length_beyond_the_cap_is_not_read(site: Site) -> None:
    site.page("/big", lambda handler: handler.answer(Content_Length=str(10**12)))
    error = refused(site.client(), f"{site.base}/big")
    assert error.code == "too-large"
    assert "100 MB" in error.message("de")


def test_a_request_brings_its_own_cap(site: Site) -> None:
    site.page("/ten", lambda handler: handler.answer(body=b"0123456789"))
    assert site.client().fetch(Request(f"{site.base}/ten", max_bytes=10))
    assert refused(site.client(), f"{site.base}/ten", max_bytes=9).code == "too-large"


def _endless(handler: Handler) -> None:
    handler.answer(Content_Length="", Transfer_Encoding="chunked")
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    while True:
        handler.wfile.write(piece)


def test_an_endless_body_is_cut_at_the_cap(site: Site) -> None:
    site.page("/endless", _endless)
    error = refused(site.client(max_raw=2 * MEGABYTE), f"{site.base}/endless")
    assert (error.code, error.values["limit"]) == ("too-large", "2 MB")


def _bomb(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()
    pack = zlib.compressobj(9, wbits=31)
    zeros = bytes(MEGABYTE)
    for _ in range(1024):
        handler.wfile.write(pack.compress(zeros))
    handler.wfile.write(pack.flush())


@pytest.mark.parametrize(("ratio", "limit"), [(100, "gzip 1:100"), (10**6, "16 MB")])
def test_a_gzip_bomb_of_one_gigabyte_stays_small(site: Site, ratio: int, limit: str) -> None:
    site.page("/bomb", _bomb)
    client = site.client(ratio=ratio)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    began = time.monotonic()
    error = refused(client, f"{site.base}/bomb", max_bytes=16 * MEGABYTE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (error.code, error.values["limit"]) == ("too-large", limit)
    assert peak < 48 * MEGABYTE
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 100 * MEGABYTE
    assert time.monotonic() - began < 5


def test_an_honest_gzip_body_is_undone(site: Site) -> None:
    text = "\n".join(f"{number};{number * 7919 % 100003}" for number in range(200_000)).encode()
    packed = gzip.compress(text[:1_000_000]) + gzip.compress(text[1_000_000:])
    site.page("/gzip", lambda handler: handler.answer(body=packed, Content_Encoding="gzip"))
    document = site.client().fetch(Request(f"{site.base}/gzip"))
    assert isinstance(document, Document)
    assert document.content == text


@pytest.mark.parametrize(("encoding", "body"), [
    ("gzip", gzip.compress(b"a" * 1000)[:-9]), ("gzip", b"no gzip"), ("br", b"\x0b\x02\x80abc\x03"), ("deflate", b"x"),
])
def test_a_body_that_cannot_be_undone_is_an_error(site: Site, encoding: str, body: bytes) -> None:
    site.page("/odd", lambda handler: handler.answer(body=body, Content_Encoding=encoding))
    assert refused(site.client(), f"{site.base}/odd").code == "unreachable"


@settings(max_examples=50, deadline=None)
@given(pieces=st.lists(st.integers(0, 300_000), max_size=4), level=st.integers(1, 9), cut=st.integers(1, 70_000))
def test_gzip_gives_back_what_was_packed(pieces: list[int], level: int, cut: int) -> None:
    text = b"".join(bytes([number % 256]) * count for number, count in enumerate(pieces))
    stream = _Pieces(gzip.compress(text, level), cut)
    limits = bodies.Limits(10 * MEGABYTE, 10 * MEGABYTE, 10_000)
    assert bodies.read(stream, "gzip", None, limits) == text


@dataclass
class _Pieces:
    rest: bytes
    cut: int

    def read(self, amount: int, /) -> bytes:
        piece, self.rest = self.rest[: min(self.cut, amount)], self.rest[min(self.cut, amount):]
        return piece


def test_a_huge_header_is_refused(site: Site) -> None:
    site.page("/header", lambda handler: handler.answer(X_Long="x" * 100_000))
    assert refused(site.client(), f"{site.base}/header").code == "too-large"


def test_too_many_headers_are_refused(site: Site) -> None:
    site.page("/headers", lambda handler: handler.answer(**{f"X_{number}": "x" for number in range(300)}))
    assert refused(site.client(), f"{site.base}/headers").code == "unreachable"


def test_an_endless_chunk_line_is_cut(site: Site) -> None:
    def page(handler: Handler) -> None:
        handler.answer(Content_Length="", Transfer_Encoding="chunked")
        while True:
            handler.wfile.write(b"0" * 65536)

    site.page("/chunk", page)
    assert refused(site.client(), f"{site.base}/chunk").code in ("unreachable", "too-large")


# --- time ----------------------------------------------------------------------------


def _drip(start: bytes, piece: bytes) -> Page:
    def page(handler: Handler) -> None:
        handler.wfile.write(start)
        for _ in range(200):
            handler.wfile.write(piece)
            time.sleep(0.05)

    return page


@pytest.mark.parametrize(("start", "piece"), [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    (b"HTTP/1.1 ", b"1"),
    (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
], ids=["length", "close", "chunked", "header", "status", "continue"])
def test_dripping_bytes_are_cut_at_the_deadline(site: Site, start: bytes, piece: bytes) -> None:
    site.page("/drip", _drip(start, piece))
    began = time.monotonic()
    error = refused(site.client(total=0.6), f"{site.base}/drip")
    assert error.code == "too-slow"
    assert "0.6 s" in error.message("de")
    assert time.monotonic() - began < 2


def test_silence_is_cut_by_the_read_timeout(site: Site) -> None:
    site.page("/silent", lambda handler: time.sleep(2))
    error = refused(site.client(read=0.3), f"{site.base}/silent")
    assert (error.code, error.values["limit"]) == ("too-slow", "0.3 s")


def test_a_body_that_ends_early_is_an_error(site: Site) -> None:
    site.page("/short", lambda handler: handler.answer(body=b"half", Content_Length="8"))
    assert refused(site.client(), f"{site.base}/short").code == "unreachable"


def test_a_closed_port_and_an_unknown_name_are_unreachable(site: Site) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert refused(site.client(allow=(f"127.0.0.1:{port}",)), f"http://127.0.0.1:{port}/").code == "unreachable"
    assert refused(site.client(), "http://unknown.example.org/").code == "unreachable"


# --- conditions, status, politeness ----------------------------------------------------


def test_an_unchanged_document_is_not_fetched_again(site: Site) -> None:
    def page(handler: Handler) -> None:
        known = handler.headers.get("If-None-Match") == '"v1"' or handler.headers.get("If-Modified-Since")
        handler.answer(304 if known else 200, b"" if known else b"new", ETag='"v1"', Last_Modified="Tue, 24 Nov 2026")

    site.page("/etag", page)
    request = Request(f"{site.base}/etag")
    document = site.client().fetch(request)
    assert isinstance(document, Document)
    assert (document.content, document.etag, document.last_modified) == (b"new", '"v1"', "Tue, 24 Nov 2026")
    assert site.client().fetch(request, etag=document.etag) == NotModified(request.url)
    assert site.client().fetch(request, last_modified=document.last_modified) == NotModified(request.url)


@pytest.mark.parametrize("status", [304, 400, 401, 404, 410, 429, 500, 503, 206, 300])
def test_any_other_status_is_an_error_with_its_number(site: Site, status: int) -> None:
    site.page("/status", lambda handler: handler.answer(status))
    error = refused(site.client(), f"{site.base}/status")
    assert error.code == "http-status"
    assert str(status) in error.message("de")


def test_a_public_host_is_asked_once_a_second_and_an_own_one_at_once(site: Site) -> None:
    site.names |= {"a.example.org": [[PUBLIC]], "b.example.org": [[PUBLIC]]}
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    client = GuardedClient(Policy(allow=(site.host,)), clock=lambda: now[0], sleep=sleep)
    for host in ("a.example.org", "a.example.org", "b.example.org", site.host, site.host):
        client.fetch(Request(f"http://{host}/data"))
        now[0] += 0.25
    assert slept == [0.75]


def test_a_wrong_entry_of_allow_is_named() -> None:
    for entry in ("intern", "10.0.0.0/33", "http://a:80", "host:port", "[::1]"):
        with pytest.raises(ValueError, match=r"security\.allow|does not appear|prefix|netmask"):
            GuardedClient(Policy(allow=(entry,)))
    assert GuardedClient(Policy(allow=("10.0.0.0/8", "fd00::/8", "[fd00::/8]:8080", "[::1]:80", "solr.local:8983")))


# --- TLS --------------------------------------------------------------------------------


def test_tls_is_verified_for_the_name_while_the_socket_goes_to_the_judged_address(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.names["data.example.org"] = [[PUBLIC], ["127.0.0.1"]]
    context, names = transport.tls(), []
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2

    class Plain:
        def wrap_socket(self, sock: socket.socket, server_hostname: str) -> socket.socket:
            names.append(server_hostname)
            return sock

    monkeypatch.setattr(transport, "tls", Plain)
    document = site.client().fetch(Request("https://data.example.org/data"))
    assert isinstance(document, Document)
    assert names == ["data.example.org"]
    assert site.connected == [(PUBLIC, 443)]
    assert site.server.seen[0][0] == "data.example.org"


def test_a_server_without_tls_is_not_read_over_https(site: Site) -> None:
    error = refused(site.client(), f"https://{site.host}/data")
    assert error.code in ("unreachable", "too-slow")
    assert site.server.seen == []


def test_https_goes_through_the_proxys_tunnel(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.names["data.example.org"] = [[PUBLIC]]
    tunnels = []

    def tunnel(self: Handler) -> None:
        tunnels.append(self.path)
        self.answer(502)

    monkeypatch.setattr(Handler, "do_CONNECT", tunnel, raising=False)
    error = refused(site.client(proxy=f"http://{site.host}"), "https://data.example.org/data")
    assert error.code == "unreachable"
    assert "502" in error.values["detail"]
    assert tunnels == ["data.example.org:443"]
