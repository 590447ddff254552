"""From a source's row to what its connector says: the guarded client drives it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Any

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity import connectors as connector_package
from ckanext.jenasmartcity.connectors.base import Connector, Document, Harvest, Request, Source, SourceError, drive
from ckanext.jenasmartcity.connectors.places import locator
from ckanext.jenasmartcity.connectors.registry import connectors
from ckanext.jenasmartcity.harvest import faults, hosts
from ckanext.jenasmartcity.harvest.address import origin_of
from ckanext.jenasmartcity.security.client import Answer, GuardedClient, NotModified, Policy

Validators = Mapping[str, Mapping[str, str | None]]
# A pause that a server asks for and a run makes, and how often it then tries.
_SHORT = dt.timedelta(seconds=30)
_ATTEMPTS = 3
# Seconds for one document where somebody waits.
_PATIENCE = 60.0
_SAMPLES = "{samples}"
_NOWHERE = "https://nowhere.invalid/"


@dataclass(frozen=True, slots=True)
class Read:
    """What a reading of the source gave.

    harvest: None where every document is the one that the last complete run read.
    validators: address -> {etag, last_modified}, for the next run.
    """

    harvest: Harvest | None
    validators: dict[str, dict[str, str | None]]


@dataclass
class Fetcher:
    """Fetches for one run and keeps what the servers said of each document."""

    client: GuardedClient
    kept: dict[str, Document] = field(default_factory=dict)
    validators: dict[str, dict[str, str | None]] = field(default_factory=dict)
    # request headers that show the source's secrets, to its own server only
    secrets: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    # how often a server that asks for a short pause is asked
    attempts: int = _ATTEMPTS
    # a file that takes the place of the source's address
    sent: Document | None = None

    def __call__(self, request: Request) -> Document:
        """The document; one that the check for news brought is not fetched again."""
        if self.sent is not None and request.url == self.sent.url:
            return self.sent
        document = self.kept.pop(request.url, None) or self._ask(request)
        if isinstance(document, NotModified):
            raise SourceError("http-status", request.url, status="304")
        faults.reach("fetch")
        self.validators[request.url] = {"etag": document.etag, "last_modified": document.last_modified}
        return document

    def news(self, known: Validators) -> bool:
        """Whether one of the documents of the last run has changed, or none can tell."""
        if not known or not all(said.get("etag") or said.get("last_modified") for said in known.values()):
            return True
        for url, said in known.items():
            answer = self._ask(Request(url), said.get("etag"), said.get("last_modified"))
            if isinstance(answer, Document):
                self.kept[url] = answer
                return True
        self.validators = {url: dict(said) for url, said in known.items()}
        return False

    def _ask(self, request: Request, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """The answer of a server that may be asked; one that asks for a short pause gets it."""
        for attempt in range(self.attempts):
            hosts.check(request.url)
            try:
                own = origin_of(request.url) == origin_of(self.home)
                with self._turn(request.url):
                    answer = self.client.fetch(request, etag, last_modified, self.secrets if own else None)
            except SourceError as error:
                wait = hosts.asked_to_wait(error, dt.datetime.now(dt.UTC))
                if wait is None or wait > _SHORT or attempt + 1 == self.attempts:
                    hosts.failed(request.url, error, dt.datetime.now(dt.UTC))
                    raise
                sleep(wait.total_seconds())
            else:
                hosts.worked(request.url)
                return answer
        raise AssertionError("the last attempt returns or raises")

    def _turn(self, url: str) -> AbstractContextManager[None]:
        # the city's own servers, which its operators admit by name, are asked as often as is needed
        return nullcontext() if hosts.name(url) in self.client.policy.allow else hosts.turn(url)


def connector(name: str, url: str) -> Connector:
    """The connector of that name.  Raises SourceError "option" with the names there are."""
    known = connectors()
    if name not in known:
        raise SourceError("option", url, option="connector", detail=f"»{name}« ∉ {', '.join(sorted(known))}")
    return known[name]


def expand(value: Any) -> Any:
    """The same value with "{samples}" replaced by the sample server's address."""
    if isinstance(value, str):
        return value.replace(_SAMPLES, config.harvest().samples_url.rstrip("/"))
    if isinstance(value, Mapping):
        return {key: expand(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [expand(item) for item in value]
    return value


def source(name: str, title: str, url: str, options: Mapping[str, Any], now: dt.datetime) -> Source:
    """What a connector may know of a source, with addresses as they are fetched."""
    return Source(name, title, expand(url), now, expand(options), locate())


@functools.cache
def _places(path: Path, stamp: int) -> Callable[[float, float], str | None]:
    return locator(json.loads(path.read_text("utf-8")))


def locate() -> Callable[[float, float], str | None]:
    """The function that names the Ortsteil of a point; it knows none where the file is missing."""
    path = _districts()
    return _places(path, path.stat().st_mtime_ns) if path.exists() else lambda lon, lat: None


def _districts() -> Path:
    return config.house().directory / "places" / "ortsteile.geojson"


@functools.cache
def release() -> str:
    """A fingerprint of the code and places that turn documents into datasets.

    After an update of the portal the same document may mean something else, so what a
    server calls unchanged is read again.
    """
    found = hashlib.sha256()
    folders = (Path(connector_package.__path__[0]), Path(__file__).parent)
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        found.update(path.read_bytes())
    found.update(_districts().read_bytes() if _districts().exists() else b"")
    return found.hexdigest()


def read(
    name: str, feed: Source, known: Validators, secrets: Mapping[str, str] | None = None, sent: Document | None = None,
    hurried: bool = False,
) -> Read:
    """Read a source to its end.

    known: what the last complete run was told; empty to read in any case.  secrets:
    request headers for the source's own server.  sent: a file that takes the place of
    the source's address.  hurried: somebody waits for the answer.  Raises SourceError
    where the source as a whole cannot be read.
    """
    settings = config.security()
    policy = Policy(allow=settings.allow, proxy=settings.proxy, contact=settings.contact)
    if hurried:
        policy = dataclasses.replace(policy, total=_PATIENCE)
    # a source without address has no server of its own, so no internal one is open to it
    home = feed.url if "://" in feed.url else _NOWHERE
    fetcher = Fetcher(
        GuardedClient(policy, home=home), secrets=secrets or {}, home=home, attempts=1 if hurried else _ATTEMPTS,
        sent=dataclasses.replace(sent, url=feed.url) if sent is not None else None,
    )
    if not fetcher.news(known):
        return Read(None, fetcher.validators)
    harvest = drive(connector(name, feed.url).read(feed), fetcher)
    return Read(harvest, fetcher.validators)
