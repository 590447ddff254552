"""What readers of the running portal find; what they must find is computed from the sample feeds."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ckanext.jenasmartcity.tests.browser import asking, harvested, places, readers, words
from ckanext.jenasmartcity.tests.browser.harvested import Feed, holding, mentioning

ENOUGH = 20
CITY_CENTRE = (11.580, 50.920, 11.600, 50.935)
BERLIN = (13.3, 52.4, 13.5, 52.6)
FACETS = ("dataset_type", "organization", "groups", "project", "ortsteil", "theme", "tags", "res_format", "license_id")


@pytest.fixture(scope="module")
def token() -> Iterator[str]:
    with asking.administrator() as given:
        yield given


@pytest.fixture(scope="module")
def feeds(token: str) -> list[Feed]:
    return harvested.feeds(token)


@pytest.fixture(scope="module")
def offers() -> dict[str, dict[str, str]]:
    """Id at the source -> an offer, as xmllint reads it."""
    feeds = [source for source in readers.sources() if source["connector"] == "open-vhs"]
    return {raw["guid"]: raw for source in feeds for raw in readers.offers(readers.sample(source))}


@pytest.fixture(scope="module")
def guids() -> dict[str, str]:
    """Public id of an offer -> its id at the source."""
    feeds = [source["name"] for source in readers.sources() if source["connector"] == "open-vhs"]
    return {one["id"]: one["source_id"] for name in feeds for one in asking.offers(name)}


def found(feeds: list[Feed], word: str) -> set[str]:
    """Harvested datasets that a search finds; those of other tests may come and go."""
    return asking.found_datasets(q=word) & {feed.name for feed in feeds}


# --- the text of tables ----------------------------------------------------------------


@pytest.mark.parametrize("part", ["Bahnhof", "Feuchte", "Rathaus", "Linde", "Straße"])
def test_datasets_are_found_by_a_word_inside_the_words_of_their_tables(feeds: list[Feed], part: str) -> None:
    expected = holding(feeds, part)
    assert expected
    assert expected <= found(feeds, part) <= mentioning(feeds, part)


def test_bahnhof_finds_the_parking_areas_through_the_busbahnhof(feeds: list[Feed]) -> None:
    parking = next(feed for feed in feeds if feed.name == "parkplaetze")
    assert any("busbahnhof" in cell.lower() for cell in parking.cells)
    assert "bahnhof" not in parking.about.lower()
    for asked in ("Bahnhof", "bahnhof", "BAHNHOF", "Busbahnhof"):
        assert parking.name in asking.found_datasets(q=asked), asked


def test_a_street_is_found_however_it_is_written(feeds: list[Feed]) -> None:
    expected = holding(feeds, "Knebelstraße")
    assert "parkplaetze" in expected
    for asked in ("Knebelstraße", "Knebelstrasse", "KNEBELSTRASSE", "knebelstraße", "Knebelstr."):
        assert found(feeds, asked) == expected, asked


def test_feuchte_finds_bodenfeuchte_and_luftfeuchte(feeds: list[Feed]) -> None:
    named = {feed.name for feed in feeds if "bodenfeuchte" in feed.about.lower()}
    measured = {feed.name for feed in feeds if any("luftfeuchte" in cell.lower() for cell in feed.cells)}
    assert named
    assert measured
    assert named | measured <= asking.found_datasets(q="Feuchte")


def test_every_compound_of_the_tables_is_found_by_its_parts(feeds: list[Feed]) -> None:
    listed = {feed.name: words.compounds(feed.cells) for feed in feeds}
    asked = sorted({part for compounds in listed.values() for part in compounds})
    assert len(asked) >= ENOUGH
    missed, wrong = [], []
    for part in asked:
        hits = found(feeds, part)
        missed += [(part, name, compounds[part]) for name, compounds in listed.items()
                   if part in compounds and name not in hits]
        if words.plain(part) not in words.synonyms():
            wrong += [(part, name) for name in hits - mentioning(feeds, part)]
    assert missed == []
    assert wrong == []


def test_spelling_makes_no_difference_to_datasets(feeds: list[Feed]) -> None:
    cells = {cell for feed in feeds for cell in feed.cells if " " not in cell or len(feed.cells) < 500}
    asked = sorted({word for cell in cells for word in words.words(cell) if set("äöüß") & set(word)})
    assert len(asked) >= ENOUGH
    for word in asked:
        hits = {spelling: frozenset(found(feeds, spelling)) for spelling in words.spellings(word)}
        assert len(set(hits.values())) == 1, hits
        written = {feed.name for feed in feeds if any(word in words.words(cell) for cell in feed.cells)}
        assert written <= hits[word], word


# --- offers ----------------------------------------------------------------------------


def test_an_offer_is_found_by_a_word_inside_a_compound(offers: dict[str, Any], guids: dict[str, str]) -> None:
    compounds = words.compounds(raw["name"] for raw in offers.values())
    assert {"führerschein", "nähmaschine"} <= set(compounds)
    assert len(compounds) >= ENOUGH
    missed, wrong = [], []
    for part, inside in compounds.items():
        found = {guids[one["id"]] for one in asking.found_offers(q=part)}
        expected = {guid for guid, raw in offers.items() if inside & set(words.words(raw["name"]))}
        assert expected, part
        missed += [(part, offers[guid]["name"]) for guid in expected - found]
        if words.plain(part) not in words.synonyms():
            said = {guid: " ".join(offers[guid][name] for name in words.OFFERED) for guid in found}
            wrong += [(part, offers[guid]["name"]) for guid, text in said.items() if not words.has_inside(text, part)]
    assert missed == []
    assert wrong == []


def test_spelling_makes_no_difference_to_offers(offers: dict[str, Any]) -> None:
    asked = {word for raw in offers.values() for word in words.words(raw["name"]) if set("äöüß") & set(word)}
    asked |= set(words.compounds(raw["name"] for raw in offers.values()))
    assert len(asked) >= ENOUGH
    for word in sorted(asked):
        found = {spelling: frozenset(one["id"] for one in asking.found_offers(q=spelling))
                 for spelling in words.spellings(word)}
        assert len(set(found.values())) == 1, {spelling: len(ids) for spelling, ids in found.items()}
        assert found[word], word


def weeks(offers: dict[str, Any]) -> Iterator[tuple[dt.date, dt.date]]:
    """Monday and Sunday of every week from the first beginning to the last."""
    begins = sorted(day for raw in offers.values() if (day := readers.iso_day(raw["beginn"])))
    monday = begins[0] - dt.timedelta(days=begins[0].weekday())
    while monday <= begins[-1]:
        yield monday, monday + dt.timedelta(days=6)
        monday += dt.timedelta(days=7)


def free(raw: dict[str, str]) -> bool:
    return readers.offered(raw)["free_of_charge"] is True


def takes_place(raw: dict[str, str], first: dt.date, last: dt.date) -> bool:
    """Whether one of the offer's sessions lies in the time, or it runs all the while."""
    days = [day for n in range(1, readers.MOST_DAYS + 1) if (day := readers.iso_day(raw[f"tag{n}"]))]
    if days:
        return any(first <= day <= last for day in days)
    begin, end = readers.iso_day(raw["beginn"]), readers.iso_day(raw["ende"] or raw["beginn"])
    return begin is not None and begin <= last and end >= first


