"""Headers of every answer, uploaded files, and what a start refuses."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from importlib import resources
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from ckanext.jenasmartcity.security import headers, sessions
from ckanext.jenasmartcity.security.settings import SAFE

PAGES = ["/", "/dataset/", "/organization/", "/group/", "/about", "/user/login", "/en/dataset/", "/no-such-page"]


def directives(policy: str) -> dict[str, str]:
    """A content security policy by its directives."""
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_carries_the_headers(app: Any, page: str) -> None:
    answer = app.flask_app.test_client().get(page)
    policy = directives(answer.headers["Content-Security-Policy"])
    assert policy["script-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == policy["frame-ancestors"] == policy["connect-src"] == "'self'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_nothing_that_its_policy_forbids(app: Any, page: str) -> None:
    html = app.flask_app.test_client().get(page).get_data(as_text=True)
    scripts = [script for script in re.findall(r"<script[^>]*>", html) if "src=" not in script]
    assert [script for script in scripts if "application/ld+json" not in script] == []
    assert re.findall(r"<style[^>]*>", html) == []
    assert re.findall(r"<[^>]+\son[a-z]+\s*=", html) == []
    assert re.findall(r"""(?:src|href|action)=["'](?:javascript:|data:text)""", html) == []
    foreign = r"""<(?:script|iframe)[^>]+src=["'](?:https?:)?//(?!127\.)"""
    assert re.findall(foreign, html) == []


def test_data_and_static_files_can_run_nothing(app: Any) -> None:
    for path in ("/api/3/action/status_show", "/feeds/dataset.atom", "/base/images/ckan-logo.png"):
        answer = app.flask_app.test_client().get(path)
        assert answer.status_code == 200
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_strict_transport_is_asked_for_behind_tls_only(app: Any) -> None:
    answer = app.flask_app.test_client().get("/about", base_url="https://opendata.example/")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize(("name", "body"), [
    ("page.html", b"<script>alert(document.domain)</script>"),
    ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    ("table.csv", b"a,b\n1,2\n"),
    ("script.js", b"alert(document.domain)"),
])
def test_an_uploaded_file_is_an_attachment_that_can_run_nothing(app: Any, name: str, body: bytes) -> None:
    user = factories.Sysadmin()
    organization = factories.Organization(user=user)
    dataset = factories.Dataset(user=user, owner_org=organization["id"], state="draft")
    context = {"user": user["name"], "ignore_auth": True}
    upload = FileStorage(io.BytesIO(body), filename=name, content_type="text/html")
    resource = tk.get_action("resource_create")(context, {
        "package_id": dataset["id"], "name": name, "url": name, "url_type": "upload", "upload": upload,
    })
    token = factories.APIToken(user=user["name"])["token"]
    answer = app.flask_app.test_client().get(
        f"/dataset/{dataset['id']}/resource/{resource['id']}/download/{name}", headers={"Authorization": token}
    )
    assert answer.status_code == 200
    assert answer.get_data() == body
    part = app.flask_app.test_client().get(
        f"/dataset/{dataset['id']}/resource/{resource['id']}/download/{name}",
        headers={"Authorization": token, "Range": "bytes=0-3"},
    )
    assert part.status_code == 206
    assert part.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert "javascript" not in answer.headers["Content-Type"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert name in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", [
    "/dataset/%00", "/geojson/%00.geojson", "/lernangebote?q=%00", "/api/3/action/jenasmartcity_item_show?id=%00",
    "/api/3/action/jenasmartcity_item_list?source=%00",
])
def test_the_character_nul_is_refused_and_breaks_nothing(app: Any, path: str) -> None:
    assert app.flask_app.test_client().get(path).status_code == 400


