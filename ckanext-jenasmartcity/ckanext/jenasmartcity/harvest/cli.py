"""`bin/ckan jenasmartcity harvest …` and `tick`."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from typing import Any

import ckan.model as model
import click

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.cli import jenasmartcity
from ckanext.jenasmartcity.connectors.base import SourceError
from ckanext.jenasmartcity.harvest import dry, engine, sources, tick
from ckanext.jenasmartcity.harvest.holding import LeaseLostError
from ckanext.jenasmartcity.harvest.model import HarvestSource
from ckanext.jenasmartcity.harvest.model import sources as stored
from ckanext.jenasmartcity.harvest.repair import reconcile


@jenasmartcity.group()
def harvest() -> None:
    """Fetch data from sources and publish them."""


@harvest.command("try")
@click.argument("connector")
@click.argument("url")
@click.option("--options", default="{}", help="The connector's options as a JSON object.")
def attempt(connector: str, url: str, options: str) -> None:
    """Read URL with CONNECTOR and print what it would become; writes nothing.

    Prints one JSON object.  A broken source: an object with "error", and exit code 1.
    """
    try:
        given = json.loads(options)
        if not isinstance(given, dict):
            raise SourceError("option", url, option="--options", detail="≠ {…} (JSON)")
        found = dry.attempt(connector, url, given, dt.datetime.now(dt.UTC))
    except json.JSONDecodeError as error:
        _broken(SourceError("option", url, option="--options", detail=f"JSON: {error}"))
    except SourceError as error:
        _broken(error)
    click.echo(dry.text(found))


def _broken(error: SourceError) -> Any:
    click.echo(dry.text(dry.problem(error)))
    click.echo(error.message("de"), err=True)
    sys.exit(1)


@harvest.command()
def seed() -> None:
    """Bring the sources of config/sources.yaml into the database."""
    for name in _seed():
        click.echo(name)


def _seed() -> list[str]:
    try:
        return sources.seed(config.house().directory / "sources.yaml", dt.datetime.now(dt.UTC))
    except SourceError as error:
        click.echo(error.message("de"), err=True)
        sys.exit(1)


@harvest.command()
@click.argument("source", required=False)
@click.option("--again", is_flag=True, help="Write everything anew, changed or not.")
def run(source: str | None, again: bool) -> None:
    """Harvest SOURCE now, or all active sources; exit code 1 if one of them is broken."""
    # the progress bar and CKAN's notes on each dataset would write over each other
    logging.getLogger("ckan").setLevel(logging.WARNING)
    _seed()
    wanted = [one for one in stored(source) if (source or one.active) and one.leaving is None]
    if not wanted:
        names = ", ".join(one.name for one in stored()) or "–"
        click.echo(f"Die Quelle {source or ''} gibt es nicht. Bekannt sind: {names}", err=True)
        sys.exit(1)
    width = max(len(one.name) for one in wanted)
    failed = [one.name for one in wanted if not _run(one, again, width)]
    model.Session.remove()
    sys.exit(1 if failed else 0)


def _run(source: HarvestSource, again: bool, width: int) -> bool:
    name = source.name
    with click.progressbar(length=1, label=f"{name:{width}}", file=sys.stderr) as bar:
        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        try:
            outcome = engine.run(source, dt.datetime.now(dt.UTC), again, progress)
        except LeaseLostError:
            click.echo(f"{name}: Ein anderer Lauf hat diese Quelle übernommen; er führt die Arbeit zu Ende.", err=True)
            return False
        bar.update(max(0, (bar.length or 1) - bar.pos))
    if outcome.busy:
        click.echo(f"{name}: Ein anderer Lauf dieser Quelle ist noch nicht zu Ende.", err=True)
        return False
    if outcome.error is not None:
        click.echo(f"{name}: {outcome.error.message('de')}", err=True)
        return False
    click.echo(f"{name:{width}}  {outcome.counts.as_text()}")
    return True


@harvest.command("reconcile")
def mend() -> None:
    """Compare database, index, tables and records, and mend what differs; one line for each."""
    logging.getLogger("ckan").setLevel(logging.WARNING)
    for line in reconcile.whole(dt.datetime.now(dt.UTC)).lines():
        click.echo(line)
    model.Session.remove()


@jenasmartcity.command("tick")
def keep_time() -> None:
    """Keep time until SIGTERM: schedules, waiting runs, the outbox."""
    tick.loop(config.harvest().tick_seconds)
