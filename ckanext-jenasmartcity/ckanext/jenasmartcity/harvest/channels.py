"""The ways on which data leave the portal, and which of them a source allows.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.jenasmartcity.connectors.base import Text

# Where a dataset is handed on.  Its page and the API of the portal itself are none of them:
# what must not be there is not harvested.
CHANNELS = {
    "catalog": Text("Katalog für andere Portale (GovData, EU)", "Catalogue for other portals (GovData, EU)"),
    "feed": Text("Abonnements (Atom) und Liste des Neuesten", "Subscriptions (Atom) and list of what is new"),
}


def allowed(channels: Iterable[str]) -> list[str]:
    """The known ones among them, in their order."""
    given = set(channels)
    return [name for name in CHANNELS if name in given]
