"""Reading leaves no trace: no cookie in the browser, no key in Redis."""

from __future__ import annotations

from typing import Any

import pytest
from ckan.lib.redis import connect_to_redis

PAGES = [
    "/", "/dataset/", "/dataset/?q=Bahn&tags=x&page=1", "/organization/", "/group/", "/about", "/en/", "/en/dataset/",
    "/de/about", "/feeds/dataset.atom", "/api/3/action/package_search?q=x", "/api/3/action/status_show",
    "/no-such-page", "/dataset/no-such-dataset", "/organization/no-such-organization",
]


def sessions() -> set[bytes]:
    """The sessions in Redis."""
    return set(connect_to_redis().scan_iter("session:*", count=1000))


@pytest.mark.parametrize("page", PAGES)
def test_a_readers_page_creates_no_session(app: Any, page: str) -> None:
    client = app.flask_app.test_client()
    client.get(page)  # what a process does once, such as building assets, is not the reader's
    before, size = sessions(), connect_to_redis().dbsize()
    for headers in ({}, {"Accept-Language": "en"}):
        answer = app.flask_app.test_client().get(page, headers=headers)
        assert answer.status_code in (200, 404)
        assert "Set-Cookie" not in answer.headers
    old = app.flask_app.test_client().get(page, headers={"Cookie": "ckan=an-old-session"})
    assert "Expires=Thu, 01 Jan 1970" in old.headers.get("Set-Cookie", "Expires=Thu, 01 Jan 1970")
    assert sessions() == before
    assert connect_to_redis().dbsize() == size


@pytest.mark.parametrize("page", [page for page in PAGES if "api" not in page and "atom" not in page])
def test_a_readers_page_has_no_token_and_no_form_that_posts(app: Any, page: str) -> None:
    html = app.flask_app.test_client().get(page).get_data(as_text=True).lower()
    assert "csrf" not in html
    assert 'method="post"' not in html


def test_only_the_log_in_form_starts_a_session(app: Any) -> None:
    before = sessions()
    answer = app.flask_app.test_client().get("/user/login")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "Domain" not in answer.headers["Set-Cookie"]
    assert len(sessions() - before) == 1