def test_a_password_reset_tells_nobody_which_accounts_exist(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without mail there is no reset: CKAN's would fail for accounts that exist, and for those only."""
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setattr("ckanext.jenasmartcity.security.csrf.exempt_now", lambda: True)
    known = factories.User()["name"]
    client = app.flask_app.test_client()
    answers = {client.post("/user/reset", data={"user": name}).status_code for name in (known, "no-such-account")}
    assert answers == {403}


def test_the_one_allowed_style_is_schemings() -> None:
    template = resources.files("ckanext.scheming").joinpath("templates/scheming/form_snippets/multiple_checkbox.html")
    style = re.search(r"<style>(.*?)</style>", template.read_text(), re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" == headers.SCHEMING_STYLE


# What we replace or repeat of CKAN's templates: when one of these changes, look at ours again.
CORE = {
    # security/templates/base.html repeats the block "meta" without the token for readers.
    # pragma: allowlist nextline secret
    "base.html": "5b6cdf6d5397f881bc48ad367a086a1301027487c0a25370eae962cab32c4f5d",
    # Replaced: "Remember me" lies in no block.
    # pragma: allowlist nextline secret
    "user/snippets/login_form.html": "09d7217f109973a62fb18cf09d71041f5148836059d50300c13f60b0aad089a1",
    # security/assets/forms.js does what the inline handlers of these two do.
    # pragma: allowlist nextline secret
    "package/snippets/resource_upload_field.html": "80e36399332bc1a7177eb86df039d9553a5e2b7e08a583f31668be33b8e6b175",
    # pragma: allowlist nextline secret
    "user/snippets/api_token_list.html": "f2c17fd0aa3554fd0d2b390027b008c6c27155773732c490cba7470e53c2268a",
}


@pytest.mark.parametrize("name", CORE)
def test_ckans_template_is_the_one_that_ours_was_written_for(name: str) -> None:
    template = resources.files("ckan").joinpath("templates", name)
    assert hashlib.sha256(template.read_bytes()).hexdigest() == CORE[name]


def test_the_administrators_style_is_allowed_by_its_nonce(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckan.lib.app_globals.app_globals.site_custom_css", "body {color: black}", raising=False)
    answers = [app.flask_app.test_client().get("/about") for _ in range(2)]
    nonces = [re.findall(r'<style nonce="([^"]+)">', answer.get_data(as_text=True)) for answer in answers]
    assert nonces[0] != nonces[1]
    for answer, found in zip(answers, nonces, strict=True):
        assert f"'nonce-{found[0]}'" in answer.headers["Content-Security-Policy"]


def test_the_running_configuration_is_the_safe_one(app: Any) -> None:
    for key, value in SAFE.items():
        current = tk.config[key]
        wanted: Any = {"true": True, "false": False}.get(value, value)
        if isinstance(current, list):
            wanted = value.split()
        assert (type(wanted)(current) if isinstance(wanted, str) else current) == wanted, key
    assert tk.config["SESSION_COOKIE_DOMAIN"] is None


@pytest.mark.parametrize("key", sessions.SECRETS)
@pytest.mark.parametrize("value", ["", "CHANGE_ME", "string:changeme"])
def test_the_portal_does_not_start_on_a_known_key(key: str, value: str) -> None:
    # pragma: allowlist nextline secret
    config = {"ckan.site_url": "http://portal.example", "SECRET_KEY": "kN3v-9sQ_aL1mZ7x-Ty4Rb0", key: value}
    with pytest.raises(CkanConfigurationException, match=key):
        sessions.secure(config)


def test_cookies_are_secure_when_the_portals_address_is() -> None:
    for address, wanted in (("https://portal.example", True), ("http://127.0.0.1:5000", False)):
        config: dict[str, Any] = {
            # pragma: allowlist nextline secret
            "ckan.site_url": address, "SECRET_KEY": "kN3v-9sQ_aL1mZ7x-Ty4Rb0", "SESSION_COOKIE_DOMAIN": "",
        }
        sessions.secure(config)
        assert config["SESSION_COOKIE_SECURE"] is wanted
        assert config["SESSION_COOKIE_DOMAIN"] is None


@pytest.mark.parametrize(("hops", "sent", "wanted"), [
    (0, "203.0.113.9", "127.0.0.1 http None"),
    (1, "203.0.113.9", "203.0.113.9 https None"),
    (1, "6.6.6.6, 203.0.113.9", "203.0.113.9 https None"),
    (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9 https None"),
])
def test_only_as_many_proxies_are_believed_as_there_are(hops: int, sent: str, wanted: str) -> None:
    @Request.application
    def show(request: Request) -> Response:
        return Response(f"{request.remote_addr} {request.scheme} {request.headers.get('X-Forwarded-For')}")

    client = Client(sessions.behind_proxies(show, hops))
    answer = client.get("/", headers={
        "X-Forwarded-For": sent, "X-Forwarded-Proto": ", ".join(["https"] * max(hops, 1)),
    }, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    assert answer.get_data(as_text=True) == wanted
