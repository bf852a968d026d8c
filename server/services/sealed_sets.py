"""Sets that a device sealed when their book left it (R29): it can send them again, and only the server reads them."""

from __future__ import annotations

from typing import Any

from server.services import parts
from sync_protocol import sealing, signing
from sync_protocol.canonical import parse


def opened(text: str) -> Any | None:
    """The set, as it was before it was sealed; None, if it was not sealed to a key of this server, or was changed."""
    try:
        raw = signing.from_text(text)
    except ValueError:
        return None
    for private in parts.keyring().seal_keys:
        try:
            return parse(sealing.unseal(private, raw, about=sealing.ABOUT_SETS))
        except (sealing.NotForUs, ValueError):
            continue
    return None
