"""Photos as pages show them: which there are, whether their bytes have come, and the bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import parts
from server.storage.database import reading
from server.storage.objects import NoSuchObject
from server.storage.tables import blob
from server.storage.typed import typed_table

MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
MOST = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo's record, and where its bytes are: `stored` here, with a thumbnail or not yet, or still on the device."""

    id: str
    book: str
    visit: str | None
    sha256: str
    step: str | None
    caption: str
    taken_at: int
    stored: bool
    thumbnail: bool


def of_visits(connection: Connection, visits: Iterable[str]) -> dict[str, list[Picture]]:
    """The photos of these visits, oldest first."""
    found: dict[str, list[Picture]] = {}
    for picture in _load(connection, typed_table("photo").c.visit.in_(list(visits))):
        found.setdefault(str(picture.visit), []).append(picture)
    return found


def by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Picture]:
    """These photos."""
    return {picture.id: picture for picture in _load(connection, typed_table("photo").c.id.in_(list(ids)))}


def find(photo: str) -> Picture | None:
    """One photo."""
    with reading() as connection:
        return by_id(connection, [photo]).get(photo)


def customer_of(book_id: str, sha256: str) -> str | None:
    """Whose photo this is; None: no record names it (any more)."""
    photo = typed_table("photo")
    its = (photo.c.book_id == book_id, photo.c.sha256 == sha256)
    with reading() as connection:
        found: str | None = connection.scalar(sa.select(photo.c.customer).where(*its).limit(1))
    return found


def _load(connection: Connection, where: sa.ColumnElement[bool]) -> list[Picture]:
    photo = typed_table("photo")
    query = (
        sa.select(photo, blob.c.state, blob.c.thumbnail_key)
        .outerjoin(blob, sa.and_(blob.c.book_id == photo.c.book_id, blob.c.sha256 == photo.c.sha256))
        .where(photo.c.removed.is_(False), where)
        .order_by(photo.c.taken_at, photo.c.id)
    )
    return [
        Picture(
            row.id,
            row.book_id,
            row.visit,
            row.sha256,
            row.step,
            row.caption or "",
            row.taken_at,
            row.state == "stored",
            bool(row.thumbnail_key),
        )
        for row in connection.execute(query)
    ]


def open_bytes(
    scope: Collection[str], book_id: str, sha256: str, *, thumbnail: bool
) -> tuple[str, Iterator[bytes]] | None:
    """Media type and bytes of a photo, or of its thumbnail; None: not there, or not for this reader."""
    if book_id not in scope:
        return None
    query = sa.select(blob.c.media_type, blob.c.object_key, blob.c.thumbnail_key).where(
        blob.c.book_id == book_id, blob.c.sha256 == sha256, blob.c.state == "stored"
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    key = row and (row.thumbnail_key if thumbnail else row.object_key)
    if row is None or not key:
        return None
    try:
        return "image/jpeg" if thumbnail else row.media_type, parts.objects().open(key)
    except NoSuchObject:
        return None
