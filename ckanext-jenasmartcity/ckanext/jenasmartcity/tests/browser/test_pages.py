"""Every kind of page, in German and English, on a desktop and at 320 px: readable by everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

DATASET_TYPES = ("dataset", "sensor", "logistics", "learning-offer")
TEXT_PAGES = ("impressum", "datenschutz", "nutzungsbedingungen", "barrierefreiheit")
MOTTO = "Jena digitalisiert, lernt und teilt – Unsere Stadt schafft und nutzt Wissen"


def sound(page: Page, language: str, axe: Callable[[Page], None]) -> None:
    """What holds on every page: language, one h1, landmarks, no sideways scrolling, nothing grave for axe."""
    assert page.get_attribute("html", "lang") == language
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text().strip()
    assert page.get_by_role("main").count() == 1
    assert page.title().endswith("Offene Daten Jena")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.locator("footer a[href$='/barrierefreiheit']").count() == 1
    body = page.inner_text("body")
    for placeholder in ("Sample text", "Welcome to CKAN", "Lorem", "\nNone\n", "{number}", "%("):
        assert placeholder not in body
    axe(page)


def test_home(anyone: Any, axe: Callable[[Page], None], api: Callable[..., Any]) -> None:
    page = anyone.visit("/")
    sound(page, anyone.language, axe)
    assert MOTTO in page.inner_text("main, [role=main]")
    assert page.locator(".jena-cards a[href*='/group/']").count() == 5
    figure = page.locator(".jena-figures dd").first.inner_text()
    types = " OR ".join(DATASET_TYPES)
    real = api("package_search", fq=f"dataset_type:({types}) -organization:beispieldaten", rows=0)["count"]
    assert figure == str(real)


def test_newest_data_are_no_samples(reader: Any, api: Callable[..., Any]) -> None:
    page = reader.visit("/")
    shown = [link.get_attribute("href") for link in page.locator(".jena-newest a").all()]
    assert shown
    samples = api("package_search", fq="organization:beispieldaten", rows=100)["results"]
    assert not {f"/dataset/{sample['name']}" for sample in samples} & set(shown)


@pytest.mark.parametrize("words", ["", "jena", "xqzywv"])
def test_list(anyone: Any, axe: Callable[[Page], None], api: Callable[..., Any], words: str) -> None:
    page = anyone.visit(f"/dataset/?q={words}")
    sound(page, anyone.language, axe)
    types = " OR ".join(DATASET_TYPES)
    count = api("package_search", q=words, fq=f"dataset_type:({types})", rows=0)["count"]
    assert page.locator(".dataset-item").count() == min(count, 20)
    assert ("http" in page.inner_text("#search-facets")) is False


@pytest.mark.parametrize("type_", DATASET_TYPES)
def test_dataset(anyone: Any, axe: Callable[[Page], None], dataset_of: Callable[[str], Any], type_: str) -> None:
    dataset = dataset_of(type_)
    page = anyone.visit(f"/dataset/{dataset['name']}")
    sound(page, anyone.language, axe)
    expected = dataset.get("title_en") if anyone.language == "en" and dataset.get("title_en") else dataset["title"]
    assert page.locator("h1").inner_text().strip() == expected
    facts = page.inner_text(".jena-dataset")
    assert "publications.europa.eu" not in facts
    assert "dcat-ap.de/def" not in facts
    sample = dataset["organization"]["name"] == "beispieldaten"
    assert page.locator(".jena-banner").count() == int(sample)


@pytest.mark.parametrize("type_", ["sensor", "logistics", "learning-offer"])
def test_one_address_for_every_type(reader: Any, dataset_of: Callable[[str], Any], type_: str) -> None:
    name = dataset_of(type_)["name"]
    page = reader.visit(f"/{type_}/{name}")
    assert page.url.endswith(f"/dataset/{name}")


@pytest.mark.parametrize("name", TEXT_PAGES)
def test_text_pages(anyone: Any, axe: Callable[[Page], None], name: str) -> None:
    sound(anyone.visit(f"/{name}"), anyone.language, axe)


@pytest.mark.parametrize("path", [
    "/group/", "/group/wissensallmende", "/organization/", "/organization/beispieldaten", "/service", "/sensor/",
    "/about", "/user/login", "/user/reset",
])
def test_other_pages(anyone: Any, axe: Callable[[Page], None], path: str) -> None:
    sound(anyone.visit(path), anyone.language, axe)


def test_missing_page_says_so_in_the_readers_language(anyone: Any, axe: Callable[[Page], None]) -> None:
    page = anyone.visit("/dataset/there-is-none", status=404)
    sound(page, anyone.language, axe)
    expected = {"de": "Seite nicht gefunden", "en": "Page not found"}[anyone.language]
    assert page.locator("h1").inner_text() == expected


def test_services_stay_out_of_the_list_of_datasets(reader: Any) -> None:
    page = reader.visit("/dataset/?_dataset_type_limit=0")
    kinds = page.locator("#search-facets").inner_text()
    assert "Verwaltungsleistung" not in kinds
    assert "Sensordaten" in kinds


def test_language_is_a_link_to_the_same_page(reader: Any, dataset_of: Callable[[str], Any]) -> None:
    name = dataset_of("sensor")["name"]
    page = reader.visit(f"/dataset/{name}?a=1")
    link = page.locator("a.jena-language")
    assert link.get_attribute("hreflang") == "en"
    link.click()
    assert f"/en/dataset/{name}" in page.url
    assert page.get_attribute("html", "lang") == "en"
    page.locator("a.jena-language").click()
    assert page.get_attribute("html", "lang") == "de"
    assert page.locator("form[method=post i]").count() == 0
    assert page.context.cookies() == []
