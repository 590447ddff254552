"""No form and no API call of a logged-in user is taken without its CSRF token.

CKAN 2.12.0 forgets that for a view after one anonymous request to it (CVE-2026-41255),
so every test primes the process first.
"""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from ckan import model
from ckan.config.middleware import flask_app
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories

from ckanext.jenasmartcity.security.csrf import RequestCSRFProtect

# pragma: allowlist nextline secret
PASSWORD = "Wissensallmende-2026"
REFUSED = "The form has expired or was not sent from this portal."
VIEWS = [
    "/user/login", "/user/edit/{user}", "/user/reset", "/dataset/new", "/organization/new", "/group/new",
    "/util/redirect", "/user/_logout", "/user/{user}/api-tokens", "/api/3/action/organization_create",
    "/api/3/action/package_search", "/quellen/neu", "/quellen/x/laeufe", "/quellen/x/zugang", "/quellen/x/datei",
]


@pytest.fixture
def user(app: Any) -> dict[str, Any]:
    """A system administrator: no other reason than the token may refuse a request."""
    return factories.Sysadmin(password=PASSWORD)


@pytest.fixture
def token(user: dict[str, Any]) -> str:
    return str(factories.APIToken(user=user["name"])["token"])


def page_token(html: str) -> str:
    """The token of a form, or of a page's head."""
    found = re.search(r'name="_csrf_token" (?:value|content)="([^"]+)"', html)
    assert found, "the page has no CSRF token"
    return found[1]


def log_in(app: Any, user: dict[str, Any], **fields: str) -> Any:
    """A browser in which ``user`` is logged in."""
    client = app.flask_app.test_client()
    form = client.get("/user/login").get_data(as_text=True)
    data = {"login": user["name"], "password": PASSWORD, "_csrf_token": page_token(form), **fields}
    answer = client.post("/user/login", data=data)
    assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
    return client


def prime(app: Any, view: str, **request: Any) -> None:
    """Requests that made CKAN 2.12.0 drop the protection of a view."""
    for _ in range(3):
        app.flask_app.test_client().get(view)
        app.flask_app.test_client().post(view, **request)


def test_our_protection_is_in_place(app: Any) -> None:
    assert isinstance(flask_app.csrf, RequestCSRFProtect)
    assert app.flask_app.extensions["csrf"] is flask_app.csrf


@pytest.mark.parametrize("view", VIEWS)
def test_a_primed_view_refuses_a_logged_in_post_without_token(app: Any, user: dict[str, Any], view: str) -> None:
    view = "/en" + view.format(user=user["name"])
    prime(app, view)
    client = log_in(app, user)
    token = page_token(client.get(f"/user/edit/{user['name']}").get_data(as_text=True))
    for refused in ({"data": {"url": "/"}}, {"data": {"_csrf_token": "wrong"}}, {"json": {"name": "x"}}):
        answer = client.post(view, **refused)
        assert answer.status_code == 400
        assert REFUSED in answer.get_data(as_text=True)
    assert REFUSED not in client.post(view, data={"_csrf_token": token, "url": "/"}).get_data(as_text=True)


def test_a_view_primed_with_an_api_token_stays_protected(app: Any, user: dict[str, Any], token: str) -> None:
    prime(app, "/api/3/action/organization_create", json={}, headers={"Authorization": token})
    prime(app, "/organization/new", headers={"Authorization": token})
    client = log_in(app, user)
    for view in ("/api/3/action/organization_create", "/organization/new"):
        assert client.post(view, json={"name": "forged"}).status_code == 400


@pytest.mark.parametrize("view", ["/user/login", "/user/reset", "/util/redirect", "/dataset/new"])
def test_an_anonymous_form_needs_its_token(app: Any, view: str) -> None:
    prime(app, view)
    answer = app.flask_app.test_client().post(view, data={"login": "a", "password": "b", "url": "/", "user": "a"})
    assert answer.status_code == 400


def test_log_in_without_token_is_refused_with_the_right_password(app: Any, user: dict[str, Any]) -> None:
    prime(app, "/user/login")
    client = app.flask_app.test_client()
    answer = client.post("/user/login", data={"login": user["name"], "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get(f"/user/edit/{user['name']}").status_code != 200


def test_an_api_token_needs_no_csrf_token(app: Any, token: str) -> None:
    answer = app.flask_app.test_client().post(
        "/api/3/action/organization_list_for_user", json={}, headers={"Authorization": token}
    )
    assert answer.status_code == 200


def test_the_anonymous_api_needs_no_csrf_token(app: Any) -> None:
    answer = app.flask_app.test_client().post("/api/3/action/package_search", json={"rows": 0})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("header", ["", "nonsense", "Basic " + base64.b64encode(b"a:b").decode(), "Bearer x.y.z"])
def test_a_session_beside_a_header_that_is_no_token_is_protected(app: Any, user: dict[str, Any], header: str) -> None:
    client = log_in(app, user)
    answer = client.post("/api/3/action/organization_create", json={"name": "x"}, headers={"Authorization": header})
    assert answer.status_code == 400


def test_a_session_of_somebody_who_is_gone_is_nobody(app: Any, user: dict[str, Any]) -> None:
    client = log_in(app, user)
    model.User.get(user["name"]).delete()
    model.Session.commit()
    assert client.post("/organization/new", data={"name": "x"}).status_code == 400


def test_a_log_in_changes_the_session_and_a_log_out_ends_it(app: Any, user: dict[str, Any]) -> None:
    client = app.flask_app.test_client()
    form = client.get("/user/login").get_data(as_text=True)
    before = client.get_cookie("ckan").value
    client.post("/user/login", data={"login": user["name"], "password": PASSWORD, "_csrf_token": page_token(form)})
    cookie = client.get_cookie("ckan").value
    assert cookie != before
    page = client.get(f"/user/edit/{user['name']}")
    assert page.status_code == 200
    client.post("/user/_logout", data={"_csrf_token": page_token(page.get_data(as_text=True))})
    thief = app.flask_app.test_client()
    thief.set_cookie("ckan", cookie)
    assert thief.get(f"/user/edit/{user['name']}").status_code != 200


def test_a_session_lasts_eight_hours_and_the_browser_remembers_nobody(app: Any, user: dict[str, Any]) -> None:
    client = log_in(app, user, remember="63072000")
    cookie = client.get_cookie("ckan")
    assert (cookie.http_only, cookie.same_site, cookie.domain) == (True, "Lax", "localhost")
    assert 8 * 3600 - 60 < connect_to_redis().ttl(f"session:{cookie.value}") <= 8 * 3600
    assert client.get_cookie("remember_token") is None
