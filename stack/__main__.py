"""The house's verbs, after stack/run has laid the ground: portal, stop, clean, test, bench, token, lint."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable

from stack import checks, ckan, database, layout, services, solr, stock
from stack.layout import CODE, ROOT, VAR, Instance
from stack.steps import StepError, step, wait_for

CORES = {"ckan": solr.ckan_schema, "items": solr.items_schema}


def set_up(instance: Instance, databases: tuple[str, ...], cores: dict[str, bytes]) -> None:
    """Everything up to a running portal without its pages."""
    if not solr.jars_are_there():
        with step("Solr from Maven"):
            solr.fetch_jars()
    first = not (instance.home / "ready").exists()
    stay(instance)
    with step("Configuration" if first else "Checking"):
        instance.home.mkdir(parents=True, exist_ok=True)
        changed_ini = ckan.write_ini(
            instance, "ckan.ini", CODE / "config/portal.ini", "ckan", "datastore", ("ckan", "items")
        )
        services.configure(instance)
        changed_cores = solr.configure(instance, cores)
        database.create_cluster(instance)
        ckan.compile_translations()
    was_up = services.is_up(instance)
    with step("Starting PostgreSQL, Redis, Solr"):
        services.start(instance, services.STORES if layout.demo() else services.STORES[:-1])
        wait_for("PostgreSQL", lambda: database.is_up(instance), 60, instance.home / "log/postgres.log")
        wait_for("Solr", lambda: solr.is_up(instance, cores), 90, instance.home / "log/solr.log")
        if was_up and changed_cores:
            solr.reload(instance, cores)
    release = checks.release()
    if first or changed_ini or (instance.home / "ready").read_text() != release:
        (instance.home / "ready").unlink(missing_ok=True)
        with step("Databases"):
            database.create_databases(instance, databases)
            ckan.upgrade(instance, "datastore")
            ckan.translate_scripts(instance)
        with step("Administrator, organisations, groups, sources"):
            ckan.seed(instance)
    if changed_cores and not first:
        with step("Indexing anew, since the analysis changed"):
            ckan.ckan(instance, "jenasmartcity", "reindex")


def stay(instance: Instance) -> None:
    """Refuse to move a running instance, else remember its port."""
    before = layout.remembered_port(instance.name)
    if before not in (None, instance.port) and services.is_up(instance):
        raise StepError(f"The portal already runs on port {before}. Run make stop first, then it can move.")
    instance.home.mkdir(parents=True, exist_ok=True)
    (instance.home / "port").write_text(f"{instance.port}\n")


def open_doors(instance: Instance) -> None:
    """Start the pages, the worker and the tick; wait until the first page answers."""
    with step("Starting the portal"):
        services.start(instance, services.PROCESSES)
        wait_for("The portal", lambda: services.http_ok(f"{instance.url}/health"), 120, instance.home / "log/web.log")


def portal(instance: Instance) -> None:
    """make portal: everything, then the address."""
    print(f"The open data portal of Jena, on port {instance.port}:", file=sys.stderr)
    set_up(instance, ("ckan", "datastore"), {name: make() for name, make in CORES.items()})
    release = checks.release()
    running = instance.home / "code"
    if running.exists() and running.read_text() != release:
        services.restart(instance, services.PROCESSES)
    open_doors(instance)
    running.write_text(release)
    # other code or other samples may make other datasets of them
    harvested = instance.home / "harvested"
    if layout.demo() and (not harvested.exists() or harvested.read_text() != release):
        with step("Harvesting the samples"):
            ckan.ckan(instance, "jenasmartcity", "harvest", "run")
        harvested.write_text(release)
    (instance.home / "ready").write_text(release)
    (VAR / "ready").touch()
    print(f"\nThe portal is at {os.environ.get('SITE_URL', instance.url)}", flush=True)
    secrets = f"{ROOT}/var/{instance.name}/secrets.json"
    print(f"Administrator: {ckan.ADMIN}; the password is \"admin\" in {secrets}.", file=sys.stderr)


def bench(instance: Instance) -> None:
    """make bench: ours and stock CKAN on the same services, measured one after the other."""
    from benchmarks import run

    print(f"Benchmarks, on port {instance.port}:", file=sys.stderr)
    stock.install()
    release = checks.release(checks.MEASURED)
    ready, clean = instance.home / "ready", instance.home / "clean"
    if not clean.exists() or clean.read_text() != release:
        # figures of two states of the code are compared only where both began alike
        services.stop(instance)
        for folder in ("postgres", "solr"):
            shutil.rmtree(instance.home / folder, ignore_errors=True)
        ready.unlink(missing_ok=True)
        clean.unlink(missing_ok=True)
    set_up(instance, ("ckan", "datastore", *stock.DATABASES), {
        **{name: make() for name, make in CORES.items()}, **stock.cores(),
    })
    if not clean.exists():
        with step("Stock CKAN's tables"):
            stock.write_ini(instance)
            stock.create_tables(instance)
        with step("Clean portals to begin with"):
            run.prepare(instance)
        ready.write_text(checks.release())
        clean.write_text(release)
    try:
        run.run(instance)
    finally:
        if os.environ.get("KEEP", "0") == "0":
            services.stop(instance)


def stop() -> None:
    """make stop: every process of every instance."""
    for instance in (layout.portal(), layout.test(), layout.bench()):
        if services.is_left(instance):
            with step(f"Stopping {instance.name}"):
                services.stop(instance)


def clean() -> None:
    """make clean: stop, and remove var/."""
    stop()
    link = ROOT / "var"
    target = VAR
    if link.is_symlink():
        link.unlink()
    shutil.rmtree(target)


def token() -> None:
    """make token: an API token of the administrator and nothing else."""
    instance = layout.portal()
    if not services.is_up(instance):
        raise StepError("The portal is not running. Run: make portal")
    print(ckan.token(instance))


def verbs() -> dict[str, Callable[[], None]]:
    """Every verb of the Makefile."""
    return {
        "portal": lambda: portal(layout.portal()),
        "stop": stop,
        "clean": clean,
        "token": token,
        "lint": checks.lint,
        "bench": lambda: bench(layout.bench()),
        "test": lambda: checks.run_tests(layout.test(), portal),
    }


def main() -> int:
    """Run one verb; a failure is one message and exit code 1."""
    verb = sys.argv[1]
    try:
        verbs()[verb]()
    except (StepError, layout.SettingError) as failure:
        print(f"make {verb}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
