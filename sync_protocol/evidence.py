"""The chain that ties photos to their visit: step, place, clock and content of each, and the photo before it (catalogue B5).

A photo that was exchanged, moved to another visit, dated otherwise or left out breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sync_protocol.canonical import canonical

PLACE = ("latitude", "longitude", "accuracy_m", "mock_location")
TIED = ("visit", "step", "taken_at", "sha256", *PLACE)


def link(before: str, photo: Mapping[str, Any]) -> str:
    """The link of a photo, hexadecimal. Args: before: the link of the photo before it, "" for the first of a visit.
    photo: its fields as they travel; what it does not have counts as nothing.
    """
    return hashlib.sha256(canonical([before, *(photo.get(name) for name in TIED)])).hexdigest()


def first_broken(photos: Iterable[Mapping[str, Any]]) -> int | None:
    """Which photo of a visit is the first whose link does not fit, 0 for the first; None if all fit.

    Args: photos: fields of all photos of one visit, in the order in which they were kept.
    """
    before = ""
    for at, photo in enumerate(photos):
        if photo.get("chain") != link(before, photo):
            return at
        before = str(photo.get("chain"))
    return None
