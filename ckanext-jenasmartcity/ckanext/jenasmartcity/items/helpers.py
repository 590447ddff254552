"""What the templates of this room need."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from babel.numbers import format_currency


def jenasmartcity_item_price(price: float) -> str:
    """A price in euro in the reader's language."""
    return format_currency(price, "EUR", locale=tk.h.lang())
