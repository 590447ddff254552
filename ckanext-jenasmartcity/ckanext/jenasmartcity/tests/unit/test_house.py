"""The rules of the house, read from the imports: who may know whom, and which door is whose."""

from __future__ import annotations

import ast
import graphlib
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(importlib.import_module("ckanext.jenasmartcity").__file__).parent
BASE = "ckanext.jenasmartcity"

# rooms that know no CKAN, no network, no clock and no database
PURE = ("connectors", "privacy", "schemas/rules", "search/document.py", "quality/checks")
# what every room may import
FOUNDATIONS = ("config", "connectors", "schemas.rules", "security.client", "cli")
# the main plugin and the portal's templates put the house together
WIRING = ("plugin.py",)
IMPURE = {
    "ckan", "flask", "requests", "urllib.request", "urllib3", "http", "socket", "sqlalchemy", "psycopg2", "redis", "rq",
    "time", "os", "subprocess", "asyncio", "ssl",
}
SOCKETS = {
    "requests", "urllib3", "urllib.request", "http.client", "socket", "ssl", "aiohttp", "httpx", "paho", "ftplib",
    "smtplib", "telnetlib", "paramiko", "pycurl",
}
SQL = {"sqlalchemy", "psycopg2"}
DOORS = {
    # who may open a socket to a source; mail has a door of its own
    "sockets": ("security/transport.py", "security/client.py", "security/bodies.py", "security/smtp.py"),
    # who may speak SQL: each room's model, the loaders that COPY, leases and their trace in the DataStore's
    # database, what that database really holds, and the question whether PostgreSQL answers
    "sql": (
        "model.py", "harvest/model/", "harvest/load.py", "harvest/aside.py", "harvest/lease.py", "harvest/ledger.py",
        "harvest/hosts.py", "harvest/stewards/compare.py", "harvest/repair/inventory.py", "portal/health.py",
        "migration/",
    ),
}


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if "tests" not in path.parts]


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} imports relatively; the house imports by full name"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def begins(module: str, roots: set[str] | tuple[str, ...]) -> bool:
    return any(module == root or module.startswith(root + ".") for root in roots)


def clock_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in ("now", "today", "utcnow"):
            yield f"{name(path)}:{called.lineno}"


def test_pure_rooms_know_no_world():
    pure = [path for path in modules() if name(path).startswith(PURE)]
    assert len(pure) > 10
    wrong = [f"{name(p)} imports {m}" for p in pure for m in imports(p) if begins(m, IMPURE)]
    assert not wrong, wrong
    clocks = [call for path in pure for call in clock_calls(path)]
    assert not clocks, f"time is passed in: {clocks}"


def test_rooms_do_not_import_each_other():
    wrong = []
    for path in modules():
        if name(path) in WIRING or "/" not in name(path):
            continue
        room = name(path).split("/")[0]
        for module in imports(path):
            if not module.startswith(BASE + "."):
                continue
            target = module.removeprefix(BASE + ".")
            if target.split(".")[0] == room or begins(target, FOUNDATIONS):
                continue
            wrong.append(f"{name(path)} imports {module}")
    assert not wrong, wrong


@pytest.mark.parametrize(("door", "libraries"), [("sockets", SOCKETS), ("sql", SQL)])
def test_one_door_each(door, libraries):
    allowed = DOORS[door]
    wrong = [
        f"{name(path)} imports {module}"
        for path in modules() for module in imports(path)
        if begins(module, libraries) and not any(part in name(path) for part in allowed)
    ]
    assert not wrong, wrong


def test_only_config_reads_the_configuration():
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in modules() if name(path) != "config.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "config"
        and isinstance(node.value, ast.Name) and node.value.id in ("tk", "toolkit")
    ]
    assert not wrong, wrong


def test_plugins_are_short_and_nobody_has_a_junk_drawer():
    long = [name(p) for p in modules() if p.name == "plugin.py" and len(p.read_text().splitlines()) >= 60]
    assert not long, long
    assert not [name(p) for p in modules() if p.stem in ("utils", "util", "misc", "common")]


def test_functions_can_be_read_in_a_sitting():
    long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno > 50
    ]
    assert not long, long


def test_no_modules_import_each_other_in_a_circle():
    here = {f"ckanext.jenasmartcity.{name(path)[:-3].replace('/', '.')}": path for path in modules()}
    needs = {
        module: (set(imports(path)) & set(here)) - {module}
        for module, path in here.items() if path.name != "__init__.py"
    }
    # static_order raises CycleError, which names the circle
    assert len(list(graphlib.TopologicalSorter(needs).static_order())) > 150


def test_the_check_itself_finds_a_fault(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("import requests\nfrom ckan import model\nx.now()\n")
    assert [m for m in imports(bad) if begins(m, IMPURE)] == ["requests", "ckan", "ckan.model"]
    assert list(imports(bad))[0] == "requests"
