"""Files that are there after a power cut once a call has returned."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_durably(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file whole or not at all: a neighbour is written, synced, renamed over it, and the folder is synced.

    Raises: OSError (disk full …); then what was at `path` before is untouched.
    """
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder that only its owner can enter, durably."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent)


def keep_out_of_backups(folder: Path) -> None:
    """Mark a folder as none that backups of the system take (R34): an old copy of a device is a second device, and a shop's file
    that left the phone would live on. The mark is that of bford.info/cachedir, which tar, borg, restic and others heed.
    """
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        write_durably(
            tag,
            [
                b"Signature: 8a477f597d28d172789f06886806bc55\n# Roundbook: a device and its copy must not both be used.\n"
            ],
        )


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    if os.name == "nt":  # Windows offers no handle on a folder; its renames are durable by the journal of NTFS
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
