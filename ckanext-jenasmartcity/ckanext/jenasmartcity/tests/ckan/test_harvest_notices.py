"""Who looks after a source is told of it: once, by mail and by feed, and nobody else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

import ckan.lib.mailer as mailer
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from lxml import etree

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest import tick
from ckanext.jenasmartcity.harvest.notices import notices, occasions
from ckanext.jenasmartcity.tests.mailbox import Mailbox, certificate, mailbox

from .conftest import Feeds, act, run
from .test_harvest import csv_options

ATOM = {"a": "http://www.w3.org/2005/Atom"}
MINUTE = dt.timedelta(minutes=1)
# name -> (organisation, role, address): who gets mail, and who does not
PEOPLE = {
    "redakteurin": ("stadt-jena", "editor"), "leiterin": ("stadt-jena", "admin"), "mitglied": ("stadt-jena", "member"),
    "fremde": ("beispieldaten", "editor"), "gegangen": ("stadt-jena", "editor"),
}

# sources of these tests
OWN = ("kaputt", "haelt", "stumm")


@pytest.fixture(autouse=True)
def people(harvested: Any) -> None:
    """Users of every role; one of them is deleted."""
    if model.User.get("redakteurin") is None:
        for name, (organization, role) in PEOPLE.items():
            # pragma: allowlist nextline secret
            act("user_create", name=name, fullname=name.title(), email=f"{name}@example.org", password="langes-Wort-12")
            act("organization_member_create", id=organization, username=name, role=role)
        act("user_delete", id="gegangen")
    for row in tables.sources():
        row.modified, row.active = dt.datetime.now(dt.UTC), row.name not in OWN
    model.Session.execute(sa.text("DELETE FROM jenasmartcity_harvest_notice"))
    model.Session.commit()
    notices._say_once.cache_clear()


def settings(monkeypatch: pytest.MonkeyPatch, config: Any, box: Mailbox, **more: Any) -> None:
    given = {"smtp.server": f"localhost:{box.port}", "smtp.mail_from": "portal@example.org", **more}
    for name, value in given.items():
        monkeypatch.setitem(config, name, value)


@pytest.fixture
def box(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that the portal knows."""
    with mailbox() as found:
        settings(monkeypatch, ckan_config, found)
        yield found


@pytest.fixture
def failing(feeds: Feeds, source) -> str:
    """A source that has failed twice."""
    secret = f"{feeds.url('/weg.csv')}?token=GEHEIM"
    name = source("kaputt", "csv", secret, options=csv_options()) if not tables.sources("kaputt") else "kaputt"
    [row] = tables.sources(name)
    row.active, row.url = True, secret
    model.Session.commit()
    for _ in range(2):
        assert run(name).error is not None
    return name


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """What the log says of notices; migrations in this process have silenced it."""
    monkeypatch.setattr(notices.log, "disabled", False)
    caplog.set_level(logging.WARNING)
    return caplog


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def stored() -> list[tuple[str, bool]]:
    """Kind and whether it is over, of every notice in the order of their making."""
    model.Session.expire_all()
    found = model.Session.scalars(sa.select(tables.HarvestNotice).order_by(tables.HarvestNotice.id))
    return [(one.kind, one.ended_at is not None) for one in found]


def test_two_failures_are_told_once_to_those_who_look_after_the_source(failing: str, box: Mailbox):
    for minute in range(3):
        notices.follow(now() + minute * MINUTE)
    assert sorted(address for recipients, _ in box.mails for address in recipients) == [
        "leiterin@example.org", "redakteurin@example.org",
    ]
    assert stored() == [("failing", False)]
    [text, _] = box.texts()
    assert "Die Quelle antwortet mit HTTP 404." in text
    assert "The source answers with HTTP 404." in text
    assert text.index("Ursache") < text.index("Cause")
    assert f"{tk.config['ckan.site_url']}/quellen/{failing}" in text
    assert "GEHEIM" not in text
    assert box.mails[0][1].get_content_type() == "text/plain"
    run(failing)
    notices.follow(now() + MINUTE)
    assert len(box.mails) == 2


def test_one_failure_or_a_paused_source_is_no_occasion(failing: str, box: Mailbox, feeds: Feeds):
    [row] = tables.sources(failing)
    row.active = False
    model.Session.commit()
    notices.follow(now())
    row.active, row.url = True, feeds.give("/da.csv", "id;zahl\n1;1\n")
    model.Session.commit()
    assert run(failing).error is None
    row.url = feeds.url("/weg.csv")
    model.Session.commit()
    assert run(failing).error is not None
    notices.follow(now())
    assert box.mails == []
    assert stored() == []


def test_one_dataset_that_was_harvested_alone_says_nothing_of_its_source(failing: str, box: Mailbox):
    [row] = tables.sources(failing)
    model.Session.add(tables.HarvestRun(source_id=row.id, state="done", only="x", finished=now()))
    model.Session.commit()
    notices.follow(now())
    assert stored() == [("failing", False)]


