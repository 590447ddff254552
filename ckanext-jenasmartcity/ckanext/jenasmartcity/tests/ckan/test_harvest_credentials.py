"""Secrets of sources: used for their own server, found nowhere but where they are encrypted."""

from __future__ import annotations

import base64
import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckan.lib.search.common import make_connection
from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.jenasmartcity.connectors.base import Document, Request, SourceError
from ckanext.jenasmartcity.harvest import credentials, fetch
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.model.credential import HarvestCredential
from ckanext.jenasmartcity.items import index
from ckanext.jenasmartcity.security.client import GuardedClient

from .conftest import Feeds, act, run
from .test_harvest_actions import make

# pragma: allowlist nextline secret
MARKER = "Marke-7f3a91c5-nirgends"
KEYS = "ckanext.jenasmartcity.harvest.credential_keys"
CSV = "id;zahl\n1;1\n"


def source_id(name: str) -> int:
    return tables.sources(name)[0].id


def forms() -> list[str]:
    """The marker as it might be written down somewhere."""
    raw = MARKER.encode()
    pair = base64.b64encode(b"steward:" + raw).decode()
    return [MARKER, raw.hex(), base64.b64encode(raw).decode().rstrip("="), pair.rstrip("=")]


def everything_stored() -> dict[str, str]:
    """All text of both databases, both cores and Redis, by where it stands."""
    found: dict[str, str] = {}
    for title, engine in (("ckan", model.ensure_engine()), ("datastore", get_write_engine())):
        with engine.connect() as connection:
            names = sa.inspect(connection).get_table_names()
            for name in names:
                rows = connection.scalars(sa.text(f'SELECT t::text FROM "{name}" t'))  # noqa: S608
                found[f"{title}.{name}"] = "\n".join(str(row) for row in rows)
    for title, core in (("solr.ckan", make_connection()), ("solr.items", index.core())):
        found[title] = json.dumps(core.search("*:*", rows=10_000, fl="*").docs, default=str)
    redis = connect_to_redis()
    kept = [redis.dump(key) or b"" for key in redis.scan_iter()]
    found["redis"] = b"\n".join(kept).decode("latin-1")
    return found


def test_a_secret_is_found_nowhere_but_in_its_encrypted_field(harvested, feeds: Feeds, every_log):
    url, said = feeds.give("/geheim.csv", CSV), []
    # pragma: allowlist nextline secret
    pair = {"username": "steward", "password": MARKER}
    said.append(make("geheim", url, credentials=pair))
    said.append(act("jenasmartcity_harvest_source_try", name="geheim"))
    run("geheim")
    for broken in ((500, "text/html", b"no"), (200, "text/html", b"<html>login")):
        feeds.answers["/geheim.csv"] = broken
        said.append(act("jenasmartcity_harvest_source_try", name="geheim"))
        run("geheim")
    feeds.give("/geheim.csv", CSV)
    said.append(act("jenasmartcity_harvest_source_run", name="geheim"))
    said.append(act("jenasmartcity_harvest_source_update", name="geheim", title="Neu", credentials={"token": MARKER}))
    for bad in ({"token": f"{MARKER}\n"}, {"username": MARKER}, {"header": MARKER + "\n", "value": MARKER}):
        with pytest.raises(tk.ValidationError) as caught:
            act("jenasmartcity_harvest_source_update", name="geheim", credentials=bad)
        said.append(caught.value.error_dict)
    said.append(act("jenasmartcity_harvest_source_list"))
    said.append(act("jenasmartcity_harvest_source_show", name="geheim"))
    said.append(act("jenasmartcity_harvest_run_list", source="geheim"))
    said += [act("jenasmartcity_harvest_run_show", id=one["id"]) for one in said[-1]["results"]]
    said.append(act("jenasmartcity_harvest_record_list", source="geheim"))
    assert said[-1]["count"] == 1
    assert "ckanext.jenasmartcity" in every_log.text
    texts = {**everything_stored(), "answers": json.dumps(said, default=str), "logs": every_log.text}
    assert len(texts["ckan.jenasmartcity_harvest_credential"]) > 100
    for place, text in texts.items():
        for form in forms():
            assert form.lower() not in text.lower(), place
    # and it is there all the same
    assert credentials.headers(source_id("geheim")) == {"Authorization": f"Bearer {MARKER}"}
    assert act("jenasmartcity_harvest_source_show", name="geheim")["credentials"] == ["token"]


@pytest.mark.parametrize(("given", "header", "value"), [
    # pragma: allowlist nextline secret
    ({"username": "ich", "password": "p:ä"}, "Authorization", "Basic " + base64.b64encode("ich:p:ä".encode()).decode()),
    ({"token": "abc"}, "Authorization", "Bearer abc"),
    ({"header": "X-Api-Key", "value": "abc def"}, "X-Api-Key", "abc def"),
])
def test_each_kind_of_secret_reaches_its_own_server(harvested, feeds: Feeds, given, header, value):
    name = f"art-{len(given)}-{header.lower()}-{len(value)}"
    url = feeds.give("/art.csv", CSV)
    make(name, url, credentials=given)
    assert act("jenasmartcity_harvest_source_try", name=name)["error"] is None
    assert feeds.received[-1][header] == value
    assert credentials.headers(source_id(name)) == {header: value}


