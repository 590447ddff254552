"""make bench: run the benchmarks, print one table, keep the figures in var/bench/."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import benchmarks
from benchmarks.result import Result, table
from benchmarks.world import World, number
from stack.layout import ROOT, Instance
from stack.steps import StepError, step

_VERSIONS = ("ckan", "SQLAlchemy", "pysolr")


def modules(wanted: str) -> list[ModuleType]:
    """The benchmarks named, or all of them.  Raises StepError for a name that is none."""
    found = {entry.name: entry.name for entry in pkgutil.iter_modules(benchmarks.__path__)}
    loaded = [importlib.import_module(f"benchmarks.{name}") for name in found if not name.endswith("_side")]
    known = {module.__name__.rpartition(".")[2]: module for module in loaded if hasattr(module, "measure")}
    names = wanted.replace(",", " ").split() or list(known)
    for name in names:
        if name not in known:
            raise StepError(f"there is no benchmark {name}. There are: {', '.join(known)}")
    return [known[name] for name in names]


def prepare(instance: Instance) -> None:
    """Sources on both sides, and copies of both portals to be set back to."""
    world = World(instance, 0)
    for side in (world.ours, world.stock):
        side.keep(world.url)


def run(instance: Instance) -> None:
    """Measure, print, keep.

    BENCH names some of the benchmarks, N is the size of the catalogue, STOCK=0 leaves stock out.
    """
    chosen = modules(os.environ.get("BENCH", ""))
    world = World(instance, number("N", 2000, 20), alone=os.environ.get("STOCK") == "0")
    about = facts(world)
    results: list[Result] = []
    for module in chosen:
        with step(module.__name__.rpartition(".")[2]):
            measured = module.measure(world)
        for result in measured:
            kept = {**result.as_json(), "machine": about}
            text = json.dumps(kept, indent=1, ensure_ascii=False)
            (instance.home / f"{result.name}.json").write_text(text + "\n")
        results += measured
    sys.stdout.write(f"\n{table(results)}\n\n{said(about)}\n")


def facts(world: World) -> dict[str, Any]:
    """The machine, the versions and the commit that the figures belong to."""
    return {
        "cores": os.cpu_count(), "memory_gb": round(_memory() / 2**20, 1), "processor": _processor(),
        "load": os.getloadavg()[0], "python": platform.python_version(), "commit": _commit(),
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "ours": _versions(world.ours.venv, _VERSIONS),
        "stock": _versions(world.stock.venv, (*_VERSIONS, "ckanext-harvest", "ckanext-dcat", "ckanext-scheming")),
    }


def said(about: dict[str, Any]) -> str:
    """The facts in two lines."""
    stock = ", ".join(f"{name} {version}" for name, version in about["stock"].items())
    return (
        f"{about['cores']} cores ({about['processor']}), {about['memory_gb']} GB, load {about['load']:.1f}, "
        f"commit {about['commit']}, {about['time']}\nstock: {stock}"
    )


def _memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            return int(line.split()[1])
    return 0


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _commit() -> str:
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _versions(venv: Path, names: tuple[str, ...]) -> dict[str, str]:
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    command = [str(venv / "bin/python"), "-c", code, *names]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
