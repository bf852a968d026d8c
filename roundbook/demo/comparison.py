"""What the device holds, what the server holds, and whether they are equal: counts, every version, every photo's bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from field_app.device import Device
from field_app.services import photos, reading
from server.services import parts
from server.storage.database import reading as snapshot
from server.storage.tables import blob, book, record
from sync_protocol import chain


@dataclass(frozen=True, slots=True)
class Comparison:
    """Counts per record type on both sides; photos and their bytes as the server has them; what differs, in words."""

    device: dict[str, int]
    server: dict[str, int]
    photos: int
    bytes: int
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether both sides hold the same."""
        return not self.differences


def compare(device: Device) -> Comparison:
    """Compare a device that has nothing more to send with the server's database. Needs an app context."""
    held = device.shown_books()
    differences = []
    with snapshot() as connection:
        counts = connection.execute(
            sa.select(record.c.type, sa.func.count())
            .where(record.c.book_id.in_(held), record.c.removed.is_(False))
            .group_by(record.c.type)
        )
        server = {str(name): int(number) for name, number in sorted(tuple(row) for row in counts)}
        for book_id in held:
            versions = connection.execute(sa.select(record.c.id, record.c.ver).where(record.c.book_id == book_id))
            theirs = {row.id: row.ver for row in versions}
            mine = device.books.store(book_id).versions()
            if mine != theirs:
                differences.append(f"book {book_id}: {len(mine.items() ^ theirs.items())} versions differ")
            told = connection.execute(sa.select(book.c.check_n, book.c.check_sum).where(book.c.id == book_id)).one()
            total = chain.check_text(sum(chain.check_item(key, ver) for key, ver in mine.items()))
            if (told.check_n, told.check_sum) != (len(mine), total):
                differences.append(f"book {book_id}: count and check sum differ")
        stored = (
            connection.execute(sa.select(blob).where(blob.c.book_id.in_(held), blob.c.state == "stored"))
            .mappings()
            .all()
        )
    counted = reading.counts(device)
    if counted != server:
        differences.append(f"counts differ: {counted} and {server}")
    differences += _photo_differences(device, {row["sha256"]: row["object_key"] for row in stored})
    return Comparison(counted, server, len(stored), sum(row["size_bytes"] for row in stored), tuple(differences))


def _photo_differences(device: Device, keys: dict[str, str]) -> list[str]:
    """Every photo record of the device: its own bytes and the server's must have the hash that the record names."""
    found = []
    for shown in reading.recent(device, "photo", limit=10_000):
        sha256 = shown.fields["sha256"]
        if sha256 not in keys:
            found.append(f"photo {shown.id} has not reached the server")
            continue
        theirs = hashlib.sha256(parts.objects().read(keys[sha256])).hexdigest()
        mine = hashlib.sha256(photos.read(device, shown.id)).hexdigest()
        if not theirs == mine == sha256:
            found.append(f"photo {shown.id} differs")
    return found


def plain_text_in(folder: Path, words: list[str]) -> list[str]:
    """The words that stand in clear in any file below the folder: there must be none."""
    needles = {word: word.encode() for word in words if len(word) >= 6}
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found |= {word for word, needle in needles.items() if needle in content}
    return sorted(found)
