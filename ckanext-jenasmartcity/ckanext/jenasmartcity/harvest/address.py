"""Addresses of sources: whose server they mean, or that nobody is asked.  Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

# The address of a source that nobody fetches: files are sent to it.
DROP = "drop:"


def origin_of(url: str) -> tuple[str, str]:
    """Scheme and server of an address: a secret belongs to them and goes nowhere else."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()
