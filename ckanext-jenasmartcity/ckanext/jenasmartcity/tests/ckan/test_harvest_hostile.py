"""Whatever a source sends: nothing is deleted, nothing falls over, and each fault is told by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib import search
from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest import sources

from . import hostile
from .conftest import act
from .test_harvest import csv_options
from .test_harvest_leases import portal_ini

# How much memory a harvest may take beside what the idle worker has, in kB.
MOST = 100 * 1024


@dataclass(frozen=True)
class Kind:
    """A standard with a good feed, an empty one and one with hostile records.

    like: a source of the samples with its settings.  refused: place of each hostile record
    -> (its id, code); the others are published.
    """

    like: str
    feed: Callable[[bool], bytes]
    nothing: bytes
    refused: dict[int, tuple[str, str]]
    options: dict[str, Any] | None = None


def told(form: str, **codes: str) -> dict[int, tuple[str, str]]:
    usual = {"NUL": "not-readable", "TITLE": "too-long", "NUMBER": "not-readable", "BYTES": "not-readable", **codes}
    places = {name: getattr(hostile, name) for name in usual}
    return {places[name]: (form % places[name], code) for name, code in usual.items() if code}


EMPTY_ZIP = b"PK\x05\x06" + b"\x00" * 18
KINDS = {
    "geojson": Kind("parkplaetze", hostile.features, b'{"type":"FeatureCollection","features":[]}',
                    told("%d", MANY="not-a-number"), {"key": ["id"], "columns": {"wert": {"type": "numeric"}}}),
    "boxes": Kind("opensensemap-jena", hostile.boxes, b"[]", told("b%03d")),
    "csv": Kind("", hostile.lines, b"id;name;zahl\n", told("%d", MANY="wrong-length", NUMBER="not-a-number"),
                csv_options()),
    "vhs": Kind("vhs-jena-beispiel", hostile.courses, b"<veranstaltungen/>", told("k%03d", NUMBER="not-a-number")),
    "data-json": Kind("", hostile.catalogue, b'{"dataset":[]}', told("e%03d", MANY="not-readable"), {}),
    "gtfs": Kind("gtfs-jena-beispiel", hostile.archive, EMPTY_ZIP,
                 told("s%03d", MANY="wrong-length", NUMBER="not-a-number")),
}


@pytest.fixture(scope="module")
def server() -> Iterator[hostile.Server]:
    found = hostile.Server()
    yield found
    found.close()


@dataclass
class Worker:
    """The idle worker in its own process."""

    process: subprocess.Popen[str]

    def harvest(self, name: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        # what plugins print in between is no answer
        while not (line := self.process.stdout.readline()).startswith("{"):
            assert line, "the worker has died"
        found = json.loads(line)
        assert "died" not in found, found
        return dict(found)


@pytest.fixture(scope="module")
def worker(server: hostile.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("idle")
    command = [sys.executable, "-m", "ckanext.jenasmartcity.tests.ckan.idle", str(portal_ini(folder, server.port))]
    with open(folder / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            while (line := process.stdout.readline()) != "ready\n":
                assert line, (folder / "log").read_text()
            yield Worker(process)
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def kind(request: pytest.FixtureRequest, harvested: Any, server: hostile.Server, worker: Worker) -> str:
    """A source of each kind that was harvested well once."""
    name = f"boese-{request.param}"
    if not tables.sources(name):
        _make(name, KINDS[request.param], server.give(f"/{name}", KINDS[request.param].feed(False)))
        found = worker.harvest(name)
        assert (found["error"], found["rejected"]) == (None, 0), causes(name)
        assert count(name) == hostile.RECORDS
    return str(request.param)


def _make(name: str, wanted: Kind, url: str) -> None:
    [like] = tables.sources(wanted.like or "parkplaetze")
    fields = {field: getattr(like, field) for field in sources.FIELDS}
    more: dict[str, Any] = {"connector": name.partition("-")[2]} if not wanted.like else {}
    own = {key: value for key, value in next(iter(like.drafts.values()), {}).items() if key != "title"}
    more |= {"options": {"draft": {"id": name, "title": name}, **(wanted.options or {})}, "drafts": {},
             "defaults": {"provider": "Volkshochschule", **like.defaults, **own, "notes": "Nur für diesen Test."}}
    row = tables.HarvestSource(uid=str(uuid.uuid4()), active=True, validators={},
                               **{**fields, **more, "name": name, "url": url, "schedule": None})
    model.Session.add(row)
    model.Session.commit()


def count(name: str) -> int:
    """Number of the source's records that the portal has: offers, or rows of its first table."""
    return len(stored(name))


def stored(name: str) -> dict[str, str]:
    """Record -> its name as the portal shows it."""
    model.Session.remove()
    offers = act("jenasmartcity_item_list", source=name, limit=1000)["results"]
    if offers:
        return {one["source_id"]: one["name"] for one in offers}
    [source] = tables.sources(name)
    if source.connector == "data-json":
        # a catalogue's datasets are named by their titles, not by their source
        ids = {draft: one.package_id for draft, one in tables.records(source.id).items()}
        indexed = search.make_connection().search("{!terms f=id}" + ",".join(ids.values()), rows=len(ids))
        titles = {one["id"]: one["title"] for one in indexed}
        return {draft: titles[id_] for draft, id_ in ids.items()}
    record = next(iter(tables.records(source.id).values()))
    resources = act("package_show", id=record.package_id)["resources"]
    first = next(one["id"] for one in resources if one["role"] == "table" and one["table_name"] not in OTHERS)
    with get_write_engine().connect() as connection:
        rows = connection.execute(sa.text(f'SELECT * FROM "{first}"')).mappings().all()  # noqa: S608
    return {str(row.get("id", row.get("stop_id"))): str(row.get("name", row.get("stop_name"))) for row in rows}


