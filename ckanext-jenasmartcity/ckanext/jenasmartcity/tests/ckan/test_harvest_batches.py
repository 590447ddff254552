"""An invalid record costs itself: the other 49 of its batch are there, wherever it stands."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.jenasmartcity.harvest import batch, bulk, outbox, write
from ckanext.jenasmartcity.harvest import model as tables

from . import killing
from .conftest import NOW, Feeds, act, run
from .killing import mixed  # noqa: F401

BATCH = 50
# a rhythm that no list of frequencies has
INVALID = {"frequency": "alle Jubeljahre"}
pytestmark = pytest.mark.usefixtures("harvested", "mixed")


def feed(number: int, bad: Collection[int], title: str = "Datensatz") -> str:
    """So many datasets, some of them with a value that the schema refuses."""
    datasets = [{"id": f"d{one:04}", "title": f"{title} {one}"} | ({"fields": INVALID} if one in bad else {})
                # the first of the connector's drafts are of another type
                for one in range(number)]
    return json.dumps({"datasets": datasets, "items": []})


def published(name: str) -> dict[str, str]:
    """Draft -> title of its dataset in CKAN."""
    model.Session.remove()
    [source] = tables.sources(name)
    ids = {record.package_id: draft for draft, record in tables.records(source.id).items()}
    query = sa.select(model.Package.id, model.Package.title).where(
        model.Package.id.in_(list(ids)), model.Package.state == "active"
    )
    return {ids[row.id]: row.title for row in model.Session.execute(query)}


def titles(name: str) -> dict[str, str]:
    """The same, where the index knows all of them."""
    found = published(name)
    indexed = [one["title"] for many in killing.documents(name).values() for one in many]
    assert sorted(indexed) == sorted(found.values())
    return found


def refused(name: str) -> list[str]:
    rejected = act("jenasmartcity_harvest_source_show", name=name)["rejected"]
    assert {(one["code"], one["field"]) for one in rejected} <= {("schema", "frequency")}
    return sorted(one["id"] for one in rejected)


def test_an_invalid_record_at_every_place_of_a_batch_costs_itself_only(feeds: Feeds, source, monkeypatch):
    assert batch.SIZE == BATCH
    # 2,450 documents more in the index would say nothing more
    monkeypatch.setattr(outbox, "follow", lambda _context: None)
    # the first batch lacks its first record, the second its second, and so on
    bad = [place * BATCH + place for place in range(BATCH)]
    name = source("jeder-platz", "mixed", feeds.give("/j.json", feed(BATCH * BATCH, bad), "application/json"))
    counts = run(name).counts
    assert (counts.added, counts.rejected) == (BATCH * BATCH - BATCH, BATCH)
    assert published(name) == {f"d{one:04}": f"Datensatz {one}" for one in range(BATCH * BATCH) if one not in bad}
    assert refused(name) == [f"d{one:04}" for one in bad]
    model.Session.execute(sa.update(tables.Change).values(done_at=sa.func.now()))
    model.Session.commit()


@pytest.mark.parametrize("place", [0, 24, 49])
def test_what_only_the_database_refuses_costs_itself_only(feeds: Feeds, source, monkeypatch, place: int):
    name = source(f"datenbank-{place}", "mixed", feeds.give("/d.json", feed(BATCH, ()), "application/json"))
    genuine = bulk.create

    def picky(context: Any, datasets: Any) -> None:
        genuine(context, datasets)
        if any(one["title"] == f"Datensatz {place}" for one in datasets):
            # a value that no rule forbids and PostgreSQL cannot store
            model.Session.execute(sa.text("SELECT CAST(:number AS int)"), {"number": 2**40})

    monkeypatch.setattr(bulk, "create", picky)
    counts = run(name).counts
    # written one by one, each is taken
    assert (counts.added, counts.rejected) == (BATCH, 0)
    assert len(titles(name)) == BATCH


@pytest.mark.parametrize("place", [0, 24, 49])
def test_an_update_that_is_refused_costs_itself_only(feeds: Feeds, source, place: int):
    name = source(f"update-{place}", "mixed", feeds.give("/u.json", feed(BATCH, ()), "application/json"))
    assert run(name).counts.added == BATCH
    feeds.give("/u.json", feed(BATCH, [place], "Neuer Datensatz"), "application/json")
    counts = run(name, now=NOW + dt.timedelta(days=1)).counts
    assert (counts.updated, counts.rejected) == (BATCH - 1, 1)
    wanted = {f"d{one:04}": f"{'Datensatz' if one == place else 'Neuer Datensatz'} {one}" for one in range(BATCH)}
    assert titles(name) == wanted
    assert refused(name) == [f"d{place:04}"]


def test_a_batch_that_fails_leaves_nothing_half_written(feeds: Feeds, source, monkeypatch):
    name = source("halb", "mixed", feeds.give("/h.json", feed(BATCH, ()), "application/json"))

    def fail(*_: Any) -> None:
        raise tk.ValidationError({"title": ["nein"]})

    # after the datasets are flushed: neither they nor their records nor their lines in the outbox may stay
    monkeypatch.setattr(write, "_remember", fail)
    with pytest.raises(tk.ValidationError):
        run(name)
    model.Session.remove()
    [row] = tables.sources(name)
    assert tables.records(row.id) == {}
    named = sa.select(sa.func.count()).select_from(model.Package).where(model.Package.name.startswith("halb-"))
    assert model.Session.scalar(named) == 0
    assert tables.pending() == []
