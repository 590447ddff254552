"""The generated feeds are what the generator gives, byte by byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).parents if (folder / "samples" / "generate.py").is_file())


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "samples" / "generate.py"
    return subprocess.run([sys.executable, "-B", str(script), *arguments], capture_output=True, text=True, check=False)


def test_the_committed_feeds_are_those_of_the_generator() -> None:
    done = generate("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_feed_and_another_seed_are_noticed(tmp_path: Path) -> None:
    assert generate("--to", str(tmp_path)).returncode == 0
    assert generate("--to", str(tmp_path), "--check").returncode == 0
    feed = tmp_path / "vhs" / "vhs-jena-erzeugt.xml"
    feed.write_bytes(feed.read_bytes().replace(b"(erzeugt)", b"", 1))
    done = generate("--to", str(tmp_path), "--check")
    assert done.returncode == 1
    assert "vhs-jena-erzeugt.xml: differs" in done.stdout
    assert generate("--check", "--seed", "1").returncode == 1
