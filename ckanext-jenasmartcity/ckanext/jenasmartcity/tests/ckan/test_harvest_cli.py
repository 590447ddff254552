"""`harvest try` and `harvest run` as one meets them in a terminal."""

from __future__ import annotations

import json
import re

import ckan.model as model
import pytest
from ckan.lib.redis import connect_to_redis
from click.testing import CliRunner

from ckanext.jenasmartcity.harvest import cli
from ckanext.jenasmartcity.harvest import model as tables

from .conftest import Feeds, act
from .test_harvest import csv_options, snapshot

SUM = re.compile(r"found (\d+) = added (\d+) \+ updated (\d+) \+ unchanged (\d+) \+ rejected (\d+) \+ withdrawn (\d+)")


def call(*arguments: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(cli.harvest, list(arguments))
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


def test_try_prints_one_object_and_writes_nothing(harvested, feeds: Feeds):
    url = feeds.give("/a.csv", "id;zahl;wahr\n1;1,50;WAHR\n2;drei;FALSCH\n")
    before, keys = snapshot(), connect_to_redis().dbsize()
    found = json.loads(call("try", "csv", url, "--options", json.dumps(csv_options()))[0])
    assert set(found) == {"found", "drafts", "items", "tables", "streams", "observations", "rejected"}
    assert found["found"] == 2
    [table] = found["tables"]
    assert [column["id"] for column in table["columns"]] == ["id", "zahl", "wahr"]
    assert table["rows"] == [[1, 1.5, True]]
    [rejected] = found["rejected"]
    assert (rejected["code"], rejected["field"]) == ("not-a-number", "zahl")
    assert "drei" in rejected["message"]
    assert snapshot() == before
    assert connect_to_redis().dbsize() == keys
    assert len(act("jenasmartcity_harvest_source_list")) == len(harvested)


@pytest.mark.parametrize(
    ("path", "answer", "code"),
    [
        ("/404", (404, "text/plain", b""), "http-status"), ("/500", (500, "text/plain", b""), "http-status"),
        ("/html", (200, "text/csv", b"<!doctype html><html></html>"), "html"),
        ("/empty", (200, "text/csv", b""), "empty"),
    ],
)
def test_try_on_a_broken_source_says_so(harvested, feeds: Feeds, path, answer, code):
    feeds.answers[path] = answer
    stdout, stderr = call("try", "csv", feeds.url(path), code=1)
    assert json.loads(stdout)["error"]["code"] == code
    assert json.loads(stdout)["error"]["message"] == stderr.strip()


def test_try_refuses_inner_addresses_and_unknown_connectors(harvested):
    assert json.loads(call("try", "csv", "http://169.254.169.254/x", code=1)[0])["error"]["code"] == "refused-address"
    assert json.loads(call("try", "excel", "http://127.0.0.1/", code=1)[0])["error"]["code"] == "option"
    assert json.loads(call("try", "csv", "http://127.0.0.1/", "--options", "[", code=1)[0])["error"]["code"] == "option"


def test_run_prints_a_sum_for_each_source(harvested):
    lines = call("run")[0].strip().splitlines()
    assert len(lines) == len(harvested)
    for line in lines:
        found, *parts = map(int, SUM.search(line).groups())
        assert found == sum(parts)
    assert len(call("run", "ortsteile")[0].strip().splitlines()) == 1


def test_run_tells_of_a_broken_source_and_does_the_others(harvested, feeds: Feeds, source):
    name = source("kaputt", "csv", feeds.url("/nichts"), options=csv_options())
    stdout, stderr = call("run", code=1)
    assert len(stdout.strip().splitlines()) == len(harvested)
    assert f"{name}: Die Quelle antwortet mit HTTP 404." in stderr
    [row] = tables.sources(name)
    row.active = False
    model.Session.commit()
    call("run")


def test_run_names_the_sources_there_are(harvested):
    assert "ortsteile" in call("run", "gibt-es-nicht", code=1)[1]