def test_free_courses_in_lobeda_week_by_week(offers: dict[str, Any], guids: dict[str, str]) -> None:
    lobeda = {raw["ortsteil"] for raw in offers.values() if "lobeda" in raw["ortsteil"].lower()}
    assert "Neulobeda" in lobeda
    most = 0
    for district in lobeda:
        for monday, sunday in weeks(offers):
            found = asking.found_offers(district=district, free="true", **{"from": monday, "to": sunday})
            expected = {guid for guid, raw in offers.items() if raw["ortsteil"] == district and free(raw)
                        and takes_place(raw, monday, sunday)}
            assert {guids[one["id"]] for one in found} == expected, (district, monday)
            most = max(most, len(expected))
    assert most > 1


def test_what_is_over_is_not_offered(offers: dict[str, Any], guids: dict[str, str]) -> None:
    today = dt.datetime.now(readers.BERLIN).date()
    last = {guid: readers.offered(raw)["valid_until"] for guid, raw in offers.items()}
    found = asking.act("jenasmartcity_item_search", rows=asking.PAGE)["results"]
    assert {guids[one["id"]] for one in found} == {guid for guid, day in last.items() if day is None or day >= today}


def test_districts_are_counted_as_they_are_found(offers: dict[str, Any]) -> None:
    counted = asking.act("jenasmartcity_item_search", past="true", rows=0)["districts"]
    feed = {raw["ortsteil"] for raw in offers.values()} - {""}
    assert {entry["name"]: entry["count"] for entry in counted} == {
        name: sum(raw["ortsteil"] == name for raw in offers.values()) for name in feed}
    for entry in counted[:5]:
        assert len(asking.found_offers(district=entry["name"])) == entry["count"]


