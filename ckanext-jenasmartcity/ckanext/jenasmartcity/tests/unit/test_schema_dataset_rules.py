"""Rules between fields: periods, maturity, high-value datasets, states, categories."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.jenasmartcity.schemas import vocabularies
from ckanext.jenasmartcity.schemas.rules.dataset import HVD_LAW, Dataset, is_publishing, problems, themes_of

CONFIG = Path(__file__).parents[5] / "config"
ZERO = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
SHARE_ALIKE = "http://dcat-ap.de/def/licenses/odbl"
FILE = {"name": "Luftgüte 2026", "url": "https://jena.de/luft.csv", "format": "CSV", "license": ZERO}
SERVICE = {"name": "Dienst", "url": "https://jena.de/wfs", "format": "WFS", "license": ZERO}
TABLE = {"name": "Tabelle", "url": "https://jena.de/dump", "format": "CSV", "role": "table", "license": ZERO}


def listed(name: str):
    return vocabularies.read(CONFIG, name)


def found(fields: dict, resources: list | None = None, *, publishing: bool = True) -> dict[tuple, str]:
    whole = Dataset(fields, resources or [], resources or [], publishing)
    return {p.path: p.text.de for p in problems(whole, listed("licenses"), listed("maturity-models"))}


def hvd(**more: object) -> dict:
    return {"hvd_category": ["http://data.europa.eu/bna/c_63b37dd4"], "applicable_legislation": [HVD_LAW], **more}


@pytest.mark.parametrize(
    ("start", "end"),
    [("2023-06-01", "2023-06-30"), ("2023", "2023-06"), ("2023-06-15", "2023-06"), ("2023", None), (None, "2023"),
     ("2023-06-01", "2023-06-01"), ("2023-06-02T00:30:00+02:00", "2023-06-01T23:00:00+00:00"),
     ("2023-06-01T10:00:00", "2023-06-01")],
)
def test_periods_that_run_forward_or_lack_an_end_are_fine(start: str | None, end: str | None) -> None:
    assert not found({"temporal_coverage": [{"start": start, "end": end}], "period_start": start, "period_end": end})


@pytest.mark.parametrize(
    ("start", "end"),
    [("2023-06-02", "2023-06-01"), ("2024", "2023"), ("2023-07", "2023-06-30"),
     ("2023-06-01T10:00:00+00:00", "2023-06-01T11:00:00+02:00")],
)
def test_periods_that_run_backwards_are_refused_in_drafts_too(start: str, end: str) -> None:
    fields = {"temporal_coverage": [{"start": "2020", "end": "2021"}, {"start": start, "end": end}]}
    wrong = found(fields, publishing=False)
    assert list(wrong) == [("temporal_coverage", 1, "end")]
    assert "liegt vor dem Beginn" in wrong[("temporal_coverage", 1, "end")]
    assert ("period_end",) in found({"period_start": start, "period_end": end})


def test_a_maturity_level_needs_a_model_that_has_it() -> None:
    assert not found({"maturity_level": "4", "maturity_model": "ozg-1.1"})
    assert not found({"maturity_level": "7", "maturity_model": "ozg-2.0"})
    assert not found({"maturity_model": "ozg-2.0"})
    assert "Stufe von 0 bis 4" in found({"maturity_level": "5", "maturity_model": "ozg-1.1"})[("maturity_level",)]
    assert "Reifegradmodell fehlt" in found({"maturity_level": "0"})[("maturity_model",)]


@pytest.mark.parametrize("resources", [[FILE, SERVICE], [TABLE], [{**FILE, "datastore_active": True}]])
def test_a_high_value_dataset_with_api_download_law_and_licence_is_fine(resources: list) -> None:
    assert not found(hvd(), resources)


def test_a_high_value_dataset_says_what_it_lacks() -> None:
    assert "Schnittstelle" in found(hvd(), [FILE])[("hvd_category",)]
    assert "Massen-Download" in found(hvd(), [SERVICE])[("hvd_category",)]
    assert HVD_LAW in found(hvd(applicable_legislation=[]), [TABLE])[("applicable_legislation",)]
    wrong = found(hvd(), [TABLE, {**FILE, "license": SHARE_ALIKE}])
    assert list(wrong) == [("resources", 1, "license")]
    assert "„Luftgüte 2026“" in wrong[("resources", 1, "license")]


def test_drafts_and_ordinary_datasets_owe_nothing_to_the_hvd_regulation() -> None:
    assert not found(hvd(applicable_legislation=[]), [FILE], publishing=False)
    assert not found({}, [{**FILE, "license": SHARE_ALIKE}])


@pytest.mark.parametrize(
    ("state", "publishing"),
    [("draft", False), ("deleted", False), ("active", True), (None, True), ("", True), ("draft-x", True)],
)
def test_only_drafts_and_removed_datasets_may_be_incomplete(state: str | None, publishing: bool) -> None:
    assert is_publishing(state) is publishing


def test_categories_of_opendata_jena_de_stand_for_eu_themes() -> None:
    prefix = "http://publications.europa.eu/resource/authority/data-theme/"
    assert themes_of(["mobilitaet"], listed("categories"), listed("themes")) == [prefix + "TRAN"]
    assert themes_of(["bildung", "kultur-sport-tourismus"], listed("categories"), listed("themes")) == [prefix + "EDUC"]
    for entry in listed("categories").entries:
        assert themes_of([entry.value], listed("categories"), listed("themes")), entry.value
    assert len(listed("categories").entries) == 9
