"""Who may write for a source: a lease with a fencing number, renewed while a run works.

One clock decides, PostgreSQL's.  Whoever takes a source over raises the fence in both
databases; from then on every commit of the run before it fails with LeaseLostError,
however long that process slept.  Decision 6 says why.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy import event

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.harvest import faults, ledger
from ckanext.jenasmartcity.harvest.holding import Lease, LeaseLostError, current, label

log = logging.getLogger(__name__)

# Milliseconds that a take-over waits for a commit under way.
_PATIENCE = "2000"
_TAKE = sa.text("""
    INSERT INTO jenasmartcity_harvest_lease AS t (source_id, fence, holder, lease_until)
    VALUES (:source, CAST(:floor AS bigint) + 1, :holder, clock_timestamp() + make_interval(secs => :seconds))
    ON CONFLICT (source_id) DO UPDATE SET fence = greatest(t.fence, CAST(:floor AS bigint)) + 1,
        holder = excluded.holder, lease_until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE t.lease_until <= clock_timestamp()
    RETURNING fence
""")
_RENEW = sa.text("""
    UPDATE jenasmartcity_harvest_lease SET lease_until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE source_id = :source AND fence = :fence
""")
_CHECK = sa.text("SELECT fence FROM jenasmartcity_harvest_lease WHERE source_id = :source AND fence = :fence FOR SHARE")
_EXPIRED = sa.text(
    "SELECT fence FROM jenasmartcity_harvest_lease WHERE source_id = :source AND lease_until <= clock_timestamp()"
)
_LIVE = sa.text("SELECT EXISTS (SELECT FROM jenasmartcity_harvest_lease WHERE lease_until > clock_timestamp())")
# A process that was stopped in the middle of a transaction still has its locks.
_END = sa.text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = current_user AND pid <> pg_backend_pid() AND CASE
        WHEN starts_with(application_name, :label)
        THEN CAST(substr(application_name, length(:label) + 1) AS bigint) < :fence ELSE false END
""")


def take(source_id: int, uid: str) -> Lease | None:
    """Lease a source that nobody has, or whose holder was not heard of in time; else None."""
    _listen()
    values = {
        "source": source_id, "holder": f"{os.uname().nodename}:{os.getpid()}", "floor": ledger.fence(uid),
        "seconds": config.harvest().lease_seconds,
    }
    try:
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.text(f"SET LOCAL lock_timeout = {_PATIENCE}"))
            number = connection.scalar(_TAKE, values)
    except sa.exc.OperationalError as error:
        log.warning("Source %s is being written: %s", source_id, error.orig)
        _end_hanging(source_id, uid)
        return None
    if number is None:
        return None
    lease = Lease(source_id, uid, number)
    with model.ensure_engine().begin() as connection:
        connection.execute(_END, {"label": label(uid), "fence": number})
    ledger.raise_fence(uid, number)
    return lease


def _end_hanging(source_id: int, uid: str) -> None:
    # a commit that lasts; where its lease is over as well, the process behind it hangs
    with model.ensure_engine().begin() as connection:
        expired = connection.scalar(_EXPIRED, {"source": source_id})
        if expired is not None:
            connection.execute(_END, {"label": label(uid), "fence": expired + 1})


def renew(lease: Lease, seconds: float) -> bool:
    """Hold the lease for ``seconds`` from now; False where somebody else has taken it."""
    with model.ensure_engine().begin() as connection:
        values = {"source": lease.source_id, "fence": lease.fence, "seconds": seconds}
        return bool(connection.execute(_RENEW, values).rowcount == 1)


@contextmanager
def nobody() -> Iterator[bool]:
    """Whether no source is being written; while the block works, none can be taken either."""
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(f"SET LOCAL lock_timeout = {_PATIENCE}"))
        try:
            connection.execute(sa.text("LOCK TABLE jenasmartcity_harvest_lease IN SHARE MODE"))
            free = not connection.scalar(_LIVE)
        except sa.exc.OperationalError as error:
            log.info("Some source is being written: %s", error.orig)
            free = False
        yield free


@contextmanager
def held(source_id: int, uid: str) -> Iterator[Lease | None]:
    """The lease on a source while the block works, or None where another has it.

    Each commit of this thread in the block, in either database, checks the fence and
    raises LeaseLostError where the source was taken over; what it would have committed
    is rolled back.
    """
    lease = take(source_id, uid)
    if lease is None:
        yield None
        return
    stop = threading.Event()
    beat = threading.Thread(target=_keep, args=(lease, stop, config.harvest().lease_seconds), daemon=True)
    beat.start()
    token = current.set(lease)
    try:
        yield lease
    finally:
        current.reset(token)
        stop.set()
        beat.join()
        renew(lease, 0)


def _keep(lease: Lease, stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds / 3):
        try:
            if not renew(lease, seconds):
                log.warning("Source %s was taken over; this run cannot write any more", lease.source_id)
                return
        except sa.exc.DBAPIError as error:
            log.warning("The lease on source %s was not renewed, trying again: %s", lease.source_id, error)


def _listen() -> None:
    if not event.contains(model.Session, "before_commit", _before_commit):
        event.listen(model.Session, "before_commit", _before_commit)
        event.listen(model.Session, "after_begin", _after_begin)
    ledger.listen()


def _after_begin(_session: Any, _transaction: Any, connection: Any) -> None:
    lease = current.get()
    if lease is not None:
        connection.execute(sa.text("SELECT set_config('application_name', :label, true)"), {"label": lease.label})


def _before_commit(session: Any) -> None:
    lease = current.get()
    if lease is None or session.get_nested_transaction() is not None:
        return
    session.flush()
    # the row stays locked until the commit, so nobody takes the source over in between
    if session.execute(_CHECK, {"source": lease.source_id, "fence": lease.fence}).first() is None:
        raise LeaseLostError(lease.source_id, lease.fence)
    faults.reach("commit")
