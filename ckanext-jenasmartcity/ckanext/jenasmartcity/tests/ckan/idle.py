"""A worker that has imported everything and is idle; each line names a source that a child of it harvests.

``python -m ckanext.jenasmartcity.tests.ckan.idle INI``: as RQ does it, each harvest has a
process of its own.  Answers one line of JSON for each: {before, after (peak of the child's
memory in kB), error, found, rejected} or {died: exit code}.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
import traceback
from pathlib import Path
from typing import Any

import ckan.model as model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckanext.datastore.backend import postgres

from ckanext.jenasmartcity.harvest import engine
from ckanext.jenasmartcity.harvest import model as tables

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def peak() -> int:
    """The most memory that this process has had at once, in kB."""
    [size] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(size)


def harvested(name: str) -> dict[str, Any]:
    """What a harvest of the source took and found; in a process of its own."""
    before = peak()
    [source] = tables.sources(name)
    outcome = engine.run(source, NOW)
    return {
        "before": before, "after": peak(), "error": outcome.error.code if outcome.error else None,
        "found": outcome.counts.found, "rejected": outcome.counts.rejected,
    }


def child(name: str) -> str:
    """The answer of a child that harvests the source."""
    here, there = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(there, json.dumps(harvested(name)).encode())
            os._exit(0)
        except Exception:  # noqa: BLE001 - whatever it is, the child must end here
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(there)
    with os.fdopen(here, "rb") as answer:
        said = answer.read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return said if code == 0 else json.dumps({"died": code})


def say(line: str) -> None:
    """Answer with a line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until there is nothing more to read."""
    make_app(load_config(sys.argv[1]))
    model.ensure_engine().dispose()
    for each in postgres._engines.values():
        each.dispose()
    say("ready")
    for line in sys.stdin:
        say(child(line.strip()))


if __name__ == "__main__":
    main()
