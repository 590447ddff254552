"""Without a mouse: skip link, order of the search, facets, menu on a narrow screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page


def focused(page: Page) -> dict[str, Any]:
    """What has the focus now: tag, id, text, and whether one can see it."""
    return page.evaluate("""() => {
        const node = document.activeElement, box = node.getBoundingClientRect(), style = getComputedStyle(node);
        return {tag: node.tagName, id: node.id, name: node.name || '', text: node.innerText || '',
                seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0,
                outline: parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none'};
    }""")


@pytest.mark.parametrize("path", ["/", "/dataset/", "/impressum", "/user/login"])
def test_skip_link_comes_first_and_leads_to_the_content(reader: Any, path: str) -> None:
    page = reader.visit(path)
    page.keyboard.press("Tab")
    first = focused(page)
    assert first["text"] == "Zum Inhalt springen"
    assert first["seen"]
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('header').contains(document.activeElement)") is False


def test_every_stop_of_the_home_page_is_seen(reader: Any) -> None:
    page = reader.visit("/")
    stops = 0
    while stops < 80:
        page.keyboard.press("Tab")
        now = focused(page)
        if now["tag"] == "BODY":
            break
        stops += 1
        assert now["seen"], now
        card = page.evaluate("!!document.activeElement.closest('.jena-card')")
        assert now["outline"] or card, now
    assert stops > 20


def test_search_by_keyboard(reader: Any) -> None:
    page = reader.visit("/")
    page.locator("#field-main-search").focus()
    page.keyboard.type("Jena")
    page.keyboard.press("Tab")
    assert focused(page)["text"].strip() == "Suchen"
    page.keyboard.press("Enter")
    page.wait_for_url("**/dataset/?q=Jena*")
    assert page.input_value("#field-giant-search") == "Jena"


def test_facet_by_keyboard(reader: Any) -> None:
    page = reader.visit("/dataset/")
    summary = page.locator(".jena-facet summary", has_text="Format")
    summary.focus()
    page.keyboard.press("Enter")
    link = page.locator(".jena-facet[open] a", has_text="GeoJSON")
    link.wait_for()
    count = int(link.locator(".item-count").inner_text().split()[-1])
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".filtered.pill")
    assert "res_format=GeoJSON" in page.url
    assert page.locator(".dataset-item").count() == min(count, 20)
    page.locator(".pill .remove").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".filtered.pill", state="detached")


def test_menu_on_a_narrow_screen(reader: Any) -> None:
    reader.page.set_viewport_size({"width": 320, "height": 700})
    page = reader.visit("/")
    entry = page.locator(".jena-nav a", has_text="Teilprojekte")
    assert not entry.is_visible()
    button = page.get_by_role("button", name="Menü")
    button.focus()
    page.keyboard.press("Enter")
    entry.wait_for(state="visible")
    assert button.get_attribute("aria-expanded") == "true"
    height = "all => Math.min(...all.map(one => one.getBoundingClientRect().height))"
    assert page.eval_on_selector_all(".jena-nav a, .jena-tools a", height) >= 24


def test_filters_on_a_narrow_screen(reader: Any) -> None:
    reader.page.set_viewport_size({"width": 320, "height": 700})
    page = reader.visit("/dataset/")
    page.get_by_role("link", name="Filtern").click()
    link = page.locator(".jena-facet li a").first
    link.wait_for(state="visible")
    link.click()
    page.wait_for_selector(".filtered.pill")
