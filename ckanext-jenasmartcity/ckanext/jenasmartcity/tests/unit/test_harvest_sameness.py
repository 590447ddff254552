"""What makes two datasets of two sources the same one."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.jenasmartcity.harvest.sameness import identities

UUID = "0f5a7c2e-52b6-4c0a-9b39-6b1f0c2d9a11"


def dataset(**given: Any) -> dict[str, Any]:
    return {"title": "Parkplätze", **given}


def files(*urls: str) -> list[dict[str, str]]:
    return [{"role": "file", "url": url} for url in urls]


@pytest.mark.parametrize(("one", "other"), [
    (dataset(identifier=UUID), dataset(identifier=f"urn:uuid:{UUID.upper()}", title="Parken")),
    (dataset(identifier="https://a.example/set/7/"), dataset(identifier="http://A.example/set/7", title="Parken")),
    (dataset(identifier="10.5281/zenodo.7"), dataset(identifier="https://doi.org/10.5281/Zenodo.7", title="Parken")),
    (dataset(url="https://a.example/parken"), dataset(url="http://a.example/parken/", title=" parkplätze")),
    (dataset(resources=files("https://a.example/1.csv", "https://a.example/2.csv")),
     dataset(resources=files("https://a.example/2.csv", "https://a.example/1.csv"))),
    # one of several is enough
    (dataset(identifier=UUID, url="https://a.example/parken"), dataset(identifier="17", url="https://a.example/parken")),
])
def test_the_same_dataset(one, other):
    assert set(identities(one, {})) & set(identities(other, {"url": "https://a.example/"}))


@pytest.mark.parametrize(("one", "other"), [
    (dataset(), dataset()),
    # a catalogue's own number
    (dataset(identifier="17"), dataset(identifier="17")),
    (dataset(identifier="parkplaetze"), dataset(identifier="parkplaetze")),
    # the page of a whole portal
    (dataset(identifier="https://opendata.jena.de/"), dataset(identifier="https://opendata.jena.de")),
    (dataset(url="https://opendata.jena.de"), dataset(url="https://opendata.jena.de")),
    (dataset(url="https://a.example/parken"), dataset(url="https://a.example/parken", title="Schulen")),
    (dataset(identifier=UUID), dataset(identifier=UUID[:-1] + "2")),
    (dataset(identifier="https://a.example/d?id=1"), dataset(identifier="https://a.example/d?id=2")),
    (dataset(resources=files("https://a.example/1.csv")), dataset(resources=files("https://a.example/2.csv"))),
    (dataset(resources=files("https://a.example/1.csv")),
     dataset(resources=files("https://a.example/1.csv"), title="Schulen")),
    # where it came from says what it is no more than a portal's page
    (dataset(resources=[{"role": "original", "url": "https://a.example/x"}]),
     dataset(resources=[{"role": "original", "url": "https://a.example/x"}])),
    (dataset(url="kein Weg"), dataset(url="kein Weg")), (dataset(url="https://[x"), dataset(url="https://[x")),
])
def test_not_the_same_dataset(one, other):
    assert not set(identities(one, {})) & set(identities(other, {}))


def test_what_a_steward_has_set_for_all_datasets_of_a_source_says_nothing_of_one():
    defaults = {"url": "https://a.example/parken", "identifier": UUID}
    assert identities(dataset(**defaults), defaults) == ()
    assert len(identities(dataset(**defaults), {})) == 2


def test_what_is_kept_is_short():
    long = dataset(identifier=f"https://a.example/{'x' * 5000}", url=f"https://a.example/{'y' * 5000}")
    assert len(identities(long, {})) == 2
    assert all(len(one) < 50 for one in identities(long, {}))
