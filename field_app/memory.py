"""Memory that is free inside the process, given back to the machine. The C library of Linux keeps it for itself otherwise."""

from __future__ import annotations

import ctypes
import sys

EVERY_S = 30


def give_back() -> bool:
    """Return whole free pages. Takes some milliseconds and does not hold up the window. Returns: whether there were any."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError):  # another C library, as on Android: it gives back by itself
        return False
