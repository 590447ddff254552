"""`bin/ckan jenasmartcity …`: the one command under which the rooms hang theirs.

A room's own cli module adds its commands to this group when its plugin loads, so
that a portal without a room has no commands of it.
"""

from __future__ import annotations

import click


@click.group()
def jenasmartcity() -> None:
    """Jena's open data portal."""
