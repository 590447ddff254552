"""Impressum, Datenschutz and the like: texts that an administrator edits in the browser.

The first texts lie in ``config/pages/<name>.<lang>.md``; an edited one is kept in CKAN's
runtime configuration, so every process shows it at once and a restart keeps it.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from flask.views import MethodView

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.portal import language

blueprint = Blueprint("jenasmartcity_pages", __name__)

NAMES = ("impressum", "datenschutz", "nutzungsbedingungen", "barrierefreiheit")
LANGUAGES = tuple(language.NAMES)
LONGEST = 60_000


def title(name: str) -> str:
    """A page's title in the reader's language."""
    return {
        "impressum": tk._("Legal notice"), "datenschutz": tk._("Privacy"),
        "nutzungsbedingungen": tk._("Terms of use"), "barrierefreiheit": tk._("Accessibility"),
    }[name]


def links() -> list[tuple[str, str]]:
    """Title and address of every page, for the foot of all pages."""
    return [(title(name), tk.url_for("jenasmartcity_pages.show", name=name)) for name in NAMES]


def text(name: str, lang: str) -> str:
    """The Markdown text of a page: the edited one, else the first one from ``config/pages``."""
    return config.page_text(name, lang) or first_text(name, lang)


def first_text(name: str, lang: str) -> str:
    """The text that a new portal has; places that the operator must fill in stand in square brackets."""
    file = config.house().directory / "pages" / f"{name}.{lang}.md"
    return file.read_text(encoding="utf-8")


def config_schema() -> dict[str, Any]:
    """Validators of the texts kept in CKAN's runtime configuration."""
    validators = [tk.get_validator("ignore_missing"), tk.get_validator("unicode_safe")]
    return {config.page_option(name, lang): validators for name in NAMES for lang in LANGUAGES}


@blueprint.route(f"/<any({', '.join(NAMES)}):name>")
def show(name: str) -> str:
    """A page for readers."""
    return tk.render("jenasmartcity/page.html", {
        "name": name, "page_title": title(name), "text": text(name, language.code()), "may_edit": _may_edit(),
    })


class Edit(MethodView):
    """The form for a page's texts: a look at the result first, then saving; an emptied text is the first one again."""

    def get(self, name: str) -> str:
        """The form with the present texts."""
        _only_administrators()
        return _form(name, {lang: text(name, lang) for lang in LANGUAGES})

    def post(self, name: str) -> str | Response:
        """Show the result, or keep the texts and go to the page."""
        _only_administrators()
        texts = {lang: tk.request.form.get(lang, "").replace("\r\n", "\n").strip() for lang in LANGUAGES}
        errors = _errors(texts)
        if errors or tk.request.form.get("action") != "save":
            return _form(name, {k: v or first_text(name, k) for k, v in texts.items()}, errors, preview=not errors)
        tk.get_action("config_option_update")({}, {
            config.page_option(name, lang): value for lang, value in texts.items()
        })
        tk.h.flash_success(tk._("The page has been saved."))
        return tk.redirect_to("jenasmartcity_pages.show", name=name)


blueprint.add_url_rule(f"/<any({', '.join(NAMES)}):name>/bearbeiten", view_func=Edit.as_view("edit"))


def _form(
    name: str, texts: dict[str, str], errors: dict[str, str] | None = None, preview: bool = False
) -> str:
    return tk.render("jenasmartcity/page_edit.html", {
        "name": name, "page_title": title(name), "texts": texts, "errors": errors or {}, "preview": preview,
        "languages": language.NAMES, "longest": LONGEST,
    })


def _errors(texts: dict[str, str]) -> dict[str, str]:
    found = {}
    for lang, value in texts.items():
        if len(value) > LONGEST:
            found[lang] = tk._("The text is too long: shorten it to {number} characters.").format(number=LONGEST)
    return found


def _may_edit() -> bool:
    return bool(tk.h.check_access("config_option_update"))


def _only_administrators() -> None:
    if not _may_edit():
        tk.abort(403, tk._("Only administrators may edit this page."))
