"""Files that are sent to a source: kept, planned once, under the same guards as what is fetched."""

from __future__ import annotations

import hashlib
import io
import os
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import redis
from werkzeug.datastructures import FileStorage

from ckanext.jenasmartcity.harvest import drops, tick
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.model import drop as kept
from ckanext.jenasmartcity.harvest.stewards import asking

from .conftest import Feeds, act, run
from .test_harvest_actions import make


def file(content: bytes, name: str = "werte.csv") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name, content_type="text/csv; charset=utf-8")


def send(name: str, content: bytes, filename: str = "werte.csv") -> dict[str, Any]:
    return act("jenasmartcity_harvest_source_drop", name=name, upload=file(content, filename))


def end(number: int, state: str = "done") -> None:
    run_ = tables.by_id(number)
    assert run_ is not None
    run_.state = state
    model.Session.commit()


@pytest.fixture
def sent(harvested: Any, request: pytest.FixtureRequest) -> str:
    """A source that has no address."""
    name = f"abgabe-{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    make(name, "", schedule="")
    return name


def test_a_file_plans_a_run_and_is_read_back_as_it_came(sent):
    content = "id;zahl\n1;ä\n".encode() + os.urandom(3_000_000)
    planned = send(sent, content, r"C:\Büro\werte Mai.csv")
    assert (planned["state"], planned["planned"], planned["file"]) == ("waiting", True, "werte Mai.csv")
    number = tables.by_id(planned["id"]).drop_id
    model.Session.expire_all()
    document = drops.document(number)
    assert document.content == content
    assert (document.media_type, document.url) == ("text/csv", "drop:werte Mai.csv")
    with pytest.raises(LookupError):
        drops.document(10**9)


def test_the_same_file_twice_is_one_run(sent):
    first, second = send(sent, b"id\n1\n"), send(sent, b"id\n1\n", "anders.csv")
    assert (second["id"], second["planned"]) == (first["id"], False)
    end(first["id"])
    assert send(sent, b"id\n1\n")["id"] == first["id"]
    # another one in between makes it news again
    other = send(sent, b"id\n2\n")
    end(other["id"])
    assert send(sent, b"id\n1\n")["planned"] is True


def test_a_file_whose_run_failed_is_taken_again(sent):
    first = send(sent, b"id\n1\n")
    end(first["id"], "failed")
    second = send(sent, b"id\n1\n")
    assert (second["planned"], second["id"] == first["id"]) == (True, False)
    assert tables.by_id(second["id"]).drop_id == tables.by_id(first["id"]).drop_id


def test_the_newest_file_takes_the_place_of_one_that_waits_but_not_of_one_under_way(sent):
    first, second = send(sent, b"id\n1\n"), send(sent, b"id\n2\n")
    assert second["id"] == first["id"]
    assert drops.document(tables.by_id(first["id"]).drop_id).content == b"id\n2\n"
    end(first["id"], "running")
    third = send(sent, b"id\n3\n")
    assert third["id"] != first["id"]
    assert drops.document(tables.by_id(first["id"]).drop_id).content == b"id\n2\n"


def test_the_last_five_files_of_a_source_are_kept(sent):
    numbers = []
    for number in range(8):
        planned = send(sent, f"id\n{number}\n".encode())
        numbers.append(tables.by_id(planned["id"]).drop_id)
        end(planned["id"], "running" if number == 0 else "done")
    assert [one for one in numbers if one in kept.filenames(numbers)] == [numbers[0], *numbers[3:]]


@pytest.mark.parametrize("case", ["empty", "too large", "none", "text"])
def test_what_is_no_file_is_refused_with_what_to_do(sent, monkeypatch, case):
    monkeypatch.setattr(drops, "LARGEST", 1000)
    upload = {"empty": file(b""), "too large": file(b"x" * 1001), "none": None, "text": "werte.csv"}[case]
    for action in ("jenasmartcity_harvest_source_drop", "jenasmartcity_harvest_source_try"):
        with pytest.raises(tk.ValidationError) as caught:
            act(action, name=sent, upload=upload)
        assert list(caught.value.error_dict) == ["upload"]
    [row] = tables.sources(sent)
    assert (tables.runs(row.id), kept.latest(row.id)) == ([], None)


def test_a_source_without_address_runs_its_last_file(sent):
    with pytest.raises(tk.ValidationError) as caught:
        act("jenasmartcity_harvest_source_run", name=sent)
    assert "name" in caught.value.error_dict
    first = send(sent, b"id\n1\n")
    end(first["id"])
    again = act("jenasmartcity_harvest_source_run", name=sent)
    assert (again["file"], again["id"] != first["id"]) == ("werte.csv", True)


def test_a_file_is_tried_before_it_is_sent(harvested, feeds: Feeds, sent):
    tried = act("jenasmartcity_harvest_source_try", name=sent, upload=file(b"id;zahl\n1;2\nx;3\n"))
    assert (tried["error"], tried["found"], [one["title"] for one in tried["new"]]) == (None, 2, ["Bäume"])
    assert [one["code"] for one in tried["rejected"]] == ["not-a-number"]
    make("auch-adresse", feeds.give("/aa.csv", "id;zahl\n1;1\n"))
    run("auch-adresse")
    tried = act("jenasmartcity_harvest_source_try", name="auch-adresse", upload=file(b"id;zahl\n1;2\n"))
    assert tried["changed"][0]["tables"][0]["updated"] == 1
    assert feeds.asked.count("/aa.csv") == 1
    html = act("jenasmartcity_harvest_source_try", name=sent, upload=file(b"<!doctype html><html></html>"))
    assert html["error"]["code"] == "html"


def test_a_token_is_shown_once_and_ends_with_the_next(sent):
    assert act("jenasmartcity_harvest_source_show", name=sent)["token"] is False
    token = act("jenasmartcity_harvest_source_token_create", name=sent)["token"]
    assert len(token) >= 40
    [row] = tables.sources(sent)
    assert drops.allows(row, token)
    assert token not in repr(act("jenasmartcity_harvest_source_show", name=sent))
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    for wrong in ("", "x", token[:-1], token + "x", row.token_hash, "\udcff"):
        assert not drops.allows(row, wrong)
    assert not drops.allows(None, token)
    assert not drops.allows(None, "")
    new = act("jenasmartcity_harvest_source_token_create", name=sent)["token"]
    assert (drops.allows(row, token), drops.allows(row, new)) == (False, True)
    act("jenasmartcity_harvest_source_token_delete", name=sent)
    assert not drops.allows(row, new)
    assert act("jenasmartcity_harvest_source_show", name=sent)["token"] is False


def test_a_run_is_planned_while_redis_is_away(harvested, sent, monkeypatch, every_log):
    def away(_number: int) -> None:
        raise redis.ConnectionError("no answer")

    monkeypatch.setattr(tick, "wake", away)
    assert send(sent, b"id\n1\n")["state"] == "waiting"
    assert asking.log.name in {one.name for one in every_log.records}


def test_names_of_files_carry_no_folders(harvested):
    for given, expected in ((r"..\..\x.csv", "x.csv"), ("../../etc/passwd", "passwd"), ("a\x00\nb.csv", "ab.csv"),
                            ("x" * 300, "x" * 200), ("/", "datei")):
        assert drops.Upload(io.BytesIO(), given).name == expected
