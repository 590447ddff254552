"""Write the generated sample feeds, or check that they are what the generator gives.

    python samples/generate.py            write samples/gtfs and samples/vhs
    python samples/generate.py --check    exit 1 if a file differs
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from generators import programme, timetable
from generators.dice import Dice

HERE = Path(__file__).resolve().parent
FEEDS: dict[str, Callable[[Dice], bytes]] = {
    "gtfs/jena-erzeugt.zip": timetable.feed,
    "vhs/vhs-jena-erzeugt.xml": programme.feed,
}


def main() -> int:
    """Exit code 0, or 1 if --check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=16053, help="other seeds give other feeds (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=HERE, help="folder to write to (default: samples)")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    arguments = parser.parse_args()
    differing = 0
    for name, feed in FEEDS.items():
        path, content = arguments.to / name, feed(Dice(arguments.seed))
        if arguments.check:
            same = path.is_file() and path.read_bytes() == content
            differing += not same
            sys.stdout.write(f"{name}: {'same' if same else 'differs'}\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sys.stdout.write(f"{name}: {len(content)} bytes\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
