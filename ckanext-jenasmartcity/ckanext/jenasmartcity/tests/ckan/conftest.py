"""What the CKAN tests share: a harvested portal and a server of feeds that can be broken."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.cli.db import _run_migrations
from ckan.lib import search
from ckan.tests import helpers

from ckanext.jenasmartcity.harvest import engine, sources
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.items import index
from ckanext.jenasmartcity.portal import seed

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


class Feeds:
    """Answers whatever it is told to: path -> (status, media type, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        # the headers of each request
        self.received: list[dict[str, str]] = []
        self.headers: dict[str, str] = {}
        # seconds before each answer
        self.pause = 0.0
        feeds = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                feeds.asked.append(self.path)
                feeds.received.append(dict(self.headers))
                time.sleep(feeds.pause)
                status, media_type, body = feeds.answers.get(self.path, (404, "text/plain", b"no"))
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in feeds.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def give(self, path: str, body: bytes | str, media_type: str = "text/csv", status: int = 200) -> str:
        self.answers[path] = (status, media_type, body.encode() if isinstance(body, str) else body)
        return self.url(path)


@pytest.fixture
def feeds(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feeds]:
    """A server that the guarded client may reach."""
    found = Feeds()
    allowed = ckan_config["ckanext.jenasmartcity.security.allow"]
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.security.allow", [*allowed, f"127.0.0.1:{found.port}"])
    yield found
    found.server.shutdown()
    found.server.server_close()


def run(name: str, again: bool = False, now: dt.datetime = NOW) -> engine.Outcome:
    """Harvest one source in this process."""
    [source] = tables.sources(name)
    return engine.run(source, now, again)


def empty_database() -> None:
    """CKAN drops every table the first time, those of the plugins too: make them again."""
    helpers.reset_db()
    if not sa.inspect(model.ensure_engine()).has_table("jenasmartcity_item"):
        for plugin in ("activity", "jenasmartcity_harvest", "jenasmartcity_items"):
            _run_migrations(plugin)


@pytest.fixture
def clean_db(with_plugins: None) -> None:
    """CKAN's fixture of this name, for a portal with our plugins."""
    empty_database()


def empty() -> None:
    """A portal with its organisations, groups and sources, and no data."""
    empty_database()
    search.clear_all()
    index.core().delete(q="*:*", commit=True)
    os.environ.setdefault("JENA_ADMIN_PASSWORD", "a-password-of-the-tests")
    seed.run()


_harvested: dict[str, dict[str, engine.Outcome]] = {}


@pytest.fixture
def harvested(request: pytest.FixtureRequest, with_plugins: None) -> dict[str, engine.Outcome]:
    """A portal with all its samples, made once per module: source -> how its run ended."""
    module = request.module.__name__
    if module not in _harvested:
        empty()
        _harvested[module] = {source.name: engine.run(source, NOW) for source in tables.sources()}
    return _harvested[module]


@pytest.fixture
def every_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """All that is logged from here on; reading test.ini silences the loggers that there are by then."""
    for name in list(logging.root.manager.loggerDict):
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    for name in ("", "ckan", "ckanext", "sqlalchemy.engine"):
        caplog.set_level(logging.DEBUG, name)
    return caplog


@pytest.fixture
def source(feeds: Feeds) -> Callable[..., str]:
    """Makes a source of the test's own; gives its name."""
    def make(name: str, connector: str, url: str, **given: Any) -> str:
        raw = {
            "name": name, "connector": connector, "url": url, "organization": "stadt-jena",
            "title": {"de": name, "en": name},
            "defaults": {
                "license": "http://dcat-ap.de/def/licenses/cc-zero", "notes": "Nur für diesen Test.",
                "theme": ["http://publications.europa.eu/resource/authority/data-theme/GOVE"],
                "project": ["wissensallmende"], "contact": [{"name": "Stadt Jena", "url": "https://www.jena.de"}],
                "publisher": [{"name": "Stadt Jena", "url": "https://www.jena.de"}],
            },
            **given,
        }
        wanted = sources.spec(raw, name)
        row = tables.HarvestSource(
            uid=str(uuid.uuid4()), active=True, validators={},
            **{key: getattr(wanted, key) for key in sources.FIELDS},
        )
        model.Session.add(row)
        model.Session.commit()
        return name

    return make


def act(action: str, user: str | None = None, **data: Any) -> Any:
    """Call an action as a user, or as the portal itself."""
    context = {"user": user} if user is not None else {"ignore_auth": True, "user": tk.config["ckan.site_id"]}
    return tk.get_action(action)(context, data)
