"""Stewards and their sources: make, try, run, mend, send files, decide; and nobody else's business."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from ckanext.jenasmartcity.tests.browser import asking, offices
from ckanext.jenasmartcity.tests.browser.conftest import URL
from ckanext.jenasmartcity.tests.browser.stewards import Place, finished, logged_in, rows, sound, visit

MANY = tuple((number, number) for number in range(1, 11))
# pragma: allowlist nextline secret
MARKER = f"geheim-{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with (
        asking.administrator() as token, offices.served() as feed,
        offices.opened(token, "Amt für Proben") as own, offices.opened(token, "Anderes Amt") as other,
    ):
        yield Place(token, feed, own, other)


@pytest.fixture
def steward(browser: Browser, place: Place) -> Iterator[Page]:
    """A page of the editor of the office."""
    troubles: list[str] = []
    page = logged_in(browser, place.own.editor, troubles)
    yield page
    page.context.close()
    assert troubles == []


@pytest.fixture
def stranger(browser: Browser, place: Place) -> Iterator[Page]:
    """A page of the editor of the other office."""
    page = logged_in(browser, place.other.editor, [])
    yield page
    page.context.close()


@pytest.fixture
def source(place: Place) -> str:
    """A source of the office that was fetched once: ten rows."""
    place.feed.rows(*MANY)
    name = offices.made(place.token, place.own, place.feed.url)
    asking.write("jenasmartcity_harvest_source_run", place.token, {"name": name})
    assert offices.quiet(place.token, name)["state"] == "done"
    return name


def test_from_a_feed_to_a_published_dataset(
    steward: Page, place: Place, reader: Any, axe: Callable[[Page], None],
) -> None:
    place.feed.rows((1, 10), (2, 20), (2, 21), (3, 30))
    title = f"Messwerte {uuid.uuid4().hex[:8]}"
    visit(steward, "/dashboard/datasets").get_by_role("link", name="Quellen", exact=True).click()
    steward.wait_for_url("**/quellen")
    sound(steward, axe)
    steward.get_by_role("link", name="Neue Quelle").click()
    sound(steward, axe)
    steward.get_by_role("link", name="CSV-Tabellen").click()
    steward.wait_for_url("**/quellen/neu?anschluss=csv")
    steward.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    sound(steward, axe)
    assert steward.input_value("[name=organization]") == place.own.name
    steward.fill("[name=title_de]", title)
    steward.fill("[name=url]", place.feed.url)
    steward.fill("[name='option-draft']", f"title: {title}")
    steward.fill("[name='option-tables']", "- name: werte\n  title: {de: Werte, en: Values\n  key: [id]")
    steward.get_by_role("button", name="Ausprobieren, ohne zu speichern").click()
    steward.wait_for_selector("#form-errors")
    assert re.search(r"Tabellen: Zeile [23]: ", steward.inner_text("#form-errors"))
    assert steward.input_value("[name=title_de]") == title
    axe(steward)

    steward.fill("[name='option-draft']", f"id: {uuid.uuid4().hex}\ntitle: {title}")
    steward.fill("[name='option-tables']", offices.TABLES)
    steward.select_option("[name='default-license']", offices.LICENCE)
    steward.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    steward.check(f"input[name='default-theme'][value='{offices.THEME}']")
    for agent in ("publisher", "contact"):
        steward.fill(f"[name='{agent}-name']", "Amt")
        steward.fill(f"[name='{agent}-url']", "https://www.jena.de")
    steward.fill("[name='default-more']", "notes: Nur für diesen Test.")
    steward.check("input[name=schedule][value=weekly]")
    steward.select_option("[name=schedule_day]", "1")
    expect(steward.locator("#times")).to_have_text(re.compile(r"(Mo\., .* 03:15 Uhr.*){3}"))
    steward.get_by_role("button", name="Ausprobieren, ohne zu speichern").click()
    steward.wait_for_selector("#ergebnis")
    assert title in steward.inner_text("#ergebnis")
    assert "kommt mehrfach vor" in steward.inner_text("#ergebnis")
    sound(steward, axe)
    assert asking.act("package_search", q=f'title:"{title}"')["count"] == 0

    steward.get_by_role("button", name="Speichern", exact=True).click()
    steward.wait_for_url("**/quellen/messwerte-*")
    assert "gespeichert" in steward.inner_text(".flash-messages")
    sound(steward, axe)
    place.feed.pause = 3
    steward.get_by_role("button", name="Jetzt abrufen").click()
    steward.wait_for_url("**/laeufe/*")
    assert steward.locator("#fortschritt progress").is_visible()
    assert steward.locator("#fortschritt [aria-live=polite]").inner_text()
    axe(steward)
    finished(steward)
    place.feed.pause = 0
    assert rows(steward) == "gefunden 4 = neu 3 + geändert 0 + unverändert 0 + zurückgewiesen 1 + zurückgezogen 0"
    cause = steward.locator("#zurueckgewiesen")
    assert "kommt mehrfach vor" in cause.inner_text()
    assert "Bitten Sie den Betreiber um eindeutige Kennungen" in cause.inner_text()
    cause.locator("summary").click()
    assert cause.locator("code", has_text="2").first.is_visible()
    sound(steward, axe)
    steward.get_by_role("link", name="Zurück zur Quelle").click()
    link = steward.locator("#daten").get_by_role("link", name=title)
    shown = reader.visit(str(link.get_attribute("href")))
    assert shown.locator("h1").inner_text() == title


def test_a_try_shows_what_would_change(steward: Page, place: Place, source: str, axe: Callable[[Page], None]) -> None:
    place.feed.rows(*((number, number + (number == 4)) for number in range(2, 12)))
    asking.write("jenasmartcity_harvest_source_update", place.token, {
        "name": source, "drafts": {source: {"title": "Ein neuer Titel"}},
    })
    visit(steward, f"/quellen/{source}").get_by_role("button", name="Ausprobieren", exact=True).click()
    steward.wait_for_selector("#ergebnis")
    steward.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    sound(steward, axe)
    found = steward.inner_text("#ergebnis")
    title = steward.locator("#ergebnis tr", has_text="Titel").first.inner_text()
    assert f"Werte {source}" in title
    assert "Ein neuer Titel" in title
    assert "1 neue, 1 geänderte, 1 entfernte Zeilen" in found
    dataset = asking.act("jenasmartcity_harvest_record_list", place.token, source=source)["results"][0]
    assert dataset["title"] == f"Werte {source}"


def test_a_run_can_be_followed_without_script(browser: Browser, place: Place, source: str) -> None:
    page = logged_in(browser, place.own.editor, [], script=False)
    place.feed.rows(*MANY, (11, 11))
    place.feed.pause = 2
    visit(page, f"/quellen/{source}").get_by_role("button", name="Jetzt abrufen").click()
    page.wait_for_url("**/laeufe/*")
    page.get_by_role("link", name="Aktualisieren").click()
    offices.quiet(place.token, source)
    place.feed.pause = 0
    page.reload()
    assert page.locator("#fortschritt").count() == 0
    assert "gefunden 11" in rows(page)
    page.context.close()


def test_a_broken_source_says_why_and_what_to_do(
    steward: Page, place: Place, source: str, axe: Callable[[Page], None],
) -> None:
    place.feed.body = "<!DOCTYPE html><html><body>Bitte anmelden</body></html>"
    visit(steward, f"/quellen/{source}").get_by_role("button", name="Jetzt abrufen").click()
    steward.wait_for_url("**/laeufe/*")
    steward.wait_for_selector("#error-title", timeout=60_000)
    assert "HTML-Seite" in steward.inner_text(".jena-banner--bad")
    assert "prüfen Sie die Adresse" in steward.inner_text(".jena-banner--bad")
    sound(steward, axe)
    listed = visit(steward, "/quellen?zustand=failed").locator(".jena-sources > li", has_text=source)
    assert listed.locator(".jena-state").inner_text().strip() == "fehlgeschlagen"
    sound(steward, axe)


def test_pause_and_go_on(steward: Page, place: Place, source: str) -> None:
    asking.write("jenasmartcity_harvest_source_update", place.token, {"name": source, "schedule": "15 3 * * *"})
    page = visit(steward, f"/quellen/{source}")
    assert page.locator(".jena-aside", has_text="03:15 Uhr").count() == 1
    page.get_by_role("button", name="Anhalten").click()
    page.wait_for_load_state()
    assert page.locator(".jena-sources__head .jena-state").inner_text().strip() == "angehalten"
    assert "03:15 Uhr" not in page.inner_text(".jena-aside")
    page.get_by_role("button", name="Fortsetzen").click()
    page.wait_for_load_state()
    assert page.locator(".jena-sources__head .jena-state").inner_text().strip() == "in Ordnung"


def test_what_shrinks_waits_for_a_decision(
    steward: Page, place: Place, source: str, axe: Callable[[Page], None],
) -> None:
    place.feed.rows(*MANY[:3])
    visit(steward, f"/quellen/{source}").get_by_role("button", name="Jetzt abrufen").click()
    steward.wait_for_url("**/laeufe/*")
    steward.wait_for_selector("#entscheidung", timeout=60_000)
    held = steward.inner_text("#entscheidung")
    assert "von 10 auf 3 Zeilen" in held
    assert f"Werte {source}" in held
    sound(steward, axe)
    run = steward.url
    assert "wartet auf Ihre Entscheidung" in visit(steward, "/quellen").inner_text(".jena-banner")
    visit(steward, run.removeprefix(URL)).get_by_label("Wegfallen lassen").check()
    steward.get_by_role("button", name="Entscheiden").click()
    steward.wait_for_url(f"**/quellen/{source}")
    assert offices.quiet(place.token, source)["state"] == "done"
    shown = visit(steward, f"/quellen/{source}")
    assert "3 Zeilen" in shown.inner_text("#daten")
    assert "darf wegfallen" in visit(steward, run.removeprefix(URL)).inner_text("#entscheidung")


def test_one_dataset_is_fetched_again(steward: Page, place: Place, source: str) -> None:
    place.feed.rows(*MANY, (11, 11))
    visit(steward, f"/quellen/{source}").locator("#daten").get_by_role("button", name="Erneut abrufen").click()
    steward.wait_for_url("**/laeufe/*")
    finished(steward)
    assert "ein Datensatz wird erneut abgerufen" in steward.inner_text("[role=main]")
    assert "11 Zeilen" in visit(steward, f"/quellen/{source}").inner_text("#daten")


def test_a_file_is_dropped_by_browser(steward: Page, place: Place, source: str, tmp_path: Path) -> None:
    (tmp_path / "werte.csv").write_text("id;wert\n" + "".join(f"{key};{value}\n" for key, value in (*MANY, (99, 1))))
    asked = len(place.feed.seen)
    page = visit(steward, f"/quellen/{source}")
    page.set_input_files("#field-upload", tmp_path / "werte.csv")
    page.get_by_role("button", name="Diese Datei ausprobieren").click()
    page.wait_for_selector("#ergebnis")
    assert "1 neue, 0 geänderte, 0 entfernte Zeilen" in page.inner_text("#ergebnis")
    visit(steward, f"/quellen/{source}").set_input_files("#field-upload", tmp_path / "werte.csv")
    page.get_by_role("button", name="Einliefern und veröffentlichen").click()
    page.wait_for_url("**/laeufe/*")
    finished(page)
    assert "gefunden 11" in rows(page)
    assert "werte.csv" in page.inner_text("[role=main]")
    assert "11 Zeilen" in visit(steward, f"/quellen/{source}").inner_text("#daten")
    assert len(place.feed.seen) == asked


def test_a_machine_sends_files_with_the_sources_token(
    steward: Page, place: Place, source: str, axe: Callable[[Page], None],
) -> None:
    visit(steward, f"/quellen/{source}").get_by_role("button", name="Zugangsschlüssel erzeugen").click()
    token = steward.locator(".jena-token code").first.inner_text()
    line = steward.inner_text(".jena-token pre")
    sound(steward, axe)
    address = line.split()[-1]
    assert address == f"{URL}/quellen/{source}/datei"
    assert token in line
    assert token not in visit(steward, f"/quellen/{source}").content()
    body = ("id;wert\n" + "".join(f"{key};{value}\n" for key, value in (*MANY, (77, 7)))).encode()

    def put(where: str, **headers: str) -> requests.Response:
        return requests.put(where, body, headers={"Content-Type": "text/csv", **headers}, timeout=60)

    cookies = {one["name"]: one["value"] for one in steward.context.cookies()}
    assert put(address).status_code == 401
    assert put(address, Authorization=f"Bearer {token}x").status_code == 401
    assert put(address, Authorization=f"Basic {token}").status_code == 401
    assert put(f"{URL}/quellen/gibt-es-nicht/datei", Authorization=f"Bearer {token}").status_code == 401
    assert requests.put(address, body, cookies=cookies, timeout=60).status_code == 401
    assert requests.put(address, b"", headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code == 400
    sent = put(address, Authorization=f"Bearer {token}")
    assert sent.status_code == 202
    assert offices.quiet(place.token, source)["state"] == "done"
    again = put(address, Authorization=f"Bearer {token}")
    assert (again.status_code, again.json()["run"], again.json()["planned"]) == (202, sent.json()["run"], False)
    assert "gefunden 11" in rows(visit(steward, sent.json()["url"].removeprefix(URL)))
    visit(steward, f"/quellen/{source}").get_by_role("button", name="Zugangsschlüssel löschen").click()
    steward.wait_for_load_state()
    assert put(address, Authorization=f"Bearer {token}").status_code == 401


def test_a_credential_is_used_and_never_shown(steward: Page, place: Place, source: str) -> None:
    visit(steward, f"/quellen/{source}/bearbeiten")
    steward.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    steward.fill("[name='credential-token']", MARKER)
    steward.get_by_role("button", name="Ausprobieren, ohne zu speichern").click()
    steward.wait_for_selector("#ergebnis")
    assert place.feed.seen[-1] == f"Bearer {MARKER}"
    assert MARKER not in steward.content()
    steward.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    steward.fill("[name='credential-token']", MARKER)
    steward.get_by_role("button", name="Speichern", exact=True).click()
    steward.wait_for_url(f"**/quellen/{source}")
    assert "sind hinterlegt" in steward.inner_text(".jena-aside")
    place.feed.rows(*MANY, (12, 12))
    steward.get_by_role("button", name="Jetzt abrufen").click()
    steward.wait_for_url("**/laeufe/*")
    run = steward.url.removeprefix(URL)
    finished(steward)
    assert place.feed.seen[-1] == f"Bearer {MARKER}"
    pages = ("", "/bearbeiten", "/laeufe", "/loeschen")
    for path in ("/quellen", run, f"{run}.json", *(f"/quellen/{source}{page}" for page in pages)):
        assert MARKER not in visit(steward, path).content(), path
    shown = steward.request.get(f"{URL}/api/3/action/jenasmartcity_harvest_source_show?name={source}")
    assert shown.json()["result"]["credentials"] == ["token"]
    assert MARKER not in shown.text()
    visit(steward, f"/quellen/{source}/bearbeiten").locator("[name='credential-delete'][value=token]").check()
    steward.get_by_role("button", name="Speichern", exact=True).click()
    steward.wait_for_url(f"**/quellen/{source}")
    assert "sind hinterlegt" not in steward.inner_text(".jena-aside")


ADDRESSES = ("", "/bearbeiten", "/loeschen", "/laeufe", "/laeufe/{run}", "/laeufe/{run}.json")
ORDERS = (
    ("/versuch", {}), ("/laeufe", {}), ("/aktiv", {"aktiv": "0"}), ("/zugang", {}), ("/bearbeiten", {"title_de": "x"}),
    ("/laeufe/{run}/entscheidung", {"entscheidung": "annehmen"}), ("/loeschen", {"datensaetze": "withdraw"}),
    ("/laeufe", {"eintrag": "{source}"}), ("/datei", {}),
)


def test_another_offices_editor_is_refused_everywhere(stranger: Page, place: Place, source: str) -> None:
    run = str(offices.quiet(place.token, source)["id"])
    before = asking.act("jenasmartcity_harvest_source_show", place.token, name=source)
    form = visit(stranger, "/quellen")
    assert source not in form.content()
    assert form.locator(".jena-sources > li").count() == 0
    token = form.locator("input[name=_csrf_token]").first.get_attribute("value")
    for path in ADDRESSES:
        answers = [
            visit(stranger, f"/quellen/{name}{path.format(run=run)}", status=403).inner_text("#error-content")
            for name in (source, "gibt-es-nicht")
        ]
        assert answers[0] == answers[1], path
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"id;wert\n1;1\n"}
    for path, values in ORDERS:
        sent = {"_csrf_token": token, **{key: value.format(source=source) for key, value in values.items()}}
        asked = {"multipart": {**sent, "upload": file}} if path == "/datei" else {"form": sent}
        for name in (source, "gibt-es-nicht"):
            address = f"{URL}/quellen/{name}{path.format(run=run)}"
            assert stranger.request.post(address, max_redirects=0, **asked).status == 403, (path, name)
    after = asking.act("jenasmartcity_harvest_source_show", place.token, name=source)
    assert after == before


def test_without_account_one_is_asked_to_log_in(reader: Any, source: str) -> None:
    for path in ("/quellen", f"/quellen/{source}", "/quellen/neu", "/quellen/zeitplan"):
        page = reader.visit(path, status=403)
        assert page.locator("#error-content").get_by_role("link", name="Anmelden").count() == 1
        assert source not in page.inner_text("body")
    assert reader.page.locator(".jena-header a[href$='/quellen']").count() == 0


def test_a_source_is_deleted_and_its_datasets_are_withdrawn(
    steward: Page, place: Place, source: str, reader: Any, axe: Callable[[Page], None],
) -> None:
    record = asking.act("jenasmartcity_harvest_record_list", place.token, source=source)["results"][0]
    visit(steward, f"/quellen/{source}").get_by_role("link", name="Löschen …").click()
    steward.wait_for_url("**/loeschen")
    sound(steward, axe)
    steward.get_by_label("Sie werden zurückgezogen").check()
    steward.get_by_role("button", name="Quelle löschen").click()
    steward.wait_for_url("**/quellen")
    assert source not in steward.inner_text("[role=main]")
    visit(steward, f"/quellen/{source}", status=403)
    # the page of a dataset comes from the index, which follows within some seconds
    offices.until(lambda: "withdrawn" in asking.act("package_show", place.token, id=record["package_id"]))


@pytest.mark.parametrize("language", ["de", "en"])
def test_pages_speak_the_readers_language(
    steward: Page, source: str, axe: Callable[[Page], None], language: str,
) -> None:
    prefix = "/en" if language == "en" else ""
    words = {"de": ("Quellen", "Jetzt abrufen", "in Ordnung"), "en": ("Sources", "Fetch now", "in order")}[language]
    page = visit(steward, f"{prefix}/quellen")
    assert page.get_attribute("html", "lang") == language
    assert page.locator("h1").inner_text() == words[0]
    assert words[2] in page.inner_text(".jena-sources")
    page = visit(steward, f"{prefix}/quellen/{source}")
    assert page.get_by_role("button", name=words[1]).count() == 1
    axe(page)