def test_a_notice_ends_with_its_occasion_and_the_next_one_is_new(failing: str, box: Mailbox, feeds: Feeds):
    notices.follow(now())
    [row] = tables.sources(failing)
    address, row.url = row.url, feeds.give("/da.csv", "id;zahl\n1;1\n")
    model.Session.commit()
    assert run(failing).error is None
    notices.follow(now())
    assert stored() == [("failing", True)]
    row.url = address
    model.Session.commit()
    for _ in range(2):
        run(failing)
        notices.follow(now())
    assert stored() == [("failing", True), ("failing", False)]
    assert len(box.mails) == 4


def test_what_is_held_is_told_once_and_what_goes_beyond_a_decision_is_told_again(feeds: Feeds, source, box: Mailbox):
    lines = "".join(f"{number};{number}\n" for number in range(100))
    name = source("haelt", "csv", feeds.give("/h.csv", "id;zahl\n" + lines), options=csv_options())
    run(name)
    feeds.give("/h.csv", "id;zahl\n1;1\n2;2\n")
    for _ in range(3):
        run(name)
        notices.follow(now())
    assert stored() == [("held", False)]
    assert len(box.mails) == 2
    assert "Tabelle »werte«: 2 statt 100 Zeilen" in box.texts()[0]
    [row] = tables.sources(name)
    act("jenasmartcity_harvest_run_decide", id=tables.runs(row.id, 1)[0].id, accept=False)
    for _ in range(2):
        run(name)
        notices.follow(now())
    # nobody is told again of what was refused, but of what goes beyond it
    assert (stored(), len(box.mails)) == ([("held", True)], 2)
    feeds.give("/h.csv", "id;zahl\n1;1\n")
    run(name)
    notices.follow(now())
    assert stored() == [("held", True), ("held", False)]
    act("jenasmartcity_harvest_run_decide", id=tables.runs(row.id, 1)[0].id, accept=True)
    notices.follow(now())
    assert stored() == [("held", True), ("held", True)]
    assert len(box.mails) == 4


def test_three_intervals_without_success_are_told(feeds: Feeds, source, box: Mailbox):
    url = feeds.give("/u.csv", "id;zahl\n1;1\n")
    name = source("stumm", "csv", url, options=csv_options(), schedule="0 * * * *")
    [row] = tables.sources(name)
    row.modified = now()
    model.Session.commit()
    run(name)
    notices.follow(now() + 150 * MINUTE)
    assert stored() == []
    notices.follow(now() + 300 * MINUTE)
    assert stored() == [("overdue", False)]
    assert "obwohl 3 geplant waren" in box.texts()[0]
    row.active = False
    model.Session.commit()
    notices.follow(now() + 301 * MINUTE)
    assert stored() == [("overdue", True)]


def test_two_ticks_make_one_notice_and_one_mail(failing: str, box: Mailbox):
    moment = now()
    [row] = tables.sources(failing)
    number = row.id
    tables.notice.begin(number, "failing", None, moment)
    tables.notice.begin(number, "failing", None, moment)
    model.Session.commit()
    [one] = tables.notice.open_notices()
    other = dataclasses.make_dataclass("Other", [("id", int), ("attempts", int), ("tried_at", Any, None),
                                                 ("sent_at", Any, None), ("ended_at", Any, None)])(one.id, 0)
    assert tables.notice.claim(one, moment)
    # what the other tick had read before
    assert not tables.notice.claim(other, moment)
    notices.follow(moment)
    assert box.mails == []


def test_mail_that_fails_is_tried_again_but_not_for_ever_and_tick_goes_on(failing: str, box: Mailbox, said):
    box.refuse = {"leiterin@example.org", "redakteurin@example.org"}
    moment = now()
    tick.work(moment, {})
    assert (stored(), box.mails) == ([("failing", False)], [])
    notices.follow(moment + MINUTE)
    box.refuse = {"leiterin@example.org"}
    notices.follow(moment + 6 * MINUTE)
    assert [recipients for recipients, _ in box.mails] == [["redakteurin@example.org"]]
    for hour in range(1, 24):
        notices.follow(moment + hour * 60 * MINUTE)
    # whoever has it does not get it again
    assert len(box.mails) == 1
    [one] = tables.notice.open_notices()
    assert (one.attempts, one.sent_at) == (occasions.ATTEMPTS, None)
    assert sum("given up" in record.message for record in said.records) == 1


def test_a_server_that_is_away_stops_nothing(failing: str, ckan_config, monkeypatch):
    with mailbox() as gone:
        settings(monkeypatch, ckan_config, gone)
    tick.work(now(), {})
    assert stored() == [("failing", False)]


def test_a_portal_without_mail_says_so_once(failing: str, said):
    for minute in range(3):
        notices.follow(now() + minute * MINUTE)
    assert stored() == [("failing", False)]
    assert sum("sends no mail" in record.message for record in said.records) == 1


