"""`bin/ckan jenasmartcity setup`: administrator, organisations and groups of a new portal."""

from __future__ import annotations

from ckanext.jenasmartcity.cli import jenasmartcity
from ckanext.jenasmartcity.portal import seed


@jenasmartcity.command()
def setup() -> None:
    """Create what a new portal needs and has not; what is there stays as it is."""
    seed.run()
