"""Write the generated sample feeds, or check that they are what the generator gives.

    python samples/generate.py            write samples/catalogue, samples/gtfs and samples/vhs
    python samples/generate.py --check    exit 1 if a file differs
    python samples/generate.py --catalogue 2000 --changed 10 --to FOLDER
                                          write a large catalogue for a benchmark, nothing else
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from generators import catalogue, programme, timetable
from generators.dice import Dice

HERE = Path(__file__).resolve().parent
FEEDS: dict[str, Callable[[Dice], bytes]] = {
    "catalogue/data.json": catalogue.feed,
    "gtfs/jena-erzeugt.zip": timetable.feed,
    "vhs/vhs-jena-erzeugt.xml": programme.feed,
}


def main() -> int:
    """Exit code 0, or 1 if --check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=16053, help="other seeds give other feeds (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=HERE, help="folder to write to (default: samples)")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--catalogue", type=int, help="number of datasets of a large catalogue")
    parser.add_argument("--changed", type=int, default=0, help="how many of a hundred of them are newer")
    arguments = parser.parse_args()
    feeds = FEEDS
    if arguments.catalogue is not None:
        feeds = {"data.json": partial(catalogue.feed, count=arguments.catalogue, changed=arguments.changed)}
    differing = 0
    for name, feed in feeds.items():
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