# --- who sees what, where, and how many -------------------------------------------------


def test_private_and_draft_datasets_are_found_by_nobody_else(token: str) -> None:
    word = "q" + uuid.uuid4().hex
    shared = {"type": "dataset", "owner_org": "beispieldaten", "title": f"Probe {word}", "notes": "Probe.",
              "theme": ["ENVI"], "publisher": [{"name": "Probe"}], "license_id": "dl-zero-de/2.0"}
    names = {state: f"{state}-{word}" for state in ("hidden", "draft")}
    try:
        asking.write("package_create", token, {**shared, "name": names["hidden"], "private": True})
        asking.write("package_create", token, {**shared, "name": names["draft"], "state": "draft"})
        inner = {"include_private": "true", "include_drafts": "true"}
        assert asking.found_datasets(token, q=word, **inner) == set(names.values())
        assert asking.found_datasets(q=word) == set()
        assert asking.found_datasets(q=word, **inner) == set()
        for name in names.values():
            with pytest.raises(asking.PortalError, match="403|404"):
                asking.act("package_show", id=name)
        asking.write("package_patch", token, {"id": names["hidden"], "private": False})
        assert asking.found_datasets(q=word, **inner) == {names["hidden"]}
    finally:
        for name in names.values():
            asking.write("dataset_purge", token, {"id": name})
    assert asking.found_datasets(token, q=word, include_private="true", include_drafts="true") == set()


def box(west: float, south: float, east: float, north: float) -> str:
    return f"{west},{south},{east},{north}"


def test_a_search_by_map_finds_what_lies_there() -> None:
    (source,) = [entry for entry in readers.sources() if entry["name"] == "parkplaetze"]
    points = [geometry["coordinates"] for _, geometry in readers.features(readers.sample(source))]
    west, south, east, north = CITY_CENTRE
    assert any(west < lon < east and south < lat < north for lon, lat in points)
    assert source["name"] in asking.found_datasets(ext_bbox=box(*CITY_CENTRE))
    assert asking.found_datasets(ext_bbox=box(*BERLIN)) == set()


def test_a_search_by_map_just_outside_the_city_finds_nothing() -> None:
    found = [position for source in readers.sources() if source["connector"] == "geojson"
             for _, geometry in readers.features(readers.sample(source)) for position in places.positions(geometry)]
    (west, east), (south, north) = ((min(axis), max(axis)) for axis in zip(*found, strict=True))
    gap, wide = 0.05, 0.2
    for outside in ((west - wide, south, west - gap, north), (east + gap, south, east + wide, north),
                    (west, south - wide, east, south - gap), (west, north + gap, east, north + wide)):
        assert asking.found_datasets(ext_bbox=box(*outside)) == set(), outside
    assert {"parkplaetze", "ortsteile", "statistische-bezirke"} <= asking.found_datasets(
        ext_bbox=box(west, south, east, north))


def test_facets_count_what_their_filters_find() -> None:
    answer = asking.act("package_search", rows=0, **{"facet.field": json.dumps(FACETS), "facet.limit": "-1"})
    assert all(answer["search_facets"][field]["items"] for field in FACETS)
    every = asking.found_datasets()
    assert len(every) == answer["count"]
    for field in FACETS:
        for item in answer["search_facets"][field]["items"]:
            assert item["name"], f"{field} offers a choice without name"
            quoted = json.dumps(item["name"], ensure_ascii=False)
            found = asking.found_datasets(fq=f"{field}:{quoted}")
            assert len(found) == item["count"], (field, item["name"])
            assert found <= every
