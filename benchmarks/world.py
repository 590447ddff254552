"""Both sides of a benchmark on the same services, set back to a clean portal before a run."""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.result import Runs
from stack import database, stock
from stack.layout import CODE, USER, VAR, Instance, account
from stack.steps import StepError, run

# A word that only the changed datasets' descriptions have (samples/generators/catalogue.py).
_CHANGED = "überarbeitet"


def number(variable: str, usual: int, least: int) -> int:
    """A number from the environment; StepError for what is none or too small to measure."""
    said = os.environ.get(variable, "") or str(usual)
    if not (said.isascii() and said.isdigit() and int(said) >= least):
        raise StepError(f"{variable}={said} is no number of datasets. Choose one from {least}.")
    return int(said)


@dataclass
class Side:
    """Ours or stock: its environment, databases and core.  state: the catalogue that it holds."""

    name: str
    instance: Instance
    venv: Path
    ini: Path
    databases: tuple[str, ...]
    cores: tuple[str, ...]
    state: str | None = field(default=None)

    def call(self, verb: str, *arguments: str) -> dict[str, Any]:
        """One verb of this side's script in a fresh process; its answer."""
        python: list[str | Path] = [self.venv / "bin/python", "-m", f"benchmarks.{self.name}_side"]
        env = stock.environment(self.instance)
        told = run([*python, self.ini, verb, *arguments], user=USER, env=env, cwd=self.instance.home)
        return dict(json.loads(told.strip().splitlines()[-1]))

    def keep(self, url: str) -> None:
        """Prepare the source and keep the databases as they are now, to be set back to."""
        self.call("prepare", url)
        for name in self.databases:
            database.copy(self.instance, name, f"{name}_clean")

    def reset(self) -> None:
        """A portal without datasets."""
        for name in self.databases:
            database.copy(self.instance, f"{name}_clean", name)
        for core in self.cores:
            self._solr(core, "update?commit=true", b'{"delete": {"query": "*:*"}}')
        self.state = None

    def found(self, words: str = "*:*") -> int:
        """How many datasets a search for the words finds."""
        query = {"q": words, "rows": "0", "fq": "dataset_type:dataset AND state:active"}
        return int(self._solr(self.cores[0], f"select?{urlencode(query)}")["response"]["numFound"])

    def _solr(self, core: str, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.instance.solr_url}/{core}/{path}", data=body, headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


class World:
    """The sample server's one feed, and both sides that harvest it.

    count: number of datasets in the catalogue.  alone: leave stock out, for who works on ours.
    """

    def __init__(self, instance: Instance, count: int, alone: bool = False) -> None:
        self.instance, self.count, self.alone = instance, count, alone
        self.url = f"{instance.samples_url}/data.json"
        self.silent = f"{self.url}?validators=off"
        self.ours = Side(
            "ours", instance, VAR / "venv", instance.ini, ("ckan", "datastore"), ("ckan", "items"),
        )
        self.stock = Side(
            "stock", instance, stock.VENV, stock.ini(instance), stock.DATABASES, (stock.CORE,),
        )

    @property
    def sides(self) -> tuple[Side, ...]:
        return (self.ours,) if self.alone else (self.ours, self.stock)

    def compare(self, figure: Callable[[Side, int], float], repeats: int) -> tuple[Runs, Runs | None]:
        """A figure of both sides, taken in turns so that both meet the same weather.

        figure: of a side in its first, second … run (0, 1 …).
        """
        rounds = [[figure(side, number) for side in self.sides] for number in range(repeats)]
        ours, *stock = zip(*rounds, strict=True)
        return Runs(ours), Runs(stock[0]) if stock else None

    def rate(self, side: Side, changed: int = 0, silent: bool = False) -> float:
        """Datasets a second of one harvest."""
        return self.count / float(self.harvest(side, changed, silent)["seconds"])

    def publish(self, changed: int, count: int) -> int:
        """Let the sample server give the catalogue, with so many of a hundred datasets changed; their number."""
        made = self.instance.home / f"catalogue-{count}-{changed}"
        generate: list[str | Path] = [sys.executable, "-B", CODE / "samples/generate.py", "--to", made]
        run([*generate, "--catalogue", str(count), "--changed", str(changed)])
        folder = self.instance.folder("feeds")
        new = folder / "data.json.new"
        shutil.copyfile(made / "data.json", new)
        shutil.chown(new, *account(USER))
        new.replace(folder / "data.json")
        return (folder / "data.json").read_text("utf-8").count(f" {_CHANGED}.")

    def harvest(self, side: Side, changed: int = 0, silent: bool = False, count: int | None = None) -> dict[str, Any]:
        """Publish a catalogue, harvest it on one side, check that a search finds all of it as it is now."""
        expected = (count or self.count, self.publish(changed, count or self.count))
        arguments = [self.silent if silent else self.url] if side is self.ours else []
        answer = side.call("harvest", *arguments)
        found = (side.found(), side.found(f"notes:{_CHANGED}"))
        if found != expected or answer["counts"].get("rejected") or answer["counts"].get("errored"):
            raise StepError(f"{side.name}: (all, changed) {found} found instead of {expected}; {answer['counts']}")
        side.state = f"{expected[0]}-{changed}"
        return answer

    def at(self, side: Side, changed: int = 0, silent: bool = False) -> None:
        """Make sure that the side holds this catalogue already."""
        if side.state != f"{self.count}-{changed}":
            if side.state is None or not side.state.startswith(f"{self.count}-"):
                side.reset()
            self.harvest(side, changed, silent)
