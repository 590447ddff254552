"""What stewards and administrators do in the browser: log in, edit a page, create by form."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page


def test_log_in_and_out(browser: Browser, log_in: Callable[[Page], None], axe: Callable[[Page], None]) -> None:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    log_in(page)
    axe(page)
    page.get_by_role("button", name="Abmelden").click()
    page.wait_for_load_state()
    assert page.get_by_role("link", name="Anmelden").count() == 1
    context.close()


def test_wrong_password_is_said_in_german(reader: Any, axe: Callable[[Page], None]) -> None:
    page = reader.visit("/user/login")
    page.fill("#field-login", "admin")
    page.fill("#field-password", "wrong")
    page.click(".form-actions button")
    message = page.locator(".alert, .error-explanation").first
    message.wait_for()
    assert "fehl" in message.inner_text().lower()
    axe(page)


def test_edit_a_page(administrator: Any, reader: Any, axe: Callable[[Page], None]) -> None:
    page = administrator.visit("/impressum")
    page.get_by_role("link", name="Diese Seite bearbeiten").click()
    axe(page)
    before = {lang: page.input_value(f"#field-{lang}") for lang in ("de", "en")}
    mark = f"Probe {uuid.uuid4()}"
    page.fill("#field-de", f"{before['de']}\n\n## {mark}\n\n<script>document.title='broken'</script>")
    page.get_by_role("button", name="Vorschau").click()
    assert page.locator("#preview h2", has_text=mark).count() == 1
    axe(page)
    assert mark not in reader.visit("/impressum").inner_text("body")
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_url("**/impressum")
    try:
        shown = reader.visit("/impressum")
        assert shown.locator("h2", has_text=mark).count() == 1
        assert shown.title() != "broken"
    finally:
        administrator.visit("/impressum/bearbeiten")
        for lang, text in before.items():
            page.fill(f"#field-{lang}", text)
        page.get_by_role("button", name="Speichern").click()
        page.wait_for_url("**/impressum")
    assert mark not in reader.visit("/impressum").inner_text("body")


def test_an_emptied_page_returns_to_its_first_text(administrator: Any, reader: Any) -> None:
    page = administrator.visit("/datenschutz/bearbeiten")
    first = reader.visit("/datenschutz").inner_text(".prose")
    page.fill("#field-de", "Nur kurz da.")
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_url("**/datenschutz")
    assert reader.visit("/datenschutz").inner_text(".prose").strip() == "Nur kurz da."
    administrator.visit("/datenschutz/bearbeiten")
    page.fill("#field-de", "  ")
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_url("**/datenschutz")
    assert reader.visit("/datenschutz").inner_text(".prose") == first


@pytest.mark.parametrize("type_", ["dataset", "sensor", "logistics", "learning-offer", "service"])
def test_forms_are_sound(administrator: Any, axe: Callable[[Page], None], type_: str) -> None:
    page = administrator.visit(f"/{type_}/new")
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    assert page.locator("h1").count() == 1
    axe(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.fixture
def forget(administrator: Any) -> Any:
    """Deletes by the form what a test has made."""
    made: list[tuple[str, str]] = []
    yield made
    for type_, name in made:
        page = administrator.visit(f"/{type_}/delete/{name}")
        page.locator("form[action*='delete'] [name=delete], form[action*='delete'] button.btn-primary").first.click()
        page.wait_for_load_state()


def fill_common(page: Page, title: str, name: str) -> None:
    """What every type needs to be published."""
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    page.fill("[name=title]", title)
    page.locator(".slug-preview button").first.click()
    page.fill("[name=name]", name)
    page.fill("[name=notes]", "Von einem Test angelegt.")
    page.locator("input[type=checkbox][name=theme]").first.check()
    page.select_option("[name=owner_org]", label="Stadt Jena")
    page.select_option("[name=private]", value="False")
    page.select_option("[name=license_id]", value="http://dcat-ap.de/def/licenses/dl-zero-de/2.0")


def fill_parts(page: Page) -> None:
    """Publisher and contact: the first entry of each repeating group."""
    for part in ("publisher", "contact"):
        if page.locator(f"[name='{part}-0-name']").count() == 0:
            page.locator(f"[id='field-{part}'] [name='repeating-add']").first.click()
        page.fill(f"[name='{part}-0-name']", "Stadt Jena")
        page.fill(f"[name='{part}-0-email']", "opendata@example.org")


def test_create_a_dataset(administrator: Any, reader: Any, forget: Any) -> None:
    name = f"probe-{uuid.uuid4()}"
    page = administrator.visit("/dataset/new")
    fill_common(page, "Probe eines Datensatzes", name)
    fill_parts(page)
    page.locator(".form-actions button[type=submit]").last.click()
    page.wait_for_url(f"**/dataset/{name}/resource/new")
    forget.append(("dataset", name))
    link = page.locator("#resource-link-button, .resource-url-link, button:has-text('Link')").first
    if link.is_visible():
        link.click()
    page.fill("[name=url]", "https://www.jena.de/")
    page.fill("[name=name]", "Seite der Stadt")
    page.locator("button[value=go-metadata]").click()
    page.wait_for_url(f"**/dataset/{name}")
    shown = reader.visit(f"/dataset/{name}")
    assert shown.locator("h1").inner_text() == "Probe eines Datensatzes"
    assert "Datenlizenz Deutschland" in shown.inner_text(".jena-aside")


def test_create_a_service(administrator: Any, reader: Any, forget: Any, api: Callable[..., Any]) -> None:
    name = f"probe-{uuid.uuid4()}"
    page = administrator.visit("/service/new")
    fill_common(page, "Probe einer Leistung", name)
    fill_parts(page)
    page.fill("[name=service_id]", "probe-1")
    page.fill("[name=responsible_office]", "Bürgerservice")
    page.locator(".form-actions button[type=submit]").last.click()
    page.wait_for_url(f"**/service/{name}/resource/new")
    forget.append(("service", name))
    # a service needs no file
    page.locator("button[value=go-metadata]").click()
    page.wait_for_url(f"**/{name}")
    assert api("package_show", id=name)["type"] == "service"
    shown = reader.visit(f"/service/{name}")
    assert shown.url.endswith(f"/dataset/{name}")
    assert shown.locator("h1").inner_text() == "Probe einer Leistung"
    assert reader.visit("/service").get_by_role("link", name="Probe einer Leistung").count() == 1


def test_the_form_chooses_no_organisation_and_is_public(administrator: Any) -> None:
    page = administrator.visit("/dataset/new")
    assert page.input_value("[name=owner_org]") == ""
    assert page.input_value("[name=private]") == "False"
    page.locator("[name=title]").press_sequentially("Straßenlärm Übersicht")
    assert page.input_value("[name=name]") == "strassenlaerm-uebersicht"


def test_mistakes_are_listed_as_links_to_their_fields(administrator: Any, axe: Callable[[Page], None]) -> None:
    page = administrator.visit("/dataset/new")
    page.locator(".form-actions button[type=submit]").last.click()
    page.wait_for_selector("#form-errors")
    axe(page)
    link = page.locator("#form-errors a", has_text="Titel fehlt")
    assert link.get_attribute("href") == "#field-title"
    link.click()
    page.wait_for_function("document.activeElement.id === 'field-title'")
    page.fill("[name=title]", f"Probe {uuid.uuid4()}")
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    page.fill("[name='publisher-0-name']", "Stadt Jena")
    page.fill("[name='contact-0-email']", "keine Adresse")
    page.locator(".form-actions button[type=submit]").last.click()
    page.locator("#form-errors a[href='#field-contact-0-email']").click()
    page.wait_for_function("document.activeElement.id === 'field-contact-0-email'")
    assert page.input_value("[name='publisher-0-name']") == "Stadt Jena"


def test_a_draft_with_a_file_says_what_is_missing_and_can_be_deleted(
    administrator: Any, reader: Any, tmp_path: Path, axe: Callable[[Page], None],
) -> None:
    name = f"probe-{uuid.uuid4()}"
    (tmp_path / "laerm.csv").write_text("strasse;db\nHolzmarkt;61,5\n")
    page = administrator.visit("/dataset/new")
    page.fill("[name=title]", f"Entwurf {name}")
    page.locator(".slug-preview button").first.click()
    page.fill("[name=name]", name)
    page.select_option("[name=owner_org]", label="Stadt Jena")
    page.get_by_role("button", name="Entwurf speichern").click()
    page.wait_for_url(f"**/{name}/resource/new")
    page.set_input_files("[name=upload]", tmp_path / "laerm.csv")
    page.fill("[name=name]", "Lärm (CSV)")
    page.get_by_role("button", name="Veröffentlichen").click()
    missing = page.locator("#form-errors")
    missing.wait_for()
    axe(page)
    assert "Als Entwurf gespeichert" in missing.inner_text()
    assert "{" not in missing.inner_text()
    reader.visit(f"/dataset/{name}", status=404)
    missing.get_by_role("link", name="Thema fehlt").click()
    page.wait_for_url(f"**/dataset/edit/{name}#field-theme")
    assert page.locator("h1").inner_text().startswith("Bearbeiten: Entwurf")
    page.get_by_role("link", name="Entwurf löschen").click()
    page.wait_for_selector("#confirm-dataset-delete-form")
    assert page.locator("h1").count() == 1
    page.get_by_role("button", name="Löschen").click()
    page.wait_for_url("**/dataset/")
    administrator.visit("/dashboard/datasets")
    assert name not in page.inner_text("body")


def test_an_uploaded_table_is_a_file_to_download(
    administrator: Any, reader: Any, forget: Any, tmp_path: Path, api: Callable[..., Any],
) -> None:
    name = f"probe-{uuid.uuid4()}"
    (tmp_path / "laerm.csv").write_text("strasse;db\nHolzmarkt;61,5\n")
    page = administrator.visit("/dataset/new")
    fill_common(page, "Probe einer Datei", name)
    fill_parts(page)
    page.locator(".form-actions button[type=submit]").last.click()
    page.wait_for_url(f"**/dataset/{name}/resource/new")
    forget.append(("dataset", name))
    page.set_input_files("[name=upload]", tmp_path / "laerm.csv")
    page.fill("[name=name]", "Lärm (CSV)")
    page.get_by_role("button", name="Veröffentlichen").click()
    page.wait_for_url(f"**/dataset/{name}")
    shown = reader.visit(f"/dataset/{name}")
    assert shown.locator(".jena-resources a", has_text="Tabelle").count() == 0
    with shown.expect_download() as download:
        shown.get_by_role("link", name="Herunterladen").first.click()
    assert download.value.path().read_text() == "strasse;db\nHolzmarkt;61,5\n"