OTHERS = ("messgroessen", "agency", "routes", "calendar", "trips", "stop_times")


def causes(name: str) -> list[dict[str, Any]]:
    model.Session.remove()
    return list(act("jenasmartcity_harvest_source_show", name=name)["rejected"])


def last_run(name: str) -> dict[str, Any]:
    model.Session.remove()
    return dict(act("jenasmartcity_harvest_source_show", name=name)["last_run"])


def answer(server: hostile.Server, name: str, path: str, kind: Kind) -> None:
    """What the server says from now on instead of the feed."""
    good = kind.feed(False)
    bodies = {"500": b"oops", "empty": b"", "nothing": kind.nothing, "cut": good[:len(good) * 2 // 3],
              "html": b"<!doctype html><html><body>Bitte melden Sie sich an</body></html>"}
    if name in bodies:
        server.give(path, bodies[name], status=500 if name == "500" else 200)
    elif name in REDIRECTS:
        server.give(path, b"", status=302, Location=REDIRECTS[name].format(port=server.port))
    elif name == "endless":
        server.stream(path, hostile.endless)
    elif name == "zip bomb":
        server.give(path, hostile.archive_bomb())
    else:
        piece = b"[" + b" " * (hostile.MEGABYTE - 1)
        # one that keeps below the largest ratio
        piece = piece if name == "bomb" else os.urandom(12_000) + piece[12_000:]
        server.stream(path, lambda: hostile.bomb(piece), Content_Encoding="gzip")


REDIRECTS = {
    "metadata": "http://169.254.169.254/latest/meta-data/", "localhost": "http://localhost:{port}/geheim",
    "IPv6": "http://[::1]:{port}/geheim", "database": "http://127.0.0.1:{port}1/", "file": "file:///etc/passwd",
}
ANSWERS = {
    "500": {"http-status"}, "empty": {"empty"}, "nothing": {"empty", "missing-part", "broken-archive"},
    "cut": {"not-the-format", "broken-archive", "wrong-length"}, "html": {"html"},
    **dict.fromkeys(REDIRECTS, {"refused-address"}),
    "endless": {"too-large"}, "bomb": {"too-large"}, "slow bomb": {"too-large"}, "zip bomb": {"too-large"},
}


# what the client refuses is refused for every standard alike
CASES = [("geojson", case) for case in ANSWERS if case != "zip bomb"]
CASES += [(kind, case) for kind in KINDS if kind != "geojson" for case in ("nothing", "cut", "html")]


@pytest.mark.parametrize(("kind", "case"), [*CASES, ("gtfs", "zip bomb")], indirect=["kind"])
def test_a_hostile_answer_deletes_nothing_and_is_told(kind: str, server: hostile.Server, worker: Worker, case: str):
    name = f"boese-{kind}"
    before = stored(name)
    server.give("/geheim", b"[]")
    answer(server, case, f"/{name}", KINDS[kind])
    # what failed before says nothing about the next one
    model.Session.execute(sa.text("DELETE FROM jenasmartcity_harvest_host"))
    model.Session.commit()
    found = worker.harvest(name)
    assert stored(name) == before
    assert "/geheim" not in server.asked
    assert found["after"] - found["before"] < MOST
    if case == "cut" and kind == "csv":
        # all that can be seen is that the last line is broken; what was behind it stays
        assert (found["error"], found["rejected"]) == (None, 1)
        return
    assert found["error"] in ANSWERS[case]
    run = last_run(name)
    assert (run["state"], run["error"]["code"]) == ("failed", found["error"])
    for language in ("de", "en"):
        assert len(run["error"][language]) > 40
    assert run["error"]["de"] != run["error"]["en"]


@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_one_hostile_record_in_a_hundred_costs_itself_only(kind: str, server: hostile.Server, worker: Worker):
    name, wanted = f"boese-{kind}", KINDS[kind]
    model.Session.execute(sa.text("DELETE FROM jenasmartcity_harvest_host"))
    model.Session.commit()
    server.give(f"/{name}", wanted.feed(True))
    found = worker.harvest(name)
    assert found["error"] is None
    assert found["after"] - found["before"] < MOST
    shown = stored(name)
    # what was there stays, be it refused by now
    assert len(shown) == hostile.RECORDS
    assert {shown[one] for one in shown} == set(map(hostile.name_of, range(hostile.RECORDS)))
    _check_told(causes(name), wanted)
    # and in a new place, where nothing was before; with the same files it would be the same catalogue
    fresh, files = f"neu-{kind}", b'"downloadURL": "https://example.'
    body = wanted.feed(True).replace(files + b"org", files + b"net")
    _make(fresh, wanted, server.give(f"/{fresh}", body))
    assert worker.harvest(fresh)["error"] is None
    new = stored(fresh)
    assert len(new) == hostile.RECORDS - len(wanted.refused)
    bad = {id_.partition(":")[2] or id_ for id_, _code in wanted.refused.values()}
    assert not bad & set(new)


def _check_told(rejected: list[dict[str, Any]], wanted: Kind) -> None:
    by_id = {one["id"]: one for one in rejected}
    for place, (record, code) in wanted.refused.items():
        one = next((told for id_, told in by_id.items() if names(id_, record, place)), None)
        assert one is not None, (record, sorted(by_id))
        assert one["code"] == code, one
        for language in ("de", "en"):
            assert 20 < len(one[language]) < 2_000
        assert one["de"] != one["en"]


def names(told: str, record: str, place: int) -> bool:
    """Whether what a message says means that record: its id, or its line."""
    return record in told.replace(":", "/").split("/") or told in (f"stops.txt#{place + 1}", f"Zeile {place + 2}")
