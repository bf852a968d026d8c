"""Wrong tries of the passphrase are slowed: three at once, then a wait that grows with each.

This slows a person at the screen who guesses. It does not slow who copied the disk: he tries on a machine of his own, deletes the
file of the tries or sets the clock; against him stand Argon2id and the length of the passphrase, nothing here.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from field_app.store.files import write_durably

TRIES_FILE = "tries.json"  # beside the key file; there only while the last try was a wrong one
FREE = 3
WAITS_S = (5, 15, 60, 300, 900)


def wait_after(wrong: int) -> int:
    """How many seconds must pass after that many wrong tries in a row."""
    return 0 if wrong < FREE else WAITS_S[min(wrong - FREE, len(WAITS_S) - 1)]


@dataclass(frozen=True, slots=True)
class _Kept:
    wrong: int = 0
    at_ms: int = 0


class Tries:
    """The wrong tries at one device, kept over restarts. Args: folder: the folder of the device."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / TRIES_FILE

    def wait_ms(self, now_ms: int) -> int:
        """How long nobody may try, from now on. A clock that was set back begins the wait anew, never a longer one."""
        kept = self._read()
        wait = wait_after(kept.wrong) * 1000
        if wait and now_ms < kept.at_ms:
            self._write(_Kept(kept.wrong, now_ms))
            return wait
        return max(0, kept.at_ms + wait - now_ms)

    def begin(self, now_ms: int) -> None:
        """Count a try before it is made: to end the app while it is made saves nothing."""
        self._write(_Kept(self._read().wrong + 1, now_ms))

    def was_wrong(self, now_ms: int) -> None:
        """The wait begins when the answer is there, however long that took."""
        self._write(_Kept(self._read().wrong, now_ms))

    def forget(self) -> None:
        """The passphrase was right."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def take_back(self) -> None:
        """The try told nothing about the passphrase: the disk or the key file failed."""
        kept = self._read()
        self._write(_Kept(max(0, kept.wrong - 1), kept.at_ms))

    def _read(self) -> _Kept:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            return _Kept(max(0, int(found["wrong"])), int(found["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return _Kept()

    def _write(self, kept: _Kept) -> None:
        with suppress(OSError):  # a full disk must not keep its owner out
            write_durably(self.path, [json.dumps({"wrong": kept.wrong, "at": kept.at_ms}).encode()])
