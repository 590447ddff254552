"""What a steward is told: ids and titles that occur twice, and datasets that another source publishes."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.jenasmartcity.harvest import fetch, remarks, twins
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.account import Counts
from ckanext.jenasmartcity.harvest.stewards import editing

from .conftest import NOW, Feeds, act, run
from .killing import mixed  # noqa: F401

pytestmark = pytest.mark.usefixtures("harvested", "mixed")
COLUMNS = {"id": "int", "zahl": "int"}


def give(feeds: Feeds, name: str, datasets: list[dict[str, Any]], items: list[dict[str, Any]] | None = None) -> str:
    return feeds.give(f"/{name}.json", json.dumps({"datasets": datasets, "items": items or []}), "application/json")


def titles(name: str) -> dict[str, str]:
    """Draft -> title of the dataset that everybody sees."""
    model.Session.remove()
    [row] = tables.sources(name)
    ids = {record.package_id: draft for draft, record in tables.records(row.id).items()}
    found = act("package_search", fq=f"name:{name}-*", rows=1000)["results"]
    return {ids[one["id"]]: one["title"] for one in found}


def latest(name: str) -> dict[str, Any]:
    """The latest run as the action shows it; its sum must be right."""
    model.Session.remove()
    [row] = tables.sources(name)
    shown = act("jenasmartcity_harvest_run_show", id=tables.runs(row.id, 1)[0].id)
    counted = ("added", "updated", "unchanged", "withdrawn", "rejected_count")
    assert shown["found"] == sum(shown[part] for part in counted)
    assert shown["rejected_count"] == sum(group["count"] for group in shown["rejected"])
    return shown


def refused(shown: dict[str, Any]) -> dict[str, list[str]]:
    """Code -> ids of the records that were rejected for it."""
    return {group["code"]: [one["id"] for one in group["records"]] for group in shown["rejected"]}


def test_an_id_that_occurs_twice_makes_one_dataset_and_is_told(feeds: Feeds, source):
    # the second one stands in the same batch, the third in another
    whole = [{"id": f"d{number}", "title": f"Doppelt {number}"} for number in range(60)]
    datasets = [*whole[:2], {**whole[1], "title": "Zweiter"}, *whole[2:], {**whole[1], "title": "Dritter"}]
    name = source("doppelt", "mixed", give(feeds, "doppelt", datasets))
    for counts in (Counts(added=60, rejected=2), Counts(unchanged=60, rejected=2)):
        assert run(name).counts == counts
        assert titles(name) == {one["id"]: one["title"] for one in whole}
        assert refused(latest(name)) == {"duplicate-id": ["d1", "d1"]}
    # what is missing now may be what stands there twice
    give(feeds, "doppelt", [*datasets[:40], datasets[0]])
    assert run(name, now=NOW + dt.timedelta(days=1)).counts == Counts(unchanged=40 - 1, rejected=2)
    assert latest(name)["held"] is None
    assert not any(record.absent_since for record in tables.records(tables.sources(name)[0].id).values())


def test_tables_and_offers_of_an_id_that_occurs_twice_are_those_of_the_first(feeds: Feeds, source):
    first = {"id": "d1", "title": "Tabelle", "columns": COLUMNS, "rows": [[1, 1], [2, 2]]}
    offers = [{"id": "i1", "draft": "d2", "name": "Kurs"}, {"id": "i1", "draft": "d2", "name": "Anderer Kurs"}]
    datasets = [first, {**first, "title": "Andere", "rows": [[1, 9], [3, 9]]}, {"id": "d2", "title": "Kurse"}]
    name = source("zweimal", "mixed", give(feeds, "zweimal", datasets, offers))
    for counts in (Counts(added=3, rejected=3), Counts(unchanged=3, rejected=3)):
        assert run(name).counts == counts
        assert titles(name) == {"d1": "Tabelle", "d2": "Kurse"}
        assert refused(latest(name)) == {"duplicate-id": ["d1/werte/1", "d1/werte/3", "i1"]}
    [row] = tables.sources(name)
    table = tables.records(row.id)["d1"].tables["werte"]["id"]
    rows = act("datastore_search", resource_id=table, sort="id")["records"]
    assert [(one["id"], one["zahl"]) for one in rows] == [(1, 1), (2, 2)]
    assert [one["name"] for one in act("jenasmartcity_item_list", source=name)["results"]] == ["Kurs"]


UUIDS = [f"0f5a7c2e-52b6-4c0a-9b39-{number:012}" for number in range(9)]


def described(number: int, title: str, **fields: str) -> dict[str, Any]:
    return {"id": f"d{number}", "title": title, "fields": {"identifier": UUIDS[number], **fields}}


def written() -> list[Any]:
    """What a run that changes nothing must leave alone: the versions of all rows that matter."""
    model.Session.remove()
    kinds = ("package", "resource", "jenasmartcity_harvest_record", "jenasmartcity_harvest_rejection",
             "jenasmartcity_change")
    version = sa.cast(sa.cast(sa.literal_column("xmin"), sa.Text), sa.BigInteger)
    query = sa.select(sa.func.count(), sa.func.max(version))
    return [model.Session.execute(query.select_from(sa.table(kind))).one() for kind in kinds]


@pytest.fixture
def first(feeds: Feeds, source, request) -> str:
    """A source of the city that publishes three datasets, and nothing that another test has left."""
    name = f"e{zlib.crc32(request.node.name.encode())}"
    page = f"https://{name}.example/parken"
    source(name, "mixed", give(feeds, name, [
        described(0, "Kurse", identifier=f"https://{name}.example/0"),
        described(1, "Parken", identifier="17", url=page),
        described(2, "Bäume", identifier=f"https://{name}.example/2"),
    ]), title={"de": f"Erste {name}", "en": f"First {name}"})
    assert run(name).counts == Counts(added=3)
    return name


def again(name: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    """The same datasets as another catalogue has them, one by its identifier, one by its page."""
    return [
        described(5, "Baumkataster", identifier=f"http://{name}.example/2/"),
        described(6, "Parken", url=f"https://{name}.example/parken"), *more,
    ]


def test_what_another_source_publishes_is_not_published_twice(feeds: Feeds, source, first: str, monkeypatch):
    # its own number, and the same title, say nothing
    own = [{"id": "d1", "title": "Eigene"}, {"id": "d8", "title": "Bäume", "fields": {"identifier": "17"}}]
    second = source(f"{first}-b", "mixed", give(feeds, f"{first}-b", again(first, *own)))
    monkeypatch.setattr(editing, "connectors", fetch.connectors)
    tried = act("jenasmartcity_harvest_source_try", name=second)
    assert ([one["draft"] for one in tried["new"]], tried["rejected"][0]["count"]) == (["d1", "d8"], 2)
    assert run(second).counts == Counts(added=2, rejected=2)
    assert titles(second) == {"d1": "Eigene", "d8": "Bäume"}
    [group] = latest(second)["rejected"]
    assert (group["code"], [one["id"] for one in group["records"]]) == ("published-by-other-source", ["d5", "d6"])
    [trees, parking] = group["records"]
    named = {one["title"]: f"/dataset/{one['name']}" for one in act("package_search", fq=f"name:{first}-d*")["results"]}
    assert f"die Quelle »Erste {first}«: »Bäume« ({named['Bäume']})" in trees["de"]
    assert f"The source “First {first}” publishes this dataset already: “Parken” ({named['Parken']})" in parking["en"]
    assert group["remedy"]["de"].startswith("Ist es derselbe, ist nichts zu tun")
    before = written()
    assert run(second).counts == Counts(unchanged=2, rejected=2)
    monkeypatch.setattr(twins, "alike", None)
    # what is published is not asked for again
    assert run(first).counts == Counts(unchanged=3)
    assert written() == before


def test_another_organisation_learns_of_no_source_and_of_nothing_that_is_private(feeds: Feeds, source, first: str):
    other = source(f"{first}-c", "mixed", give(feeds, f"{first}-c", again(first)), organization="beispieldaten")
    [row] = tables.sources(first)
    trees = tables.records(row.id)["d2"].package_id
    act("package_patch", id=trees, private=True)
    assert run(other).counts == Counts(added=1, rejected=1)
    assert titles(other) == {"d5": "Baumkataster"}
    told = json.dumps(latest(other)["rejected"], ensure_ascii=False)
    assert "die Organisation »Stadt Jena«: »Parken«" in told
    assert "The organisation “Stadt Jena” publishes" in told
    assert f"Erste {first}" not in told
    assert "Bäume" not in told
    # what is published already stays, whoever else shows it by now
    act("package_patch", id=trees, private=False)
    body = again(first)
    body[0]["title"] = "Baumkataster 2"
    give(feeds, f"{first}-c", body)
    assert run(other).counts == Counts(updated=1, rejected=1)
    assert titles(other) == {"d5": "Baumkataster 2"}


def test_when_the_first_source_gives_a_dataset_up_the_second_one_may_publish_it(feeds: Feeds, source, first: str):
    second = source(f"{first}-b", "mixed", give(feeds, f"{first}-b", again(first)))
    assert run(second).counts == Counts(rejected=2)
    [row] = tables.sources(first)
    act("package_delete", id=tables.records(row.id)["d1"].package_id)
    trees = described(2, "Bäume", identifier=f"https://{first}.example/2")
    others = [described(0, "Kurse", identifier=f"https://{first}.example/0"), described(3, "Neu"),
              described(4, "Neuer"), described(7, "Am neuesten"), {"id": "d1", "title": "Parken"}]
    for day, listed in ((1, [*others, trees]), (2, others), (10, others)):
        give(feeds, first, listed)
        run(first, now=NOW + dt.timedelta(days=day))
    assert latest(first)["withdrawn"] == 1
    assert run(second).counts == Counts(added=2)
    assert titles(second) == {"d5": "Baumkataster", "d6": "Parken"}
    # it comes back where it was: it is somebody else's by now
    give(feeds, first, [*others, trees])
    for _ in range(2):
        run(first, now=NOW + dt.timedelta(days=20))
        assert refused(latest(first)) == {"published-by-other-source": ["d2"]}
    assert act("package_show", id=tables.records(tables.sources(first)[0].id)["d2"].package_id)["withdrawn"]


def remarked(name: str) -> dict[str, str]:
    """Record -> what is said of its title."""
    groups = latest(name)["remarks"]
    assert {(group["code"], group["field"]) for group in groups} <= {("title-twice", "title")}
    assert all(group["count"] == len(group["records"]) for group in groups)
    return {one["id"]: one["de"] for group in groups for one in group["records"]}


def test_a_title_that_is_used_twice_is_published_and_told(feeds: Feeds, source, first: str):
    own = [{"id": "d1", "title": "Schulen"}, {"id": "d2", "title": " schulen "}, {"id": "d3", "title": "Brunnen"},
           {"id": "d4", "title": "Lärmkarte"}, {"id": "d5", "title": "Schulen", "fields": {"frequency": "nie"}}]
    name, neighbour = f"{first}-t", f"{first}-n"
    body = give(feeds, neighbour, [{"id": "x", "title": "Lärmkarte"}])
    source(neighbour, "mixed", body, title={"de": "Nachbarquelle"})
    run(neighbour)
    source(name, "mixed", give(feeds, name, own), organization="beispieldaten")
    for counts in (Counts(added=4, rejected=1), Counts(unchanged=4, rejected=1)):
        before = written()
        # told, but not part of the sum
        assert run(name).counts == counts
        found = remarked(name)
        assert list(found) == ["d1", "d2", "d4"]
    assert written() == before
    assert "»Schulen« trägt auch ein anderer Datensatz: »d2« in derselben Quelle." in found["d1"]
    assert "»d1« in derselben Quelle" in found["d2"]
    [noise] = [one["name"] for one in act("package_search", fq=f"name:{neighbour}-*")["results"]]
    assert f"/dataset/{noise} (Organisation »Stadt Jena«)" in found["d4"]
    assert "Nachbarquelle" not in found["d4"]
    assert len(titles(name)) == 4
    # nobody learns of what is private
    act("package_patch", id=noise, private=True)
    run(name)
    assert list(remarked(name)) == ["d1", "d2"]
    give(feeds, name, own[1:4])
    run(name)
    assert remarked(name) == {}


def test_of_many_titles_that_are_used_twice_the_first_are_kept_and_all_are_counted(feeds: Feeds, source, monkeypatch):
    monkeypatch.setattr(remarks, "MOST", 4)
    name = source("gleiche", "mixed", give(feeds, "gleiche", [{"id": f"d{n}", "title": "Gleich"} for n in range(9)]))
    assert run(name).counts == Counts(added=9)
    [group] = latest(name)["remarks"]
    assert (group["count"], [one["id"] for one in group["records"]]) == (9, ["d0", "d1", "d2", "d3"])


def test_the_page_of_a_run_shows_what_is_told_and_lets_one_think_again(feeds: Feeds, source, app):
    whole = [{"id": f"d{n}", "title": "Gleich" if n < 2 else f"Eigen {n}"} for n in range(5)]
    name = source("seite", "mixed", give(feeds, "seite", whole))
    run(name)
    give(feeds, "seite", [*whole[:2], whole[0]])
    run(name)
    # a record that stands there twice hides nothing but this run
    give(feeds, "seite", whole[:2])
    run(name)
    admin = tk.config["ckan.site_id"]
    made = tk.get_action("api_token_create")({"ignore_auth": True, "user": admin}, {"user": admin, "name": "seite"})
    # pragma: allowlist nextline secret
    headers = {"Authorization": made["token"]}

    def page() -> str:
        address = f"/quellen/{name}/laeufe/{latest(name)['id']}"
        return " ".join(app.get(address, headers=headers).text.split())

    assert "Sie werden nur dann wieder gefragt, wenn noch mehr verschwindet." in page()
    act("jenasmartcity_harvest_run_decide", id=latest(name)["id"], accept=False)
    assert "Doch wegfallen lassen" in page()
    run(name)
    told = page()
    for said in ("Fehlt in der Quelle und bleibt", "3 Datensätze sind aus der Quelle verschwunden", "Eigen 4",
                 "Doch wegfallen lassen", "Veröffentlicht, aber einen Blick wert", "in derselben Quelle"):
        assert said in told
    act("jenasmartcity_harvest_run_decide", id=latest(name)["id"], accept=True)
    run(name)
    assert "Fehlt in der Quelle und bleibt" not in page()
    assert latest(name)["withdrawn"] == 3
