"""Two offices with an editor each, and a feed that changes while a test looks: what the stewards' pages need.

JENA_FEEDS_PORT: where the feed is served; the tests' portal may read from there (stack/layout.py).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ckanext.jenasmartcity.tests.browser import asking

# pragma: allowlist nextline secret
PASSWORD = "Wissensallmende-2026"
LICENCE = "http://dcat-ap.de/def/licenses/cc-zero"
THEME = "http://publications.europa.eu/resource/authority/data-theme/GOVE"
TABLES = """- name: werte
  title: {de: Werte, en: Values}
  key: [id]
  columns:
    id: {type: int}
    wert: {type: numeric}
"""


@dataclass
class Feed:
    """One file on a server of its own.  seen: the Authorization header of every request."""

    port: int
    body: str = ""
    pause: float = 0.0
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/werte.csv"

    def rows(self, *rows: tuple[object, object]) -> None:
        """What the file holds from now on."""
        self.body = "id;wert\n" + "".join(f"{key};{value}\n" for key, value in rows)


@contextlib.contextmanager
def served() -> Iterator[Feed]:
    """A feed over real HTTP, for as long as the block runs."""
    feed = Feed(int(os.environ["JENA_FEEDS_PORT"]))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed.seen.append(self.headers.get("Authorization", ""))
            time.sleep(feed.pause)
            body = feed.body.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/csv; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", feed.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield feed
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Office:
    """An organisation, its editor and a token of that editor's."""

    name: str
    title: str
    editor: str


@contextlib.contextmanager
def opened(token: str, title: str) -> Iterator[Office]:
    """An organisation with an editor; afterwards nothing is left of it, its sources and its datasets."""
    mark = uuid.uuid4().hex[:8]
    office = Office(f"amt-{mark}", f"{title} {mark}", f"redaktion-{mark}")
    asking.write("user_create", token, {
        "name": office.editor, "email": f"{office.editor}@example.org", "password": PASSWORD,
    })
    asking.write("organization_create", token, {"name": office.name, "title": office.title})
    asking.write("organization_member_create", token, {
        "id": office.name, "username": office.editor, "role": "editor",
    })
    try:
        yield office
    finally:
        _close(token, office)


def _close(token: str, office: Office) -> None:
    for source in asking.act("jenasmartcity_harvest_source_list", token, organization=office.name):
        quiet(token, source["name"])
        asking.write("jenasmartcity_harvest_source_delete", token, {"name": source["name"], "datasets": "keep"})
    until(lambda: _emptied(token, office))
    asking.write("user_delete", token, {"id": office.editor})


def _emptied(token: str, office: Office) -> bool:
    """Purge what the index knows of the office, and then the office itself if that was all."""
    # to ask about withdrawn datasets is to find them
    every = f"organization:{office.name} AND (*:* OR extras_withdrawn:[* TO *])"
    for dataset in asking.act("package_search", token, fq=every, rows=100)["results"]:
        asking.write("dataset_purge", token, {"id": dataset["id"]})
    try:
        asking.write("organization_purge", token, {"id": office.name})
    except asking.PortalError:
        return False
    return True


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.5)


def quiet(token: str, source: str, seconds: float = 60) -> dict[str, Any]:
    """Wait until no run of the source waits or is under way; the latest run."""
    end = time.monotonic() + seconds
    while True:
        runs = asking.act("jenasmartcity_harvest_run_list", token, source=source, limit=1)["results"]
        if not runs or runs[0]["state"] not in ("waiting", "running"):
            return runs[0] if runs else {}
        assert time.monotonic() < end, f"the run of {source} does not end: {runs[0]}"
        time.sleep(0.3)


def made(token: str, office: Office, url: str, **given: Any) -> str:
    """A source of that office, by the API; its name."""
    name = f"quelle-{uuid.uuid4().hex[:8]}"
    asking.write("jenasmartcity_harvest_source_create", token, {
        "name": name, "title": {"de": f"Werte {name}", "en": f"Values {name}"}, "connector": "csv", "url": url,
        "organization": office.name,
        "options": {"draft": {"id": name, "title": f"Werte {name}"}, "tables": [{
            "name": "werte", "title": {"de": "Werte", "en": "Values"}, "key": ["id"],
            "columns": {"id": {"type": "int"}, "wert": {"type": "numeric"}},
        }]},
        "defaults": {
            "license": LICENCE, "theme": [THEME], "notes": "Nur für diesen Test.",
            "publisher": [{"name": "Amt", "url": "https://www.jena.de"}],
            "contact": [{"name": "Amt", "url": "https://www.jena.de"}],
        },
        **given,
    })
    return name
