"""Bars for long work: one a part, on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from server.services.backup.sealing import Progress

_WORDS = {
    "database": "Database",
    "photos": "Photos",
    "restore": "Restoring the stored bytes",
    "segments": "Segments",
    "archives": "Archives",
    "identity": "Identity",
}
_IN_BYTES = ("database", "photos", "restore")


@contextmanager
def bars() -> Iterator[Progress]:
    """What work calls with (part, done, of); each part has a bar that ends with the block."""
    shown: dict[str, tqdm[Any]] = {}

    def progress(part: str, done: int, of: int) -> None:
        if part not in shown:
            for before in shown.values():  # one part follows the other: each keeps its line
                before.close()
            unit = "B" if part in _IN_BYTES else ""
            shown[part] = tqdm(total=of, desc=_WORDS.get(part, part), unit=unit, unit_scale=bool(unit), leave=True)
        bar = shown[part]
        bar.total = max(of, done)
        bar.update(done - bar.n)

    try:
        yield progress
    finally:
        for bar in shown.values():
            bar.close()
