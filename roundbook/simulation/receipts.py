"""Receipts from outside: whether the server signed what it says became of a set, about that very set (decision 18)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from roundbook.simulation.histories import digest_of

TOOK_EFFECT = ("applied", "merged", "proposed")


@dataclass
class Receipts:
    """What is known of the sets that were sent. Args: required: whether this server signs receipts. digests: (author, set) -> digest."""

    required: bool
    server_key: str = ""
    epochs: list[str] = field(default_factory=list)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, sets: Iterable[Mapping[str, Any]]) -> None:
        """Sets on their way."""
        for wire in sets:
            if isinstance(wire.get("id"), str) and isinstance(wire.get("author"), str):
                self.digests.setdefault((wire["author"], wire["id"]), digest_of(wire))

    def is_wrong(self, user: str, epoch: str, verdict: Mapping[str, Any]) -> bool:
        """Whether a verdict lacks its receipt, or has one that says something else. An older life's counts for what was judged in it."""
        if epoch not in self.epochs:
            self.epochs.append(epoch)
        digest, receipt = self.digests.get((user, verdict["id"])), verdict.get("receipt")
        if not self.required or digest is None:
            return False
        if receipt is None:
            return verdict["state"] in TOOK_EFFECT
        said = (verdict["id"], digest, verdict["state"], verdict["at"])
        return not any(self._signed(receipt, [epoch, *said]) for epoch in reversed(self.epochs))

    def _signed(self, receipt: str, said: list[Any]) -> bool:
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        try:
            Ed25519PublicKey.from_public_bytes(_raw(self.server_key)).verify(_raw(receipt), text.encode())
        except InvalidSignature:
            return False
        return True


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
