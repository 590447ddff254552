"""The steps of `make`: what they keep and what they must not keep."""

from __future__ import annotations

import datetime as dt
import http.client
import sys
import threading
import types
from functools import partial

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from stack import __main__ as make
from stack import ckan, layout, samples, services, steps


@pytest.fixture
def log(tmp_path, monkeypatch):
    file = tmp_path / "setup.log"
    monkeypatch.setattr(steps, "LOG", file)
    monkeypatch.setattr(steps, "VAR", tmp_path)
    return file


def test_what_a_command_says_is_kept_unless_it_is_a_secret(log):
    assert steps.run([sys.executable, "-c", "print('done')"]) == "done\n"
    assert "done\n" in log.read_text()
    assert steps.run([sys.executable, "-c", "print('ge' + 'heim')"], secret=True) == "geheim\n"
    assert "geheim" not in log.read_text()


def test_a_token_is_a_secret(monkeypatch):
    asked = {}

    def run(command, **more):
        asked.update(more)
        return "token\n"

    monkeypatch.setattr(ckan, "run", run)
    monkeypatch.setattr(layout.Instance, "secrets", {"admin": "x"})
    assert ckan.token(layout.Instance("portal", 5000)) == "token"
    assert asked["secret"] is True


@pytest.mark.parametrize("port", ["abc", "80", "99999", "-1", "5000.5", "²"])
def test_a_port_that_is_none_is_told_in_one_sentence(port, monkeypatch, capsys):
    monkeypatch.setenv("PORT", port)
    monkeypatch.setattr("sys.argv", ["stack", "portal"])
    assert make.main() == 1
    assert capsys.readouterr().err == f"make portal: PORT={port} is no port. Choose one from 1024 to 65525.\n"


def test_a_running_portal_keeps_its_port(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "VAR", tmp_path)
    monkeypatch.delenv("PORT", raising=False)
    assert layout.portal().port == 5000
    monkeypatch.setenv("PORT", "6000")
    make.stay(layout.portal())
    monkeypatch.delenv("PORT")
    assert layout.portal().port == 6000
    monkeypatch.setenv("PORT", "7000")
    monkeypatch.setattr(services, "is_up", lambda instance: True)
    with pytest.raises(steps.StepError, match="already runs on port 6000"):
        make.stay(layout.portal())
    assert layout.remembered_port("portal") == 6000


def _ask(server, path, **headers):
    connection = http.client.HTTPConnection(*server.server_address)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def test_the_sample_server_says_what_is_new_unless_it_is_told_to_be_silent(tmp_path):
    (tmp_path / "feed.json").write_text("[]")
    with samples.ThreadingHTTPServer(("127.0.0.1", 0), partial(samples.Feed, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        status, body, headers = _ask(server, "/feed.json")
        assert (status, body) == (200, b"[]")
        assert headers["Last-Modified"]
        known = {"If-None-Match": headers["ETag"]}
        assert _ask(server, "/feed.json", **known)[0] == 304
        status, body, headers = _ask(server, "/feed.json?validators=off", **known)
        assert (status, body) == (200, b"[]")
        assert not {"ETag", "Last-Modified"} & set(headers)
        server.shutdown()
        thread.join()


def test_the_access_log_keeps_no_query():
    config = Config()
    config.set("access_log_format", services.ACCESS_LOG)
    config.set("accesslog", "-")
    response = types.SimpleNamespace(status="200 OK", sent=1, headers=[])
    request = types.SimpleNamespace(headers=[("REFERER", "http://p.example/?key=GEHEIM")])
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/quellen/meldungen.atom", "QUERY_STRING": "schluessel=GEHEIM",
        "RAW_URI": "/quellen/meldungen.atom?schluessel=GEHEIM", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "::1",
        "HTTP_REFERER": "http://p.example/?key=GEHEIM",
    }
    logger = Logger(config)
    atoms = logger.atoms_wrapper_class(logger.atoms(response, request, environ, dt.timedelta(seconds=1)))
    line = config.access_log_format % atoms
    assert "/quellen/meldungen.atom" in line
    assert "GEHEIM" not in line
