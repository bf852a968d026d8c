"""Chance under one seed: streams with names, so that what one part draws does not shift what another part gets."""

from __future__ import annotations

import random
from collections.abc import Callable


def stream(*names: object) -> random.Random:
    """A source of chance of its own. Args: names: the seed first, then whose it is."""
    return random.Random("/".join(map(str, names)))  # noqa: S311


def source_of_bytes(*names: object) -> Callable[[int], bytes]:
    """What stands in for the operating system's randomness: always the same bytes for the same names."""
    return stream(*names).randbytes
