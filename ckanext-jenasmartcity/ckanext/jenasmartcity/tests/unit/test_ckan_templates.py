"""Core templates that this portal changes are those that docs/ckan-templates.md lists, unchanged in CKAN."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
LIST = PACKAGE.parents[2] / "docs" / "ckan-templates.md"
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \| [^|]+ \| `(?P<sha>[0-9a-f]{64})` \|", re.MULTILINE)


def core() -> Path:
    """The folder of CKAN's templates."""
    spec = importlib.util.find_spec("ckan")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "templates"


def ours() -> dict[str, list[Path]]:
    """Our templates that bear the name of one of CKAN's."""
    found: dict[str, list[Path]] = {}
    for folder in PACKAGE.glob("*/templates"):
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder))
            if path.is_file() and (core() / name).is_file():
                found.setdefault(name, []).append(path)
    return found


def listed() -> dict[str, str]:
    return {row["file"]: row["sha"] for row in ROW.finditer(LIST.read_text(encoding="utf-8"))}


def test_every_changed_template_is_listed() -> None:
    assert sorted(listed()) == sorted(ours())


def test_ckan_has_not_changed_them() -> None:
    now = {name: hashlib.sha256((core() / name).read_bytes()).hexdigest() for name in listed()}
    assert now == listed()


def test_only_those_listed_as_replaced_do_not_extend() -> None:
    replaced = LIST.read_text(encoding="utf-8").split("## Replaced as a whole")[1].split("## Extended by block")[0]
    whole = {name for name, paths in ours().items() if any("{% ckan_extends %}" not in p.read_text() for p in paths)}
    assert whole == {row["file"] for row in ROW.finditer(replaced)}