@pytest.mark.usefixtures("with_request_context")
def test_all_of_ckans_mail_goes_through_the_checked_line(ckan_config, monkeypatch, tmp_path):
    localhost = certificate(tmp_path, "localhost")
    with mailbox(localhost) as safe:
        settings(monkeypatch, ckan_config, safe, **{"smtp.starttls": True})
        user = model.User.get("redakteurin")
        with pytest.raises(mailer.MailerException, match="CERTIFICATE_VERIFY_FAILED"):
            mailer.send_reset_link(user)
        assert safe.mails == []
        monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.security.mail_ca_file", str(localhost[0]))
        mailer.send_reset_link(model.User.get("redakteurin"))
        assert safe.encrypted == [True]


def test_ckans_own_mailer_still_has_the_hole(ckan_config, monkeypatch, tmp_path):
    """When this fails, CKAN checks certificates itself, and security/smtp.py may go."""
    with mailbox(certificate(tmp_path, "wer.auch.immer")) as anybody:
        settings(monkeypatch, ckan_config, anybody, **{"smtp.starttls": True})
        mailer._mail_recipient("Ute", "ute@example.org", "Portal", "https://p.example", "Betreff", "Text")
        assert anybody.encrypted == [True]


def test_nobody_is_told_that_a_mail_left_where_none_can(ckan_config):
    with pytest.raises(mailer.MailerException, match=r"smtp\.mail_from"):
        tk.mail_recipient("Ute", "ute@example.org", "Betreff", "Text")


def entries(page: Any) -> list[str]:
    root = etree.fromstring(page.data)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    return [one.text for one in root.findall("a:entry/a:title", ATOM)]


def link(user: str) -> str:
    url = act("jenasmartcity_harvest_notice_link", user=user)["url"]
    return url.removeprefix(tk.config["ckan.site_url"])


@pytest.mark.parametrize(("user", "sees"), [
    ("redakteurin", True), ("leiterin", True), ("mitglied", False), ("fremde", False), ("admin", True),
])
def test_each_sees_the_notices_of_their_own_organisations(failing: str, app, user, sees):
    notices.follow(now())
    if user == "admin" and model.User.get(user) is None:
        user = tk.config["ckan.site_id"]
    made = tk.get_action("api_token_create")({"ignore_auth": True, "user": user}, {"user": user, "name": "feed"})
    token = {"Authorization": made["token"]}
    shown = [app.get(link(user)), app.get("/quellen/meldungen.atom", headers=token)]
    for page in shown:
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("application/atom+xml")
        assert "no-store" in page.headers["Cache-Control"]
        assert "Set-Cookie" not in page.headers
        assert len(entries(page)) == (1 if sees else 0)
        assert "GEHEIM" not in page.text
    listed = act("jenasmartcity_harvest_notice_list", user=user)
    assert listed["count"] == len(listed["results"]) == (1 if sees else 0)


def test_an_entry_keeps_its_id_when_its_occasion_ends(failing: str, app):
    notices.follow(now())
    before = etree.fromstring(app.get(link("redakteurin")).data)
    tables.sources(failing)[0].active = False
    model.Session.commit()
    notices.follow(now() + MINUTE)
    after = etree.fromstring(app.get(link("redakteurin")).data)
    assert before.findtext("a:entry/a:id", namespaces=ATOM) == after.findtext("a:entry/a:id", namespaces=ATOM)
    assert before.findtext("a:entry/a:updated", namespaces=ATOM) < after.findtext("a:entry/a:updated", namespaces=ATOM)
    assert after.findtext("a:entry/a:title", namespaces=ATOM).endswith("(erledigt)")


def test_strangers_and_forged_or_old_links_get_nothing(failing: str, app):
    notices.follow(now())
    good = link("leiterin")
    other = link("redakteurin")
    forged = good.rpartition(".")[0] + "." + other.rpartition(".")[2]
    for path in ("/quellen/meldungen.atom", "/quellen/meldungen.atom?schluessel=", good[:-2], forged,
                 "/quellen/meldungen.atom?schluessel=abc.def"):
        page = app.get(path, status=403)
        assert "kaputt" not in page.text
    with pytest.raises(tk.NotAuthorized):
        act("jenasmartcity_harvest_notice_list", user="")
    with pytest.raises(tk.NotAuthorized):
        act("jenasmartcity_harvest_notice_link", user="")
    assert app.get(good).status_code == 200
    # pragma: allowlist nextline secret
    act("user_update", id="leiterin", name="leiterin", email="leiterin@example.org", password="ein-anderes-Wort-3")
    app.get(good, status=403)
    gone = link("mitglied")
    act("user_delete", id="mitglied")
    app.get(gone, status=403)
    user = model.User.get("mitglied")
    user.state = "active"
    model.Session.commit()
