"""make test and make lint: what is run, in which order, on which instance."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from stack import ckan, database, services, solr
from stack.layout import CODE, ROOT, VAR, Instance
from stack.steps import StepError, step, wait_for

PACKAGE = CODE / "ckanext-jenasmartcity/ckanext/jenasmartcity"
# from the checkout itself, beside which shared/ may lie
TESTS = ROOT / "ckanext-jenasmartcity/ckanext/jenasmartcity/tests"
PYTHON = VAR / "venv/bin/python"
BASELINE = "--baseline .secrets.baseline"
PURE = ("-p", "no:ckan", "-p", "no:ckan_fixtures")


RUNNING = (PACKAGE, CODE / "config", CODE / "stack", CODE / "samples")
MEASURED = (*RUNNING, CODE / "benchmarks")


def release(folders: tuple[Path, ...] = RUNNING) -> str:
    """A fingerprint of the code and the configuration that run."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not {"tests", "__pycache__"} & set(path.parts) and path.suffix != ".mo":
                digest.update(str(path.relative_to(CODE)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _run(name: str, command: list[str | Path], env: dict[str, str] | None = None) -> bool:
    print(f"\n== {name}", flush=True)
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **(env or {})}, check=False)
    return done.returncode == 0


def lint() -> None:
    """ruff, types and secrets; StepError when one of them complains."""
    bin_ = VAR / "venv/bin"
    passed = [
        _run("ruff", [bin_ / "ruff", "check", "."]),
        _run("types", [bin_ / "mypy", "--config-file", "pyproject.toml"]),
        _run("secrets", ["bash", "-c", f"git ls-files -z | xargs -0 {bin_}/detect-secrets-hook {BASELINE}"]),
    ]
    if not all(passed):
        raise StepError("the checks above failed.")


def _test_databases(instance: Instance, cores: dict[str, bytes]) -> None:
    """A second pair of databases and cores in the test instance, for tests that empty them."""
    changed = solr.configure(instance, cores)
    database.create_databases(instance, ("ckan_test", "datastore_test"))
    ckan.write_ini(instance, "test.ini", CODE / "test.ini", "ckan_test", "datastore_test", ("ckan_test", "items_test"))
    if changed or not solr.is_up(instance, cores):
        services.restart(instance, ("solr",))
    wait_for("Solr", lambda: solr.is_up(instance, cores), 90, instance.home / "log/solr.log")
    ckan.upgrade(instance, "datastore_test", ini="test.ini")


def prepare_tests(instance: Instance, portal: Callable[[Instance], None]) -> None:
    """A whole portal on the tests' ports, and the databases for the CKAN tests."""
    portal(instance)
    cores = {"ckan_test": solr.ckan_schema(), "items_test": solr.items_schema()}
    with step("Databases of the tests"):
        _test_databases(instance, cores)


def _environment(instance: Instance) -> dict[str, str]:
    """What the tests are told of the running portal."""
    return {
        "JENA_URL": instance.url, "JENA_REDIS_URL": instance.redis_url, "JENA_INI": str(instance.ini),
        "JENA_ADMIN_PASSWORD": instance.secrets["admin"], "JENA_SAMPLES_URL": instance.samples_url,
        "JENA_FEEDS_PORT": str(instance.feeds_port), "JENA_INSTANCE": instance.name,
        "JENA_READS": os.environ.get("JENA_READS", "10000"),
    }


def run_tests(instance: Instance, portal: Callable[[Instance], None]) -> None:
    """Unit tests without services, CKAN tests with all of them, browser tests on a running portal.

    TESTS names some of them ("unit", "ckan", "browser"), for who works on one.
    """
    wanted = os.environ.get("TESTS", "unit ckan browser").split()
    pytest: list[str | Path] = [PYTHON, "-m", "pytest", "-q"]
    commands = {
        "unit": [*pytest, *PURE, TESTS / "unit"],
        "ckan": [*pytest, f"--ckan-ini={instance.home}/test.ini", TESTS / "ckan"],
        "browser": [*pytest, *PURE, TESTS / "browser"],
    }
    passed = []
    for name in wanted:
        environment = {}
        if name != "unit":
            prepare_tests(instance, portal)
            environment = _environment(instance)
        passed.append(_run(name, commands[name], environment))
    if os.environ.get("KEEP", "0") == "0":
        services.stop(instance)
    if not all(passed):
        raise StepError("tests failed; their names stand above.")
    print("\nAll tests passed.", file=sys.stderr)
