"""Every kind of page, in German and English, on a desktop and at 320 px: readable by everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

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
    "/about", "/user/login",
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


def test_who_wants_an_account_learns_how(reader: Any, axe: Callable[[Page], None]) -> None:
    page = reader.visit("/user/register", status=403)
    sound(page, "de", axe)
    assert page.locator("[role=main] a[href='/impressum']").count() == 1
    assert reader.visit("/user/login").locator("[role=main] a[href='/impressum']").count() == 1


def test_samples_stay_out_of_feeds(reader: Any, api: Callable[..., Any]) -> None:
    reader.visit("/")
    feed = reader.page.request.get(f"{reader.page.url}feeds/dataset.atom").text()
    samples = api("package_search", fq="organization:beispieldaten", rows=100)["results"]
    assert samples
    assert [one["name"] for one in samples if one["id"] in feed] == []
    real = api("package_search", fq="dataset_type:dataset -organization:beispieldaten", rows=1)["results"][0]
    assert real["id"] in feed


def test_a_free_course_in_lobeda_next_week_is_three_links_away(anyone: Any, axe: Callable[[Page], None]) -> None:
    page = anyone.visit("/lernangebote")
    words = {"de": ("in Lobeda", "kostenlos", "nächste Woche"), "en": ("in Lobeda", "free of charge", "next week")}
    for word in words[anyone.language]:
        page.locator(".jena-quick").get_by_role("link", name=word).click()
        page.wait_for_load_state()
    assert page.locator(".jena-quick [aria-current]").count() == 3
    sound(page, anyone.language, axe)
    first, last = page.input_value("[name=from]"), page.input_value("[name=to]")
    monday = dt.date.fromisoformat(first)
    assert monday.weekday() == 0
    assert 0 < (monday - dt.datetime.now(ZoneInfo("Europe/Berlin")).date()).days <= 7
    assert dt.date.fromisoformat(last) == monday + dt.timedelta(days=6)
    assert page.is_checked("[name=free]")
    for offer in page.locator(".jena-offers > li").all():
        assert "Neulobeda" in offer.inner_text() or "Lobeda-Altstadt" in offer.inner_text()
    page.locator(".jena-quick [aria-current]").first.click()
    assert page.locator(".jena-quick [aria-current]").count() == 2


def test_lobeda_is_both_its_districts(api: Callable[..., Any]) -> None:
    found = {name: api("jenasmartcity_item_search", district=name, rows=0)["count"]
             for name in ("Lobeda", "Neulobeda", "Lobeda-Altstadt")}
    assert found["Neulobeda"] > 0
    assert found["Lobeda"] == found["Neulobeda"] + found["Lobeda-Altstadt"]
    quarters = api("jenasmartcity_item_search", rows=0)["quarters"]
    assert quarters == [{"name": "Lobeda", "count": found["Lobeda"]}]


def test_sample_offers_say_so(reader: Any) -> None:
    page = reader.visit("/lernangebote?district=Lobeda")
    assert page.locator(".jena-banner").count() == 1
    assert page.locator(".jena-offers .jena-tag--sample").count() == page.locator(".jena-offers > li").count() > 0
    page.locator(".jena-offers h3 a").first.click()
    assert page.locator(".jena-banner").count() == 1


def test_an_empty_sub_project_says_so(reader: Any, api: Callable[..., Any]) -> None:
    empty = [name for name in ("smartes-quartier-lobeda", "egovernment-plus-plus") if not api(
        "package_search", fq=f"groups:{name}", rows=0)["count"]]
    for name in empty:
        assert "hat hier noch keine Daten veröffentlicht" in reader.visit(f"/group/{name}").inner_text("[role=main]")


def test_a_dataset_can_be_printed(reader: Any, dataset_of: Callable[[str], Any]) -> None:
    page = reader.visit(f"/dataset/{dataset_of('logistics')['name']}")
    page.emulate_media(media="print")
    assert not page.locator(".jena-actions").first.is_visible()
    assert not page.locator("footer").is_visible()
    assert page.locator(".jena-facts").first.is_visible()
