"""Harvests in processes of their own, and the deaths they and their services can die."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import random
import signal
import subprocess
import time
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckan.lib.redis as redis
import ckan.model as model
import ckan.plugins.toolkit as tk
import pysolr
import pytest
import sqlalchemy as sa
from ckan.lib import jobs, search
from ckanext.datastore.backend import postgres

from ckanext.jenasmartcity.harvest import engine, faults, lease, tick
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.items import index

log = logging.getLogger(__name__)

Fault = tuple[str, int]
AWAY = (*tables.DatabaseAwayErrors, pysolr.SolrError, search.SearchError, search.SearchIndexError)
KILLED, DONE, FAILED, BUSY = -9, 0, 1, 3


def let_go() -> None:
    """Close what a child must not share with this process."""
    with contextlib.suppress(*tables.DatabaseAwayErrors):
        model.Session.remove()
    model.ensure_engine().dispose()
    for engine_ in postgres._engines.values():
        engine_.dispose()
    redis._connection_pool = None


def fork(work: Callable[[], int]) -> int:
    """A process that does the work and ends with its answer, or 1; its id."""
    let_go()
    pid = os.fork()
    if pid:
        return pid
    code = FAILED
    try:
        code = work()
    except AWAY as error:
        log.warning("A process could not go on: %s", error)
    except Exception:  # noqa: BLE001 - whatever it is, the child must end here
        traceback.print_exc()
    finally:
        os._exit(code)


def spawn(name: str, now: dt.datetime, fault: Fault | None = None) -> int:
    """A process that harvests the source; its exit code says DONE, BUSY or FAILED."""
    def work() -> int:
        if fault is not None:
            faults.arm(*fault)
        [source] = tables.sources(name)
        outcome = engine.run(source, now)
        return BUSY if outcome.busy else FAILED if outcome.error else DONE

    return fork(work)


def code_of(pid: int, seconds: float = 120) -> int:
    """How a child ended; one that hangs is killed and the test fails."""
    if not _ends(pid, seconds):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise AssertionError("a harvest hangs")
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _ends(pid: int, seconds: float) -> bool:
    """Whether the child ends in this time; it can still be waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        time.sleep(0.005)
    return False


def attempt(name: str, now: dt.datetime, fault: Fault | None = None, after: float | None = None,
            victim: Callable[[int], None] | None = None) -> int:
    """One harvest that may die, begun as soon as the source is free again; its exit code.

    fault: it dies there by itself.  after: so many seconds after its begin the victim is
    killed, by default the process itself; a harvest that is done by then lives.
    """
    for _ in range(100):
        expire(name)
        pid = spawn(name, now, fault)
        if after is not None and not _ends(pid, after):
            (victim or _the_process)(pid)
        code = code_of(pid)
        if code != BUSY:
            return code
        # a commit of the dead was still under way
        until(answers)
    raise AssertionError("the source stays busy")


def expire(name: str) -> None:
    """What time does to the lease of a process that is no more; nobody needs to wait for it."""
    query = "UPDATE jenasmartcity_harvest_lease SET lease_until = now() - interval '1 second' WHERE source_id = :id"
    [source] = tables.sources(name)
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(query), {"id": source.id})
    model.Session.remove()


