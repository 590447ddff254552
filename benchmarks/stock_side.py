"""Stock's half of a harvest benchmark, run in stock's own environment.

    python -m benchmarks.stock_side INI prepare URL      organisation and harvest source
    python -m benchmarks.stock_side INI harvest          one harvest; prints what it took

The harvest goes the way it goes in production, through ckanext-harvest's own queue
callbacks and Redis, with one gather and one fetch consumer in one process: jobs are
fetched only after they are gathered, so two processes would take turns as well.
``ckan harvester run-test`` is not used: it reads each dataset back once more.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.lib import search

SOURCE = "benchmark"


def _context() -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"model": model, "session": model.Session, "user": user["name"], "ignore_auth": True}


def prepare(url: str) -> dict[str, Any]:
    """An organisation and a source for the dcat_json harvester."""
    tk.get_action("organization_create")(_context(), {"name": SOURCE, "title": "Benchmark"})
    source = tk.get_action("harvest_source_create")(_context(), {
        "name": SOURCE, "title": "Benchmark", "url": url, "source_type": "dcat_json", "owner_org": SOURCE,
        "frequency": "MANUAL",
    })
    return {"source": source["id"]}


def _adapt() -> None:
    """The one change without which dcat_ap_full refuses every dataset of the JSON harvester.

    It hands over the language as an extra, and the schema has a field of that name.
    """
    from ckanext.dcat.harvesters import DCATJSONHarvester

    def languages(_self: Any, package: dict[str, Any], dcat: dict[str, Any], _object: Any) -> dict[str, Any]:
        package["extras"] = [extra for extra in package["extras"] if extra["key"] != "language"]
        package["language"] = dcat.get("language", [])
        return package

    DCATJSONHarvester.modify_package_dict = languages


def _consume(consumer: Any, callback: Any) -> None:
    while True:
        method, header, body = consumer.basic_get(queue=None)
        if body is None:
            return
        callback(consumer, method, header, body)


def harvest() -> dict[str, Any]:
    """One harvest of the source, from the job's making to its end."""
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestJob, HarvestObject

    _adapt()
    source = model.Package.get(SOURCE).id
    started = time.perf_counter()
    job = tk.get_action("harvest_job_create")(_context(), {"source_id": source, "run": True})
    _consume(queue.get_gather_consumer(), queue.gather_callback)
    gathered = time.perf_counter()
    _consume(queue.get_fetch_consumer(), queue.fetch_callback)
    tk.get_action("harvest_jobs_run")(_context(), {"source_id": source})
    seconds = time.perf_counter() - started
    model.Session.remove()
    counts: dict[str, int] = {}
    for status, in model.Session.query(HarvestObject.report_status).filter_by(harvest_job_id=job["id"]):
        counts[status] = counts.get(status, 0) + 1
    state = HarvestJob.get(job["id"]).status
    # ckanext-harvest 1.6.3 stores the source in the index in a form that CKAN 2.12 cannot
    # read back (KeyError 'source_type'); indexing it anew lets the next job begin
    search.rebuild(package_id=source)
    return {"seconds": seconds, "gather": gathered - started, "counts": counts, "state": state}


def main() -> None:
    """Run one verb within CKAN's application and print its answer as the last line."""
    path, verb, *rest = sys.argv[1:]
    app = make_app(CKANConfigLoader(path).get_config())
    with app._wsgi_app.test_request_context():
        answer = prepare(*rest) if verb == "prepare" else harvest()
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
