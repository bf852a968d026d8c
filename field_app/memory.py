"""Memory that is free inside the process, given back to the machine. The C library of Linux keeps it for itself otherwise."""

from __future__ import annotations

import ctypes
import sys

EVERY_S = 30
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # what mallopt calls them
_LARGE = 128 * 1024


def hold_little() -> None:
    """Let the C library of Linux give large pieces back as soon as they are free, as it does until it has seen the first large
    one: after a photo of 12 megapixels it would keep every piece up to that size in the heap, full of holes."""
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE), (_ARENA_MAX, 2)):
        mallopt(option, value)


def give_back() -> bool:
    """Return whole free pages. Takes some milliseconds and does not hold up the window. Returns: whether there were any."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError):  # another C library, as on Android: it gives back by itself
        return False
