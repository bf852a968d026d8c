"""What others are told by the backup: devices, that their journals may be shortened; administrators, that something is late."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

logger = logging.getLogger("roundbook.alarm")


def safe(positions: Mapping[str, int], epoch: str) -> None:
    """These positions are in a backup that was read back: devices need not keep what they hold of them (R37)."""
    if find_spec("server.services.recovery") and find_spec("server.services.recovery.safe"):
        import_module("server.services.recovery.safe").record_verified(dict(positions), epoch=epoch)
