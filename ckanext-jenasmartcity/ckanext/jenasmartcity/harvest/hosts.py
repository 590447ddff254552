"""Which servers are left alone for a while, known to all processes.

A server that says ``Retry-After`` is not asked before; one that failed five times in a
row is not asked for ten minutes, and then once.  Works on a connection of its own: what
was learned of a server stays, however the run ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import sleep
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.jenasmartcity.connectors.base import SourceError
from ckanext.jenasmartcity.harvest.holding import current

# Failures in a row after which a server is left alone, and for how long.
FAILURES = 5
REST = dt.timedelta(minutes=10)
# No server may keep its data from us for longer by one answer.
LONGEST = dt.timedelta(days=1)
_BERLIN = ZoneInfo("Europe/Berlin")
_BUSY = ("429", "503")
_FAILED = sa.text("""
    INSERT INTO jenasmartcity_harvest_host AS t (host, failures, rest_until) VALUES (:host, 1, :until)
    ON CONFLICT (host) DO UPDATE SET failures = t.failures + 1, rest_until = greatest(t.rest_until, :until,
        CASE WHEN t.failures + 1 >= :failures THEN clock_timestamp() + :rest END)
""")
_WORKED = sa.text(
    "UPDATE jenasmartcity_harvest_host SET failures = 0, rest_until = NULL WHERE host = :host AND failures > 0"
)
_RESTS = sa.text(
    "SELECT rest_until FROM jenasmartcity_harvest_host WHERE host = :host AND rest_until > clock_timestamp()"
)


# Seconds between two requests to a server.
PAUSE = 1.0
_LOCK = sa.text("SELECT pg_advisory_lock(hashtextextended('harvest host ' || :host, 0))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtextextended('harvest host ' || :host, 0))")
_REST = sa.text("""
    SELECT EXTRACT(EPOCH FROM next_at - clock_timestamp()) FROM jenasmartcity_harvest_host WHERE host = :host
""")
_NEXT = sa.text("""
    INSERT INTO jenasmartcity_harvest_host (host, failures, next_at)
    VALUES (:host, 0, clock_timestamp() + make_interval(secs => :pause))
    ON CONFLICT (host) DO UPDATE SET next_at = excluded.next_at
""")


class HarvestHost(tk.BaseModel):
    """A server that failed, and until when it is left alone."""

    __tablename__ = "jenasmartcity_harvest_host"

    host: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    failures: Mapped[int] = mapped_column(sa.Integer, default=0)
    rest_until: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    next_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))


def name(url: str) -> str:
    """Host and port, without user and password."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def check(url: str) -> None:
    """Raises SourceError "resting" while the server of the address is left alone."""
    with model.ensure_engine().connect() as connection:
        until = connection.scalar(_RESTS, {"host": name(url)})
    if until is not None:
        raise SourceError("resting", url, host=name(url), until=f"{until.astimezone(_BERLIN):%d.%m.%Y %H:%M:%S}")


@contextmanager
def turn(url: str, pause: float = PAUSE) -> Iterator[None]:
    """Wait until this server may be asked: one connection to it at a time, and ``pause``
    seconds from one request to the next, whichever process asks.

    The lock belongs to a connection of the database, so that a process that dies lets go.
    """
    values = {"host": name(url), "pause": pause}
    with model.ensure_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(_LOCK, values)
        try:
            rest = float(connection.scalar(_REST, values) or 0)
            if rest > 0:
                sleep(min(rest, pause))
            connection.execute(_NEXT, values)
            yield
        finally:
            connection.execute(_UNLOCK, values)


def worked(url: str) -> None:
    """The server has answered as it should."""
    _learn(_WORKED, {"host": name(url)})


def failed(url: str, error: SourceError, now: dt.datetime) -> None:
    """The server has failed; an address that is wrong says nothing about it."""
    status = error.values.get("status", "")
    if error.code not in ("unreachable", "too-slow") and not status.startswith("5") and status != "429":
        return
    wait = asked_to_wait(error, now)
    _learn(_FAILED, {
        "host": name(url), "until": now + wait if wait is not None else None, "failures": FAILURES, "rest": REST,
    })


def asked_to_wait(error: SourceError, now: dt.datetime) -> dt.timedelta | None:
    """How long the server wants to be left alone, at most a day; None where it does not say.

    Retry-After as in RFC 9110, 10.2.3: seconds or a date.
    """
    said = error.values.get("retry_after", "")
    if error.values.get("status") not in _BUSY or not said:
        return None
    if said.isascii() and said.isdigit():
        return min(dt.timedelta(seconds=min(int(said[:10]), 10**6)), LONGEST)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(dt.timedelta(), min(moment - now, LONGEST))


def _learn(statement: sa.TextClause, values: dict[str, object]) -> None:
    # a dry run writes nothing
    if current.get() is not None:
        with model.ensure_engine().begin() as connection:
            connection.execute(statement, values)
