"""Lookups that were granted for a time end by themselves."""

from __future__ import annotations

from server.services.reading import lookups


def end_due_lookups(_argument: str) -> None:
    """Take the copies of lookups whose time has passed from the desks of who had them."""
    lookups.end_due()
