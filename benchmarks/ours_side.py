"""Our half of a harvest benchmark: the portal's own engine in a fresh process, one worker.

    python -m benchmarks.ours_side INI prepare URL       a source for the data-json connector
    python -m benchmarks.ours_side INI harvest URL       one run; prints what it took
    python -m benchmarks.ours_side INI tick URL          the portal's tick process

``engine.run`` is what `bin/ckan jenasmartcity harvest run` and a worker call; it ends when
the index is up to date.  As in the portal, tick runs beside it and begins to index while
the run still writes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import subprocess
import sys
import time
import uuid
from typing import Any

from ckan import model
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.lib import search

from ckanext.jenasmartcity.harvest import engine, sources, tick
from ckanext.jenasmartcity.harvest.model import HarvestSource, last_beat
from ckanext.jenasmartcity.harvest.model import sources as stored

SOURCE = "benchmark"


def prepare(url: str) -> dict[str, Any]:
    """A source, never due, whose datasets need nothing of its row but the organisation."""
    wanted = sources.spec({
        "name": SOURCE, "connector": "data-json", "url": url, "organization": "beispieldaten",
        "title": {"de": "Katalog (erzeugt)", "en": "Catalogue (generated)"},
        "defaults": {"sample": True},
    }, SOURCE)
    row = HarvestSource(uid=str(uuid.uuid4()), active=False)
    for name in sources.FIELDS:
        setattr(row, name, getattr(wanted, name))
    model.Session.add(row)
    model.Session.commit()
    return {"source": row.uid}


def harvest(url: str) -> dict[str, Any]:
    """One run of the source at that address."""
    (source,) = stored(SOURCE)
    if source.url != url:
        source.url = url
        model.Session.commit()
    tick_process = _tick(url)
    try:
        return _measured(source)
    finally:
        tick_process.terminate()
        tick_process.wait()


def _tick(url: str) -> subprocess.Popen[bytes]:
    """The portal's tick process, once it is at work."""
    begun = dt.datetime.now(dt.UTC)
    made = subprocess.Popen([sys.executable, "-m", "benchmarks.ours_side", sys.argv[1], "tick", url],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while (seen := last_beat()) is None or seen < begun:
        model.Session.rollback()
        if made.poll() is not None:
            sys.exit("tick has ended")
        time.sleep(0.2)
    model.Session.rollback()
    return made


def _measured(source: HarvestSource) -> dict[str, Any]:
    moments: list[tuple[float, int]] = []
    commits = _listen()
    started = time.perf_counter()
    outcome = engine.run(
        source, dt.datetime.now(dt.UTC), progress=lambda done, of: moments.append((time.perf_counter(), done)),
    )
    seconds = time.perf_counter() - started
    if outcome.error is not None or outcome.busy:
        sys.exit(outcome.error.message("en") if outcome.error else "another run of the source is not over")
    return {
        "seconds": seconds, "counts": dataclasses.asdict(outcome.counts), "not_modified": outcome.not_modified,
        "moments": [(moment - started, done) for moment, done in moments],
        "commits": [moment - started for moment in commits],
    }


def _listen() -> list[float]:
    """The moments at which the index is committed, as they come."""
    moments: list[float] = []
    commit = search.commit

    def noting() -> None:
        commit()
        moments.append(time.perf_counter())

    search.commit = noting
    return moments


def main() -> None:
    """Run one verb within CKAN's application and print its answer as the last line."""
    path, verb, url = sys.argv[1:]
    app = make_app(CKANConfigLoader(path).get_config())
    with app._wsgi_app.test_request_context():
        if verb == "tick":
            tick.loop(1)
            return
        answer = prepare(url) if verb == "prepare" else harvest(url)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
