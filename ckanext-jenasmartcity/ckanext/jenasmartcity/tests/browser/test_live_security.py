"""The running portal with all its workers: CSRF, and what reading leaves behind.

JENA_URL: address of the portal; JENA_ADMIN_PASSWORD: password of its administrator
(JENA_ADMIN, "admin"); JENA_REDIS_URL: its Redis.  JENA_READS: number of anonymous
requests (10000).
"""

from __future__ import annotations

import itertools
import os
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
import requests
import urllib3

THREADS = 8
PRIMED = ["/user/login", "/user/reset", "/dataset/new", "/organization/new", "/group/new", "/util/redirect",
          "/api/3/action/organization_create"]
# Every page has the same frame, which is where sessions come from. The pages of text cost
# the server a quarter of the others, so they are asked ten times as often.
LIGHT = ["/about", "/en/about"]
HEAVY = ["/", "/dataset/", "/organization/", "/group/", "/en/", "/en/dataset/", "/dataset/?q=Jena"]


@pytest.fixture(scope="module")
def base() -> str:
    return os.environ["JENA_URL"].rstrip("/")


def csrf_token(html: str) -> str:
    """The token of a form or of a page's head."""
    found = re.search(r'name="_csrf_token" (?:value|content)="([^"]+)"', html)
    assert found, "no CSRF token in the page"
    return found[1]


def many(base: str, paths: list[str], count: int, method: str = "GET") -> Counter[tuple[str, int, bool]]:
    """Anonymous requests, in turn over ``paths``: how many gave (path, status, a cookie or not).

    Connections are kept, cookies are not: every request is a new reader.
    """
    pool = urllib3.PoolManager(maxsize=THREADS)

    def work(share: int) -> Counter[tuple[str, int, bool]]:
        seen: Counter[tuple[str, int, bool]] = Counter()
        for path in itertools.islice(itertools.cycle(paths), share, share + count // THREADS):
            answer = pool.request(method, base + path, redirect=False, timeout=60, retries=False)
            seen[path, answer.status, "Set-Cookie" in answer.headers] += 1
        return seen

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(work, range(THREADS)), Counter())


def keys() -> set[bytes]:
    """All keys in Redis but the job queue's own, which come and go with the worker."""
    found = redis.Redis.from_url(os.environ["JENA_REDIS_URL"]).scan_iter("*", count=1000)
    return {key for key in found if not key.startswith(b"rq:")}


def log_in(base: str) -> requests.Session:
    """A browser in which the administrator is logged in."""
    browser = requests.Session()
    form = browser.get(f"{base}/user/login", timeout=60)
    data = {"login": os.environ.get("JENA_ADMIN", "admin"), "password": os.environ["JENA_ADMIN_PASSWORD"]}
    answer = browser.post(
        f"{base}/user/login", {**data, "_csrf_token": csrf_token(form.text)}, allow_redirects=False, timeout=60
    )
    assert answer.status_code == 302
    return browser


def test_no_worker_forgets_the_token_after_anonymous_posts(base: str) -> None:
    primed = many(base, PRIMED, 40 * len(PRIMED), "POST")
    assert {status for path, status, _cookie in primed if not path.startswith("/api")} == {400}
    admin = {"login": os.environ.get("JENA_ADMIN", "admin"), "password": os.environ["JENA_ADMIN_PASSWORD"]}
    for _ in range(10):
        answer = requests.post(f"{base}/user/login", admin, allow_redirects=False, timeout=60)
        assert answer.status_code == 400
    browser = log_in(base)
    for path in PRIMED * 10:
        answer = browser.post(base + path, {"name": "forged", "title": "forged"}, allow_redirects=False, timeout=60,
                              headers={"Connection": "close"})
        assert answer.status_code == 400, path
    settings = browser.get(f"{base}/user/edit/{admin['login']}", timeout=60)
    out = browser.post(f"{base}/user/_logout", {"_csrf_token": csrf_token(settings.text)}, allow_redirects=False,
                       timeout=60)
    assert out.status_code == 302


def test_reading_leaves_no_cookie_and_no_key_in_redis(base: str) -> None:
    count = int(os.environ.get("JENA_READS", "10000"))
    names = requests.get(f"{base}/api/3/action/package_list?limit=5", timeout=60).json()["result"]
    paths = [page for heavy in [*HEAVY, *(f"/dataset/{name}" for name in names)] for page in (heavy, *LIGHT * 5)]
    many(base, paths, THREADS * len(paths))  # what a worker does once is not a reader's
    before, began = keys(), time.monotonic()
    seen = many(base, paths, count)
    print(f"{seen.total()} requests, {seen.total() / (time.monotonic() - began):.0f}/s")  # noqa: T201
    assert seen.total() >= count - THREADS
    assert {status for _path, status, _cookie in seen} == {200}
    assert not any(cookie for _path, _status, cookie in seen)
    assert keys() - before == set()
