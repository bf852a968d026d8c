"""Files that were brought to the console and are too long to be written while somebody waits."""

from __future__ import annotations

from server.services.importing import background


def import_file(token: str) -> None:
    """Write a file that waits. Args: token: as it was given to who brought it."""
    background.carry_out(token)
