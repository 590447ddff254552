"""No secret stands in the repository, and no path of one machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = next(parent for parent in Path(__file__).resolve().parents if (parent / ".secrets.baseline").exists())
HOOK = Path(sys.executable).parent / "detect-secrets-hook"
BASELINE = ROOT / ".secrets.baseline"
# the folders in which people keep checkouts and homes
MACHINE = re.compile(r"(?<![\w.$}])/(?:root|home|work|farm|Users)/[A-Za-z]")


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this copy of the code is not a git checkout, so what is tracked is not known")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def scan(paths: list[Path]) -> subprocess.CompletedProcess[str]:
    command = [str(HOOK), "--baseline", str(BASELINE), *map(str, paths)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_baseline_excuses_nothing():
    assert json.loads(BASELINE.read_text())["results"] == {}


def test_no_secret_is_tracked():
    done = scan(tracked())
    assert done.returncode == 0, done.stdout


def test_a_planted_secret_is_found(tmp_path: Path):
    planted = tmp_path / "settings.py"
    word = "-".join(["correct", "horse", "battery", "staple"])
    planted.write_text(f'password = "{word}"\n')
    done = scan([planted])
    assert done.returncode == 1
    assert "Secret Keyword" in done.stdout


def test_no_path_of_one_machine_is_tracked():
    wrong = []
    for path in tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(ROOT)}:{n}" for n, line in enumerate(lines, 1) if MACHINE.search(line)]
    assert not wrong, wrong
