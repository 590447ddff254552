"""The index follows what was written, whatever it refuses or misses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.model as model
from ckan.lib import search

from ckanext.jenasmartcity.harvest import index, outbox, tick
from ckanext.jenasmartcity.harvest import model as tables

from .conftest import Feeds, run
from .test_harvest import csv_options, dataset_of, datasets
from .test_harvest_bulk import created, generated


def test_what_the_index_missed_is_made_up_for(harvested, feeds: Feeds, source, monkeypatch):
    name = source("solr-weg", "csv", feeds.give("/s.csv", "id;zahl\n1;1\n"), options=csv_options())

    def away(_ids: Any) -> None:
        raise search.SearchIndexError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(index, "send", away)
        assert run(name).counts.added == 1
    dataset = dataset_of(name)["id"]
    assert dataset not in {one["id"] for one in datasets()}
    assert tables.pending()
    tick.work(dt.datetime.now(dt.UTC), {})
    assert dataset in {one["id"] for one in datasets()}
    assert tables.pending() == []


def test_a_dataset_that_the_index_refuses_does_not_keep_the_others_out(harvested, feeds: Feeds, source, monkeypatch):
    first = source("solr-nein", "csv", feeds.give("/n.csv", "id;zahl\n1;1\n"), options=csv_options())
    second = source("solr-ja", "csv", feeds.give("/j.csv", "id;zahl\n1;1\n"), options=csv_options())
    send = index.send

    def picky(package_ids: list[str]) -> None:
        # the older of the two changes; the two may be in one lane or in two
        if refused in package_ids:
            raise search.SearchIndexError("Solr responded with an error (HTTP 400): [Reason: …]")
        send(package_ids)

    with monkeypatch.context() as patch:
        patch.setattr(index, "send", lambda _ids: (_ for _ in ()).throw(search.SearchIndexError("no answer")))
        for name in (first, second):
            assert run(name).counts.added == 1
        [refused] = {record.package_id for record in tables.records(tables.sources(first)[0].id).values()}
        patch.setattr(index, "send", picky)
        tick.work(dt.datetime.now(dt.UTC), {})
    assert tables.pending() == []
    found = {one["id"] for one in datasets()}
    assert dataset_of(second)["id"] in found
    assert dataset_of(first)["id"] not in found


def test_a_dataset_that_has_no_document_keeps_no_other_out(harvested):
    ids = [created(made) for made in generated(3)]
    # CKAN 2.12 cannot index what bears a relationship: KeyError 'object_package_id'
    one, other = model.Package.get(ids[0]), model.Package.get(ids[2])
    model.Session.add(model.PackageRelationship(subject=one, object=other, type="child_of"))
    tables.note([{"package_id": id_, "fields": ["title"]} for id_ in ids])
    model.Session.commit()
    for id_ in ids:
        search.clear(id_)

    outbox.drain()

    assert {one["id"] for one in datasets()} & set(ids) == {ids[1]}
    assert tables.pending() == []
