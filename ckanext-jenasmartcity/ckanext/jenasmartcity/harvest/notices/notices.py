"""Tells those who look after a source that something is wrong: once per occasion.

Which occasions there are says occasions.py; a notice is open as long as its occasion
lasts.  Nothing that goes wrong with mail ends a round of tick.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import time
from collections.abc import Mapping

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.mailer import MailerException

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.harvest.model import HarvestNotice, HarvestRun, HarvestSource
from ckanext.jenasmartcity.harvest.model import notice as stored
from ckanext.jenasmartcity.harvest.notices import texts
from ckanext.jenasmartcity.harvest.notices.occasions import ATTEMPTS, occasions

log = logging.getLogger(__name__)

# Seconds that a round of tick may wait for mail servers.
PATIENCE = 30.0


def follow(now: dt.datetime) -> None:
    """Open notices for new occasions, end those that are over, send what is due; commits."""
    wanted = {
        (standing.source_id, kind): run_id
        for standing in stored.standings() for kind, run_id in occasions(standing, now).items()
    }
    known = {(one.source_id, one.kind): one for one in stored.open_notices()}
    decided = stored.decided() if known else set()
    for key, one in known.items():
        # what is held after a decision is another occasion
        if key not in wanted or one.id in decided:
            one.ended_at = now
            log.info("Notice %s on source %s (%s) is over", one.id, one.source_id, one.kind)
    model.Session.flush()
    for (source_id, kind), run_id in wanted.items():
        if (source_id, kind) not in known or known[source_id, kind].ended_at is not None:
            stored.begin(source_id, kind, run_id, now)
            log.warning("Source %s needs somebody to look at it: %s", source_id, kind)
    model.Session.commit()
    if wanted:
        _send_all(now)


def _send_all(now: dt.datetime) -> None:
    end = time.monotonic() + PATIENCE
    waiting = [one for one in stored.open_notices() if one.sent_at is None]
    if waiting and not config.harvest().sends_mail:
        _say_once()
    elif waiting:
        for one in waiting:
            if time.monotonic() < end and stored.claim(one, now):
                _send(one, now, end)
    model.Session.rollback()


@functools.cache
def _say_once() -> None:
    log.warning("There are notices on sources, but this portal sends no mail (smtp.server, smtp.mail_from)")


def _send(one: HarvestNotice, now: dt.datetime, end: float) -> None:
    """Send a notice that this process has claimed to all who do not have it yet."""
    source = model.Session.get(HarvestSource, one.source_id)
    if source is None:
        return
    failed = 0
    organization = model.Group.get(source.organization)
    title = organization.title if organization is not None else source.organization
    said = texts.say(about(one, source))
    recipients = stored.recipients(source.organization)
    if not recipients:
        log.warning("Notice %s on source %s: nobody of %s can be told", one.id, source.name, source.organization)
    for recipient in recipients:
        if recipient.user_id in one.told:
            continue
        if time.monotonic() >= end:
            failed += 1
            continue
        subject, text = texts.mail(said, recipient.name, title or "", address(source.name))
        try:
            tk.mail_recipient(recipient.name, recipient.email, f"[{config.harvest().site_title}] {subject}", text)
        except (MailerException, OSError) as error:
            failed += 1
            log.warning("Notice %s could not be sent to user %s: %s", one.id, recipient.user_id, error)
            continue
        one.told = [*one.told, recipient.user_id]
        model.Session.commit()
    if not failed:
        one.sent_at = now
    elif one.attempts >= ATTEMPTS:
        log.error("Notice %s on source %s is given up after %s attempts", one.id, source.name, one.attempts)
    model.Session.commit()


def address(name: str) -> str:
    """The page of a source."""
    return f"{config.harvest().site_url.rstrip('/')}/quellen/{name}"


def about(one: HarvestNotice, source: HarvestSource, run: HarvestRun | None = None) -> texts.About:
    """What a notice says, from the rows that it points to.  run: the notice's, where it was read already."""
    if run is None and one.run_id is not None:
        run = model.Session.get(HarvestRun, one.run_id)
    values: Mapping[str, str] = run.error_values if run is not None else {}
    complete = run if one.kind == "overdue" else None
    return texts.About(
        one.kind, source.title or {"de": source.name},
        (run.error_code, values) if run is not None and run.error_code else None,
        run.held if run is not None else None, complete.finished if complete is not None else None,
    )
