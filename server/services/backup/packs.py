"""Photos in the store of the backups: each is archived once, in a pack, and later archives name the pack."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, parts
from server.services.backup import documents, holders, memory
from server.services.backup.archive import Photo, stored_photos
from server.services.backup.documents import PHOTOS, Document, Untrue
from server.services.backup.onetime import OneTimeKey
from server.services.backup.sealing import Member, Progress, Throttle, no_progress, open_sealed, put_sealed
from server.storage.archives import ArchiveStore
from server.storage.backup_tables import backup_pack, backup_photo
from server.storage.database import reading, writing
from server.storage.objects import NoSuchObject
from sync_protocol.chunked import Damaged

PACK_BYTES = 256 * 1024 * 1024
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Packed:
    """What became of the photos. `lost`: those that cannot be read here, by hash."""

    photos: int
    size_bytes: int
    lost: tuple[str, ...]


def archived(connection: Connection, mark: str) -> set[str]:
    """The photos that lie in a pack for these key holders."""
    query = sa.select(backup_photo.c.sha256).join(backup_pack, backup_pack.c.number == backup_photo.c.pack)
    return set(connection.scalars(query.where(backup_pack.c.recipients == mark)))


def pack_missing(store: ArchiveStore, key: OneTimeKey, throttle: Throttle, progress: Progress = no_progress) -> Packed:
    """Archive the photos that are in no pack yet for those who hold keys now: seal, store, read back, compare, write down.

    Raises: HolderError, ArchiveError, Untrue.
    """
    with reading() as connection:
        held = holders.recipients(connection)
        mark = holders.mark_of(held)
        there = archived(connection, mark)
        wanted = [photo for photo in stored_photos(connection).values() if photo.sha256 not in there]
    wanted.sort(key=lambda photo: photo.sha256)
    total, lost, done, size, reached = sum(photo.size_bytes for photo in wanted), list[str](), 0, 0, 0

    def written(count: int) -> None:
        nonlocal reached
        reached = min(reached + count, total)
        progress("photos", reached, total)

    for group in _groups(wanted):
        reached = size
        stored, gone = _pack(store, key, held, mark, group, throttle, written)
        lost += gone
        done += len(group) - len(gone)
        size += sum(photo.size_bytes for photo in group)
        progress("photos", size, total)
    return Packed(done, size, tuple(lost))


def _groups(photos: Sequence[Photo]) -> Iterator[list[Photo]]:
    group: list[Photo] = []
    size = 0
    for photo in photos:
        if group and size + photo.size_bytes > PACK_BYTES:
            yield group
            group, size = [], 0
        group.append(photo)
        size += photo.size_bytes
    if group:
        yield group


def _pack(
    store: ArchiveStore,
    key: OneTimeKey,
    held: Sequence[holders.Holder],
    mark: str,
    group: Sequence[Photo],
    throttle: Throttle,
    written: Callable[[int], None],
) -> tuple[Document | None, list[str]]:
    with reading() as connection:
        after = memory.tip(connection, PHOTOS)
    after = documents.tip_in(store, memory.public(), PHOTOS, after)
    lost: list[str] = []
    while True:
        name = documents.data_name(PHOTOS, after.number + 1, f"{key.public.hex()[:8]}{len(lost) or ''}")
        public = [*(holder.raw for holder in held), key.public]
        wanted = [photo for photo in group if photo.sha256 not in lost]
        put = put_sealed(store, name, public, _members(wanted, lost), throttle, written, hashed=False)
        data = {"name": name, "size_bytes": put.size_bytes, "sha256": put.sha256}
        found, others = read_back(store, data, key, throttle)
        if not others:
            break
        lost += others  # what lies here under their names are other pictures: once more, without them
    expected = {photo.sha256 for photo in group} - set(lost)
    if found != expected:
        raise Untrue(f"{name} was read back with {len(found)} photos instead of {len(expected)}")
    said = {"data": data, "made_at": clock.now_ms(), "photos": len(expected), "recipients": mark}
    stored = documents.append(store, memory.signer(), PHOTOS, after, said)
    with writing() as connection:
        connection.execute(
            sa.insert(backup_pack), {"number": stored.number, "recipients": mark, "made_at": said["made_at"]}
        )
        for sha256 in expected:
            connection.execute(sa.delete(backup_photo).where(backup_photo.c.sha256 == sha256))
            connection.execute(sa.insert(backup_photo), {"sha256": sha256, "pack": stored.number})
        memory.keep_tip(connection, PHOTOS, stored.tip)
    return stored, lost


def _members(group: Sequence[Photo], lost: list[str]) -> Iterator[Member]:
    objects = parts.objects()
    for photo in group:
        try:
            content = objects.read(photo.object_key)
        except (NoSuchObject, Damaged, OSError):
            lost.append(photo.sha256)
        else:
            yield Member(file_name(photo.sha256, photo.media_type), content)


def file_name(sha256: str, media_type: str) -> str:
    """What a photo is called in a pack."""
    return f"photos/{sha256}.{_ENDINGS.get(media_type, 'bin')}"


def hash_in(name: str) -> str:
    """The hash that the name of a photo says. Raises: Untrue."""
    folder, _, rest = name.partition("/")
    sha256 = rest.partition(".")[0]
    if folder != "photos" or len(sha256) != 64:
        raise Untrue(f"{name} is no photo")
    return sha256


def photos_in(store: ArchiveStore, data: object, keys: Sequence[bytes], throttle: Throttle) -> Iterator[Member]:
    """The photos of a pack, each compared with the hash that its name says. Raises: Untrue."""
    for member in open_sealed(store, data, keys, throttle):
        if hashlib.sha256(member.content).hexdigest() != hash_in(member.name):
            raise Untrue(f"{member.name} is another picture")
        yield member


def read_back(store: ArchiveStore, data: object, key: OneTimeKey, throttle: Throttle) -> tuple[set[str], list[str]]:
    """The hashes of the photos that the stored bytes hold, and of those that are other pictures than their names say. Raises: Untrue."""
    found, others = set[str](), list[str]()
    for member in open_sealed(store, data, [key.secret], throttle):
        expected = hash_in(member.name)
        if hashlib.sha256(member.content).hexdigest() == expected:
            found.add(expected)
        else:
            others.append(expected)
    return found, others
