"""Asking the running portal's API, as anybody or as its administrator.

JENA_URL: address of the portal; JENA_SAMPLES_URL: address of its server of sample feeds;
JENA_INSTANCE: name of the instance below var/ ("portal").
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import requests

from ckanext.jenasmartcity.tests.browser.readers import ROOT

PAGE = 1000


class PortalError(AssertionError):
    """The portal did not do what it was asked for."""


def act(action: str, token: str | None = None, **asked: Any) -> Any:
    """What a reading action answers; fractions are Decimals, None is not sent."""
    given = {key: value for key, value in asked.items() if value is not None}
    answer = requests.get(f"{_url()}/api/3/action/{action}", given, headers=_headers(token), timeout=60)
    return _result(action, answer)


def write(action: str, token: str, asked: dict[str, Any]) -> Any:
    """What a writing action answers."""
    answer = requests.post(f"{_url()}/api/3/action/{action}", json=asked, headers=_headers(token), timeout=120)
    return _result(action, answer)


def _url() -> str:
    return os.environ["JENA_URL"].rstrip("/")


def _headers(token: str | None) -> dict[str, str]:
    return {"Authorization": token} if token else {}


def _result(action: str, answer: requests.Response) -> Any:
    body = answer.json(parse_float=Decimal)
    if not body["success"]:
        raise PortalError(f"{action}: {answer.status_code} {body['error']}")
    return body["result"]


def table(resource_id: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Every row of a DataStore table, and column -> type, without CKAN's own _id."""
    types: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    while True:
        found = act("datastore_search", resource_id=resource_id, limit=PAGE, offset=len(rows), sort="_id")
        types = {field["id"]: field["type"] for field in found["fields"] if field["id"] != "_id"}
        rows += [{key: value for key, value in row.items() if key != "_id"} for row in found["records"]]
        if not found["records"] or len(rows) >= found["total"]:
            return types, rows


def offers(source: str) -> list[dict[str, Any]]:
    """Every offer of a source, those that are over too."""
    found: list[dict[str, Any]] = []
    while True:
        page = act("jenasmartcity_item_list", source=source, limit=PAGE, offset=len(found))
        found += page["results"]
        if not page["results"] or len(found) >= page["count"]:
            return found


def found_offers(**asked: Any) -> list[dict[str, Any]]:
    """All hits of a search for offers, those that are over too."""
    answer = act("jenasmartcity_item_search", past="true", rows=PAGE, **asked)
    assert len(answer["results"]) == answer["count"]
    return answer["results"]


def found_datasets(token: str | None = None, **asked: Any) -> set[str]:
    """Names of all datasets that a search finds."""
    answer = act("package_search", token, rows=PAGE, **asked)
    assert len(answer["results"]) == answer["count"]
    return {hit["name"] for hit in answer["results"]}


@contextlib.contextmanager
def administrator() -> Iterator[str]:
    """An API token of the administrator, for as long as the block runs."""
    name = f"test-{uuid.uuid4()}"
    token = command("user", "token", "add", "admin", name, "-q").strip().splitlines()[-1].strip()
    try:
        yield token
    finally:
        write("api_token_revoke", token, {"token": token})


def command(*words: str) -> str:
    """What CKAN's command line prints, on the portal's configuration."""
    done = subprocess.run([ROOT / "bin/ckan", *words], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise PortalError(f"bin/ckan {' '.join(words[:3])}: {done.stderr[-500:]}")
    return done.stdout
