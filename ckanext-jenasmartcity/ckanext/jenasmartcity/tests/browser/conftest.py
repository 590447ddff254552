"""What the browser tests share: Chromium, a reader's and an administrator's page, axe.

They look at a running portal: JENA_URL (default http://127.0.0.1:5000), its
administrator's password in JENA_ADMIN_PASSWORD.
"""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

URL = os.environ.get("JENA_URL", "http://127.0.0.1:5000").rstrip("/")
CHROMIUM = os.environ.get("JENA_CHROMIUM", "/usr/bin/chromium")
LANGUAGES = ("de", "en")
WIDTHS = (1280, 320)
# WCAG 2.2 AA, and axe's own good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")


@dataclass(frozen=True)
class Reader:
    """A page in one language and width, and what went wrong on it so far."""

    page: Page
    language: str
    width: int
    troubles: list[str]

    def visit(self, path: str, status: int = 200) -> Page:
        """Open a page of the portal in this reader's language."""
        prefix = "/en" if self.language == "en" else ""
        answer = self.page.goto(f"{URL}{prefix}{path}")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page


def listen(page: Page, troubles: list[str]) -> None:
    """Collect errors of scripts, failed requests and requests to third parties."""
    def console(message: ConsoleMessage) -> None:
        # the status of the page itself is asserted by visit(); the handlers in CKAN's own forms
        # are blocked on purpose and taken over by security/assets/forms.js
        known = ("Failed to load resource", "Executing inline event handler")
        if message.type == "error" and not message.text.startswith(known):
            troubles.append(f"console: {message.text}")

    def response(answer: Response) -> None:
        if answer.status >= 400 and answer.request.resource_type != "document":
            troubles.append(f"{answer.status}: {answer.url}")
        if not answer.url.startswith((URL, "data:")):
            troubles.append(f"third party: {answer.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("response", response)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def _reader(browser: Browser, language: str, width: int, state: Any = None) -> Iterator[Reader]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="de-DE", storage_state=state, reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    troubles: list[str] = []
    listen(page, troubles)
    yield Reader(page, language, width, troubles)
    context.close()
    assert troubles == []


@pytest.fixture(params=[(language, width) for language in LANGUAGES for width in WIDTHS],
                ids=lambda value: f"{value[0]}-{value[1]}")
def anyone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A reader without account: German and English, desktop and 320 px."""
    yield from _reader(browser, *request.param)


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    """A reader without account, in German, on a desktop."""
    yield from _reader(browser, "de", 1280)


def _log_in(page: Page) -> None:
    page.goto(f"{URL}/user/login")
    page.fill("#field-login", "admin")
    page.fill("#field-password", os.environ["JENA_ADMIN_PASSWORD"])
    page.click(".form-actions button")
    page.wait_for_url("**/dashboard/**")


@pytest.fixture(scope="session")
def session(browser: Browser) -> Any:
    """The administrator's cookies, from one log-in."""
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    _log_in(page)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def administrator(browser: Browser, session: Any) -> Iterator[Reader]:
    """The administrator, logged in, in German, on a desktop."""
    yield from _reader(browser, "de", 1280, session)


@pytest.fixture
def log_in() -> Callable[[Page], None]:
    """Fills in the log-in form as the administrator."""
    return _log_in


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails with a readable list where axe finds something serious or critical."""
    def check(page: Page) -> None:
        # a page without its styles, or half-way through a fade, is not what people see
        page.wait_for_load_state("load")
        page.evaluate(
            "document.getAnimations()"
            ".filter(one => one.effect.getComputedTiming().endTime !== Infinity).forEach(one => one.finish())"
        )
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
        grave = [
            f"{item['impact']} {item['id']}: {item['help']}\n" + "\n".join(
                f"    {' '.join(map(str, node['target']))}\n    {node['html'][:160]}" for node in item["nodes"][:4])
            for item in found if item["impact"] in GRAVE
        ]
        assert not grave, f"{page.url}\n" + "\n".join(grave)

    return check


@pytest.fixture(scope="session")
def api() -> Callable[..., Any]:
    """Asks the portal's API as anybody may."""
    def ask(action: str, **parameters: Any) -> Any:
        address = f"{URL}/api/3/action/{action}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)["result"]

    return ask


@pytest.fixture(scope="session")
def dataset_of(api: Callable[..., Any]) -> Callable[[str], dict[str, Any]]:
    """The first dataset of a type; fails where the portal has none."""
    def first(type_: str) -> dict[str, Any]:
        found = api("package_search", fq=f"dataset_type:{type_}", rows=1, sort="name asc")["results"]
        assert found, f"no dataset of type {type_} is published"
        return found[0]

    return first
