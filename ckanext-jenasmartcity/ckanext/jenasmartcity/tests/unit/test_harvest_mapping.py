"""From a draft to the dataset that CKAN stores."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from ckanext.jenasmartcity.connectors.base import Column, Distribution, Draft, Table, Text
from ckanext.jenasmartcity.harvest import mapping, rows
from ckanext.jenasmartcity.harvest.write import overlay

FEED = mapping.Feed(
    uid="8c1c8c0e-5d3e-4c29-9f4e-3a1a0a8f0b11", name="parken", organization="stadt-jena", site_url="https://daten.jena.de/",
    defaults={
        "license": "http://dcat-ap.de/def/licenses/dl-by-de/2.0", "attribution": "Stadt Jena", "theme": ["TRAN"],
        "project": ["smart-city-logistik-und-services"], "tags": ["Verkehr"], "frequency": "IRREG",
        "notes": "vorgegeben",
    },
    drafts={"plaetze": {"title": "Parkplätze der Stadt", "tags": ["Auto, Rad"]}},
    origin={"name": "Stadt Jena", "url": "https://opendata.jena.de/parken", "retrieved": "2026-11-24"},
)
TABLE = Table(
    "plaetze", "plaetze", Text("Plätze", "Places"), (Column("id", "int"), Column("ort", "json")), ("id",),
    ((1, {"type": "Point", "coordinates": [11.6, 50.9]}),), geometry="ort",
)
DRAFT = Draft("plaetze", "logistics", "Parken", "Aus den Daten", ("Parken", "Straße (Nord)"), {"frequency": "DAILY"})


def test_the_words_of_the_source_win_over_the_data_and_these_over_the_defaults():
    dataset = mapping.package(FEED, DRAFT, [TABLE])
    assert dataset["title"] == "Parkplätze der Stadt"
    assert (dataset["notes"], dataset["frequency"]) == ("Aus den Daten", "DAILY")
    silent = mapping.package(FEED, dataclasses.replace(DRAFT, notes="", fields={"frequency": None}), [])
    assert (silent["notes"], silent["frequency"]) == ("vorgegeben", "IRREG")
    assert dataset["owner_org"] == "stadt-jena"
    assert dataset["groups"] == [{"name": "smart-city-logistik-und-services"}]
    assert [tag["name"] for tag in dataset["tags"]] == ["Parken", "Straße Nord", "Verkehr", "Auto Rad"]
    assert dataset["origin_url"] == "https://opendata.jena.de/parken"
    assert "attribution" not in dataset
    assert "license" not in dataset


def test_every_resource_has_a_licence_a_role_and_an_address():
    table, geojson, original = mapping.package(FEED, DRAFT, [TABLE])["resources"]
    assert [one["role"] for one in (table, geojson, original)] == ["table", "geojson", "original"]
    for one in (table, geojson, original):
        assert one["license"] == "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
        assert one["license_attribution_by_text"] == "Stadt Jena"
        assert one["mobility_data_standard"].endswith("/other")
    assert (table["url_type"], table["datastore_active"], table["format"]) == ("datastore", True, "CSV")
    assert geojson["url"] == f"https://daten.jena.de/geojson/{table['id']}.geojson"
    assert original["url"] == "https://opendata.jena.de/parken"


def test_files_that_stay_at_the_source_become_resources_in_place_of_the_source():
    files = (
        Distribution("liste", "https://x.example/1.csv", "Liste", "CSV", "text/csv", "Alle", "cc-zero"),
        Distribution("seite", "https://x.example/", format="HTML"),
    )
    listed, page = mapping.package(FEED, dataclasses.replace(DRAFT, distributions=files), [])["resources"]
    assert (listed["name"], listed["url"], listed["format"]) == ("Liste", "https://x.example/1.csv", "CSV")
    assert (listed["mimetype"], listed["description"], listed["license"]) == ("text/csv", "Alle", "cc-zero")
    assert page["name"] == "HTML"
    assert page["license"] == "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert {listed["role"], page["role"]} == {"file"}
    moved = dataclasses.replace(files[0], url="https://x.example/2.csv")
    again = mapping.package(FEED, dataclasses.replace(DRAFT, distributions=(moved,)), [])["resources"]
    assert [one["id"] for one in again] == [listed["id"]] != [page["id"]]


def test_ids_stay_from_run_to_run_and_differ_between_portals():
    again = mapping.package(FEED, DRAFT, [TABLE])
    assert mapping.package(FEED, DRAFT, [TABLE]) == again
    other = mapping.package(dataclasses.replace(FEED, uid="00000000-0000-4000-8000-000000000001"), DRAFT, [TABLE])
    assert other["id"] != again["id"]
    assert other["resources"][0]["id"] != again["resources"][0]["id"]
    assert other["name"] == again["name"] == "parken-plaetze"


def test_names_are_addresses():
    assert mapping.slug("Größe", "Straße & Süd") == "groesse-strasse-sued"
    assert mapping.slug("ß") == "ss"
    assert mapping.slug("?") == "daten"
    assert mapping.slug("Cafés der Gro\u0308ße 2½") == "cafes-der-groesse-21-2"
    assert (mapping.slug("New"), mapping.slug("Newsletter")) == ("daten-new", "newsletter")
    long = mapping.slug("x" * 300)
    assert len(long) <= 100
    assert long != mapping.slug("x" * 301)


def test_a_dataset_whose_id_nobody_can_read_is_named_by_its_title():
    address = "https://katalog.example.org/dataset/0f1b7a3e-5"
    named = dataclasses.replace(DRAFT, id=address, title="Bäume & Sträucher", name="Bäume & Sträucher")
    assert mapping.package(FEED, named, [])["name"] == "baeume-straeucher"
    # the steward's word comes first, and ids are made of the source's id still
    feed = dataclasses.replace(FEED, drafts={address: {"name": "baumkataster"}})
    assert mapping.package(feed, named, [])["name"] == "baumkataster"
    assert mapping.package(FEED, named, [])["id"] == mapping.identity(FEED, address)


def test_the_hash_sees_a_change_and_nothing_else():
    dataset = mapping.package(FEED, DRAFT, [TABLE])
    assert mapping.content_hash(dataset) == mapping.content_hash(dict(reversed(dataset.items())))
    changed = mapping.package(FEED, dataclasses.replace(DRAFT, notes="anders"), [TABLE])
    assert mapping.content_hash(changed) != mapping.content_hash(dataset)


def test_an_update_keeps_what_people_added_and_drops_what_the_source_no_longer_says():
    dataset = mapping.package(FEED, DRAFT, [TABLE])
    shown = {
        **dataset, "name": "umbenannt", "metadata_modified": "2026-01-01", "version": "7", "provenance": "alt",
        "resources": [{**one, "created": "2025"} for one in reversed(dataset["resources"])]
        + [{"id": "von-hand", "url": "https://x"}],
    }
    new = overlay(shown, dataset, [*dataset, "provenance"])
    assert new["name"] == "umbenannt"
    assert new["version"] == "7"
    assert "provenance" not in new
    assert "metadata_modified" not in new
    assert [one["id"] for one in new["resources"]] == [one["id"] for one in dataset["resources"]] + ["von-hand"]
    assert all("created" in one for one in new["resources"][:-1])


def test_rows_reach_postgresql_as_they_are():
    table = Table(
        "d", "t", Text("t", "t"),
        (Column("a", "text"), Column("b", "numeric"), Column("c", "bool"), Column("d", "timestamp"),
         Column("e", "json"), Column("f", "int")), ("a",),
        (("Tab\tund\nZeile\\", Decimal("12.50"), False, dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC), {"ä": None}, ""),
         ("", None, None, None, None, 0)),
    )
    first, second = (line.decode() for line in rows.lines(table))
    assert first == '0\tTab\\tund\\nZeile\\\\\t12.50\tf\t2026-03-01T08:00:00+00:00\t{"\\\\u00e4": null}\t\\N\n'
    assert second == "1\t\t\\N\t\\N\t\\N\t\\N\t0\n"


def test_the_stream_gives_the_same_bytes_in_whatever_pieces():
    pieces = [b"eins\n", b"zwei und mehr\n", b"drei\n"]
    for size in (1, 3, 7, 100):
        stream, read = rows.Stream(iter(pieces)), b""
        while part := stream.read(size):
            assert len(part) <= size
            read += part
        assert read == b"".join(pieces)
