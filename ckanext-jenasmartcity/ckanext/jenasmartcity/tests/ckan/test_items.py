"""Single learning offers: found by what they say, seen by those who may see their dataset."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from markupsafe import escape

from ckanext.jenasmartcity.connectors.base import Item
from ckanext.jenasmartcity.items import index
from ckanext.jenasmartcity.items.stream import BERLIN

from .conftest import NOW, act


def today() -> dt.date:
    """The day in Jena; asked for by each test, since midnight may pass while the others run."""
    return dt.datetime.now(BERLIN).date()


def offer(number: int, name: str, **more: Any) -> Item:
    told = {"valid_until": today() + dt.timedelta(days=90), **more}
    return Item(id=f"T-{number}", draft="lernangebote", name=name, **told)


def every_offer() -> list[Item]:
    """Past, present and without end."""
    return [
        offer(1, "Grundwasserschutz im Garten", subjects=("Ökologie", 'Gärten "klein", \\ groß'),
              place_district="Winzerla", start=dt.datetime(2027, 3, 1, 23, 30, tzinfo=BERLIN),
              price=12.5, free_of_charge=False),
        offer(2, "Nähen", description="Röcke und Straßenkleidung", place_district="Neulobeda", free_of_charge=True,
              start=dt.date(2027, 3, 2), place_accessible=True,
              sessions=((dt.datetime(2027, 3, 2, 9, tzinfo=BERLIN), None),
                        (dt.datetime(2027, 4, 6, 9, tzinfo=BERLIN), None))),
        offer(3, "Vorbei", valid_until=today() - dt.timedelta(days=1)),
        offer(4, "Gilt heute noch", valid_until=today()),
        offer(5, "Ohne Ende", valid_until=None),
    ]


def load(items: list[Item], package_id: str, complete: bool = True, now: dt.datetime = NOW) -> dict[str, int]:
    counts = act("jenasmartcity_item_load", source="test", items=items, packages={"lernangebote": package_id}, now=now,
                 complete=complete)
    model.Session.commit()
    act("jenasmartcity_item_index")
    return counts


@pytest.fixture
def offers(harvested) -> str:
    """A dataset with the offers above and no others in the index; its id."""
    dataset = act("package_show", id="vhs-jena-beispiel-lernangebote")
    act("package_patch", id=dataset["id"], private=False)
    model.Session.execute(sa.text("DELETE FROM jenasmartcity_item"))
    model.Session.commit()
    index.core().delete(q="*:*", commit=True)
    assert load(every_offer(), dataset["id"]) == {"added": 5, "updated": 0, "unchanged": 0, "withdrawn": 0}
    return dataset["id"]


def names(user: str = "", **asked: Any) -> list[str]:
    return [one["name"] for one in act("jenasmartcity_item_search", user=user, **asked)["results"]]


def test_the_harvested_offers_are_found_and_each_has_a_page(harvested, app):
    every = act("jenasmartcity_item_list", user="", limit=1000)
    assert every["count"] == harvested["vhs-jena-beispiel"].counts.added
    found = act("jenasmartcity_item_search", user="", past=True, rows=1000)
    assert {one["id"] for one in found["results"]} == {one["id"] for one in every["results"]}
    for one in every["results"][:20]:
        page = app.get(f"/lernangebote/{one['id']}")
        assert f"<h1>{escape(one['name'])}</h1>" in page.body
        assert str(escape(one["description"])) in page.body


def test_the_list_can_be_paged_through_to_its_end(harvested, app):
    count = act("jenasmartcity_item_search", user="")["count"]
    address, seen = "/lernangebote", []
    while address:
        body = app.get(address).body
        seen += re.findall(r'<h3><a href="/lernangebote/([0-9a-f-]{36})"', body)
        following = re.search(r'rel="next" href="([^"]+)"', body)
        address = following.group(1) if following else ""
    assert len(seen) == len(set(seen)) == count > 40


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Grundwasser", "Grundwasserschutz im Garten"), ("schutz", "Grundwasserschutz im Garten"),
        ("Oekologie", "Grundwasserschutz im Garten"), ("Rock", "Nähen"), ("strassenkleidung", "Nähen"),
        ("Naehen", "Nähen"), ("Neulobeda", "Nähen"),
    ],
)
def test_an_offer_is_found_by_a_word_inside_and_however_it_is_written(offers, words, expected):
    assert names(q=words) == [expected]


def test_words_are_words_and_no_commands(offers):
    for words in ("source:test", "{!lucene}*:*", "*:*", "name:(", '"', "Nähen AND", "AND", "-", "_query_:x"):
        act("jenasmartcity_item_search", user="", q=words)
    assert names(q="source:test") == []
    assert names(q="{!lucene}*:*") == []


def test_what_is_over_is_hidden_until_one_asks(offers):
    assert set(names()) == {"Grundwasserschutz im Garten", "Nähen", "Gilt heute noch", "Ohne Ende"}
    assert set(names(past="1")) == {one.name for one in every_offer()}


def test_filters(offers):
    assert names(district="Winzerla") == ["Grundwasserschutz im Garten"]
    assert names(free="true") == names(accessible="true") == ["Nähen"]
    # 1 March, half past eleven at night in Berlin, is the 1st and not the 2nd
    assert names(**{"from": "2027-03-01", "to": "2027-03-01"}) == ["Grundwasserschutz im Garten"]
    assert names(**{"from": "2027-03-02"}) == ["Nähen"]
    # a course under way has a session in April
    assert names(**{"from": "2027-04-01", "to": "2027-04-30"}) == ["Nähen"]
    assert names(**{"from": "2027-03-03", "to": "2027-03-31"}) == []
    districts = act("jenasmartcity_item_search", user="", district="Winzerla")["districts"]
    assert {one["name"]: one["count"] for one in districts} == {"Neulobeda": 1, "Winzerla": 1}
    with pytest.raises(tk.ValidationError):
        names(**{"from": "morgen"})


def test_what_begins_next_comes_first(offers):
    assert names()[:2] == ["Grundwasserschutz im Garten", "Nähen"]


def test_an_offer_keeps_all_that_its_source_says(offers):
    [found] = [one for one in act("jenasmartcity_item_list", source="test")["results"] if one["source_id"] == "T-1"]
    shown = act("jenasmartcity_item_show", user="", id=found["id"])
    assert shown["subjects"] == ["Ökologie", 'Gärten "klein", \\ groß']
    assert (shown["start"], shown["price"], shown["free_of_charge"]) == ("2027-03-01T23:30:00+01:00", 12.5, False)
    assert (shown["whole_days"], shown["place_accessible"]) == (False, None)


def test_the_same_offers_again_write_nothing(offers):
    def versions() -> list[Any]:
        found = model.Session.execute(sa.text("SELECT source_id, xmin::text FROM jenasmartcity_item ORDER BY 1")).all()
        model.Session.rollback()
        return [tuple(row) for row in found]

    before = versions()
    later = NOW + dt.timedelta(days=1)
    assert load(every_offer(), offers, now=later) == {"added": 0, "updated": 0, "unchanged": 5, "withdrawn": 0}
    assert versions() == before


def test_a_vanished_offer_goes_only_after_a_complete_run_and_may_come_back(offers):
    rest = [one for one in every_offer() if one.id != "T-2"]
    assert load(rest, offers, complete=False)["withdrawn"] == 0
    assert "Nähen" in names()
    assert load(rest, offers) == {"added": 0, "updated": 0, "unchanged": 4, "withdrawn": 1}
    assert "Nähen" not in names()
    assert load(every_offer(), offers)["updated"] == 1
    assert names(q="Nähen") == ["Nähen"]


def test_a_changed_offer_is_found_by_its_new_words_only(offers):
    changed = [offer(2, "Stricken"), *(one for one in every_offer() if one.id != "T-2")]
    assert load(changed, offers)["updated"] == 1
    assert names(q="Stricken") == ["Stricken"]
    assert names(q="Nähen") == []


def test_offers_of_a_hidden_dataset_are_hidden(offers, app):
    shown = act("jenasmartcity_item_list", user="")["results"][0]["id"]
    act("package_patch", id=offers, private=True)
    assert names() == []
    assert act("jenasmartcity_item_list", user="")["count"] == 0
    with pytest.raises(tk.NotAuthorized):
        act("jenasmartcity_item_show", user="", id=shown)
    assert app.get(f"/lernangebote/{shown}", status=404)
    assert "Nähen" not in app.get("/lernangebote").body
    assert len(names(user="admin")) == 4


def test_nobody_loads_offers_over_the_api(offers):
    for user in ("", "admin"):
        with pytest.raises(tk.NotAuthorized):
            act("jenasmartcity_item_load", user=user, source="test", items=[], packages={}, now=NOW, complete=True)


def test_the_list_is_a_page_with_a_form_that_asks_by_get(offers, app):
    page = app.get("/lernangebote?q=N%C3%A4hen&district=Neulobeda")
    assert "Nähen" in page.body
    assert "Grundwasserschutz" not in page.body
    form = re.search(r'<form[^>]*jena-offers-form[^>]*>', page.body)
    assert form is not None
    assert 'method="get"' in form.group()
    assert 'value="Neulobeda" selected' in page.body
    assert "Set-Cookie" not in page.headers
    wrong = app.get("/lernangebote?from=morgen")
    assert 'aria-invalid="true"' in wrong.body
    assert app.get("/lernangebote?page=abc&from=&free=vielleicht").status_code == 200
    # the calendar's first and last day have no neighbours
    for day in ("from=0001-01-01", "to=9999-12-31"):
        assert app.get(f"/lernangebote?{day}").status_code == 200
    assert app.get("/lernangebote/gibt-es-nicht", status=404)


def test_a_silent_search_is_told(offers, app, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.items.solr_url", "http://127.0.0.1:9/solr/items")
    page = app.get("/lernangebote", status=503)
    assert 'role="alert"' in page.body
