"""`bin/ckan jenasmartcity reindex`: both cores anew, after their analysis changed or an index was lost."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import click
from ckan.lib import search

from ckanext.jenasmartcity.cli import jenasmartcity


@jenasmartcity.command()
def reindex() -> None:
    """Index every dataset and every offer anew; searches answer all the while."""
    search.rebuild(force=True)
    search.commit()
    offers = tk.get_action("jenasmartcity_item_index")({"ignore_auth": True}, {"all": True})
    click.echo(f"offers: {offers}")
