"""The package is found beside its neighbours, installed for editing and from a wheel.

ckanext-spatial ships an empty ckanext/__init__.py that hides a namespace; a packaging
fault shows only in an environment where all of them are installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = next(parent for parent in Path(__file__).resolve().parents if (parent / "pyproject.toml").exists())
IMPORTS = (
    "import ckanext.spatial.plugin, ckanext.scheming.plugins, ckanext.datastore.plugin, ckanext.activity.plugin; "
    "import ckanext.jenasmartcity.connectors.registry as r; print(r.__file__, *sorted(r.connectors()))"
)


def python(executable: str | Path, code: str) -> str:
    done = subprocess.run([str(executable), "-c", code], capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "ckanext-jenasmartcity", "stack"):
        path = ROOT / name
        ignore = shutil.ignore_patterns("*.egg-info", "__pycache__")
        shutil.copytree(path, source / name, ignore=ignore) if path.is_dir() else shutil.copy(path, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_editable_install_is_found_beside_its_neighbours():
    assert os.environ.get("JENA_CODE", str(ROOT)) in python(sys.executable, IMPORTS)


def test_wheel_is_found_beside_its_neighbours(wheel: Path, tmp_path: Path):
    copy = tmp_path / "venv"
    # hard links: a whole environment in a moment; removing a file of it leaves the original
    shutil.copytree(Path(sys.prefix), copy, symlinks=True, copy_function=os.link)
    packages = next(copy.glob("lib/python*/site-packages"))
    for trace in packages.glob("*ckanext_jenasmartcity*"):
        shutil.rmtree(trace) if trace.is_dir() else trace.unlink()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    assert str(packages) in python(copy / "bin" / "python", IMPORTS)


def test_wheel_carries_all_that_the_portal_reads(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    package = ROOT / "ckanext-jenasmartcity"
    wanted = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".mo") and "tests" not in path.parts
        and "egg-info" not in str(path)
    }
    assert wanted <= set(names), sorted(wanted - set(names))
    assert not [name for name in names if "/tests/" in name]