def _the_process(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


class Services:
    """The tests' own PostgreSQL and Solr, which their supervisor starts again."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.home = dice, Path(tk.config["__file__"]).parent
        self.hits: list[str] = []

    def postmaster(self, _pid: int) -> None:
        """``kill -9`` of PostgreSQL's first process."""
        first = (self.home / "postgres" / "postmaster.pid").read_text().split()[0]
        self._kill("postmaster", int(first))

    def backend(self, _pid: int) -> None:
        """``kill -9`` of one that serves; PostgreSQL then ends all others and recovers."""
        query = sa.text(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            " AND datname IN (:ckan, :datastore) ORDER BY application_name LIKE 'harvest %' DESC, state = 'active' DESC"
        )
        names = {"ckan": model.ensure_engine().url.database, "datastore": postgres.get_write_engine().url.database}
        with model.ensure_engine().connect() as connection:
            found = list(connection.scalars(query, names))
        if found:
            self._kill("backend", self.dice.choice(found[:2]))

    def solr(self, _pid: int) -> None:
        """``kill -9`` of the index."""
        supervisor = int((self.home / "supervisor.pid").read_text())
        mark = f"-Dsolr.solr.home={self.home}/solr".encode()
        # the kernel's list of children may lack one while another ends
        [pid] = until(lambda: [one for one in children(supervisor) if mark in _command(one)])
        self._kill("solr", int(pid))

    def _kill(self, name: str, pid: int) -> None:
        # one that has ended by itself meanwhile was not hit
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.hits.append(name)

    def with_solr(self, pid: int) -> None:
        """First the index and soon the harvest, which does not need it for long."""
        self.solr(pid)
        time.sleep(self.dice.uniform(0, 0.5))
        os.kill(pid, signal.SIGKILL)


def answers() -> bool:
    """Whether PostgreSQL and Solr can be worked with, by this process as well."""
    let_go()
    try:
        for each in (model.ensure_engine(), postgres.get_write_engine()):
            with each.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        for core in (search.make_connection(), index.core()):
            core.search("*:*", rows=0)
    except (*AWAY, OSError):
        return False
    return True


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def horse(name: str, now: dt.datetime, victim: str, after: float) -> bool:
    """A real worker of the queue harvests, and it or its horse is killed after so many seconds of work.

    Returns whether the horse was still at work then.  Afterwards none of them is left.
    """
    run_id = _waiting(name)
    worker = fork(lambda: _worker(now))
    tick.wake(run_id)
    try:
        [pid] = until(lambda: horses(worker))
        until(lambda: state_of(run_id) != "waiting")
        time.sleep(after)
        working = alive(pid) and state_of(run_id) == "running"
        # a horse that has done its work is not there any more
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid if victim == "horse" else worker, signal.SIGKILL)
        # where its parent died the kernel has to kill it: nobody else does
        until(lambda: not alive(pid), 5)
        return working
    finally:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        jobs.get_queue().empty()


def horses(worker: int) -> list[int]:
    """The work horse of a worker: RQ gives it a process group of its own."""
    return [one for one in children(worker) if os.getpgid(one) == one]


def _waiting(name: str) -> int:
    """A run that waits; one that died is taken up as tick does it."""
    [source] = tables.sources(name)
    source_id, uid = source.id, source.uid

    def free() -> bool:
        expire(name)
        with lease.held(source_id, uid) as mine:
            return mine is not None

    until(free)
    tick._recover(dt.datetime.now(dt.UTC))
    model.Session.expire_all()
    latest = tables.runs(source_id, 1)
    if latest and latest[0].state == "waiting":
        return int(latest[0].id)
    planned = tables.HarvestRun(source_id=source_id, state="waiting")
    model.Session.add(planned)
    model.Session.commit()
    return int(planned.id)


def state_of(run_id: int) -> str:
    """The state of a run as another process has left it."""
    model.Session.rollback()
    model.Session.expire_all()
    found = tables.by_id(run_id)
    return found.state if found else ""


def _worker(now: dt.datetime) -> int:
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return now

    # the two harvests that are compared begin at the same time
    pytest.MonkeyPatch().setattr(tick, "dt", types.SimpleNamespace(datetime=Clock, UTC=dt.UTC))
    jobs.Worker().work(logging_level="WARNING")
    return DONE


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(what: Callable[[], Any], seconds: float = 30) -> Any:
    """The first answer that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@contextlib.contextmanager
def process(command: list[str], **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is killed in the end."""
    started = subprocess.Popen(command, **more)
    try:
        yield started
    finally:
        started.kill()
        started.wait()