def test_a_secret_goes_to_no_other_server(harvested, feeds: Feeds, ckan_config, monkeypatch):
    other = Feeds()
    allowed = ckan_config["ckanext.jenasmartcity.security.allow"]
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.security.allow", [*allowed, f"127.0.0.1:{other.port}"])
    make("treu", feeds.give("/treu.csv", CSV), credentials={"token": "abc"})
    elsewhere = other.give("/treu.csv", CSV)
    # neither tried nor stored may another address lead it away
    assert act("jenasmartcity_harvest_source_try", name="treu", url=elsewhere)["error"] is None
    assert "Authorization" not in other.received[-1]
    assert secrets_sent(monkeypatch, "treu", elsewhere) == [
        (feeds.url("/treu.csv"), {"Authorization": "Bearer abc"}), (elsewhere, None),
    ]
    moved = act("jenasmartcity_harvest_source_update", name="treu", url=feeds.url("/anders.csv"))
    assert moved["credentials"] == ["token"]
    moved = act("jenasmartcity_harvest_source_update", name="treu", url=elsewhere)
    assert moved["credentials"] == []
    given = act("jenasmartcity_harvest_source_update", name="treu", url=feeds.url("/treu.csv"),
                credentials={"token": "neu"})
    assert given["credentials"] == ["token"]
    other.server.shutdown()
    other.server.server_close()


def secrets_sent(monkeypatch: pytest.MonkeyPatch, name: str, second: str) -> list[tuple[str, Any]]:
    """The addresses that are asked, with the secrets, where options name a second one."""
    asked = []

    class Client(GuardedClient):
        def fetch(self, request: Request, _etag: Any, _modified: Any, secret_headers: Any) -> Document:
            asked.append((request.url, secret_headers))
            return Document(request.url, CSV.encode())

    tables_ = [{"name": "eins", "key": ["id"]}, {"name": "zwei", "key": ["id"], "url": second}]
    with monkeypatch.context() as patch:
        patch.setattr(fetch, "GuardedClient", Client)
        act("jenasmartcity_harvest_source_try", name=name, options={"tables": tables_})
    return asked


def test_secrets_are_laid_over_each_other(harvested, feeds: Feeds):
    # pragma: allowlist nextline secret
    make("lagen", feeds.give("/lagen.csv", CSV), credentials={"username": "ich", "password": "alt"})

    def change(**given: str) -> list[str]:
        return act("jenasmartcity_harvest_source_update", name="lagen", credentials=given)["credentials"]

    # pragma: allowlist nextline secret
    assert change(password="neu") == ["password", "username"]
    expected = base64.b64encode(b"ich:neu").decode()
    assert credentials.headers(source_id("lagen")) == {"Authorization": f"Basic {expected}"}
    assert change(token="abc") == ["token"]
    assert change() == ["token"]
    with pytest.raises(tk.ValidationError):
        change(username="ich")
    assert change(token="") == []
    assert credentials.headers(source_id("lagen")) == {}


@pytest.mark.parametrize("bad", [
    {"secret": "x"}, {"header": "Host", "value": "x"}, {"header": "X Y", "value": "x"},
    {"header": "X-Key", "value": "a\r\nX-Other: b"}, {"token": "a\nb"}, {"token": "a" * 5000}, {"header": "X-Key"},
    # pragma: allowlist nextline secret
    {"username": "a:b", "password": "c"}, {"username": "a"}, {"password": "c"}, "abc", {"token": 1},
])
def test_secrets_that_no_request_can_carry_are_refused(harvested, feeds: Feeds, bad):
    with pytest.raises(tk.ValidationError) as caught:
        make("unbrauchbar", feeds.give("/u.csv", CSV), credentials=bad)
    assert list(caught.value.error_dict) == ["credentials"]
    assert tables.sources("unbrauchbar") == []


def test_keys_are_changed_one_after_the_other(harvested, feeds: Feeds, ckan_config, monkeypatch):
    old = ckan_config[KEYS]
    make("schluessel", feeds.give("/k.csv", CSV), credentials={"token": "abc"})
    number = source_id("schluessel")
    monkeypatch.setitem(ckan_config, KEYS, ["n" * 40, *old])
    assert credentials.headers(number) == {"Authorization": "Bearer abc"}
    act("jenasmartcity_harvest_source_update", name="schluessel", credentials={"token": "def"})
    monkeypatch.setitem(ckan_config, KEYS, ["n" * 40])
    assert credentials.headers(number) == {"Authorization": "Bearer def"}
    for lost in (old, [], ["short"]):
        monkeypatch.setitem(ckan_config, KEYS, lost)
        with pytest.raises(SourceError) as caught:
            credentials.headers(number)
        assert caught.value.code == "credentials"
        assert act("jenasmartcity_harvest_source_try", name="schluessel")["error"]["code"] == "credentials"
    monkeypatch.setitem(ckan_config, KEYS, [])
    with pytest.raises(tk.ValidationError):
        act("jenasmartcity_harvest_source_update", name="schluessel", credentials={"token": "x"})


def test_a_source_takes_its_secrets_with_it(harvested, feeds: Feeds):
    make("geht", feeds.give("/geht.csv", CSV), credentials={"token": "abc"})
    number = source_id("geht")
    act("jenasmartcity_harvest_source_delete", name="geht")
    assert model.Session.get(HarvestCredential, (number, "token")) is None
