"""Pages of people who look after sources, and what is asked of each page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from ckanext.jenasmartcity.tests.browser import offices
from ckanext.jenasmartcity.tests.browser.conftest import URL, listen
from ckanext.jenasmartcity.tests.browser.offices import Feed, Office


@dataclass(frozen=True)
class Place:
    """An administrator's token, a feed, the office whose source it becomes, and another office."""

    token: str
    feed: Feed
    own: Office
    other: Office


def logged_in(browser: Browser, user: str, troubles: list[str], width: int = 1280, script: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="de-DE", reduced_motion="reduce", java_script_enabled=script,
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    listen(page, troubles)
    page.goto(f"{URL}/user/login")
    page.fill("#field-login", user)
    page.fill("#field-password", offices.PASSWORD)
    page.click(".form-actions button")
    page.wait_for_url("**/dashboard/**")
    return page


def visit(page: Page, path: str, status: int = 200) -> Page:
    answer = page.goto(URL + path)
    assert answer is not None
    assert answer.status == status, f"{path}: {answer.status}"
    return page


def sound(page: Page, axe: Callable[[Page], None]) -> None:
    """One h1, nothing grave for axe, and no sideways scrolling at 360 px."""
    page.locator("footer").wait_for()
    page.wait_for_load_state()
    assert page.locator("h1").count() == 1
    axe(page)
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def rows(page: Page) -> str:
    """How the last run ended, as its page says it: "gefunden 10 = neu 10 + …"."""
    found = page.locator(".jena-account > div").all_inner_texts()
    return " ".join(" ".join(text.split()) for text in found)


def finished(page: Page) -> Page:
    """Wait on a run's page, which loads itself anew, until it has ended."""
    page.wait_for_selector("#fortschritt", state="detached", timeout=60_000)
    page.wait_for_selector(".jena-account")
    return page
