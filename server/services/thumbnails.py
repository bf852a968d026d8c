"""Thumbnails: a small clean picture of each stored photo, made in a child process with limits."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys

from sqlalchemy import and_, select, update

from server.services import decode_image, parts
from server.services.jobs import CannotBeDone, enqueue
from server.storage.database import reading, writing
from server.storage.tables import blob, job

JOB_NAME = "thumbnail"
LONGEST_SIDE = 320
LARGEST_PHOTO_BYTES = 64 * 1024 * 1024
CHILD_WITHIN_S = 30
AT_A_TIME = 500

_CHILD = pathlib.Path(decode_image.__file__)


def make_thumbnail(book: str, sha256: str) -> None:
    """Make and store the thumbnail of a photo, unless it is there already.

    Raises: CannotBeDone, if there is no such photo, or its bytes are no image that can be taken.
    """
    this = and_(blob.c.book_id == book, blob.c.sha256 == sha256)
    columns = (blob.c.state, blob.c.object_key, blob.c.size_bytes, blob.c.thumbnail_key)
    with reading() as connection:
        photo = connection.execute(select(*columns).where(this)).one_or_none()
    if photo is None or photo.state != "stored":
        raise CannotBeDone("there is no such photo")
    if photo.thumbnail_key:
        return
    if photo.size_bytes > LARGEST_PHOTO_BYTES:
        raise CannotBeDone("the photo has too many bytes")

    store = parts.objects()
    small = decoded_small(store.read(photo.object_key))
    key = f"thumbnails/{book}/{sha256}.jpg"
    store.put(key, [small])
    with writing() as connection:
        connection.execute(update(blob).where(this).values(thumbnail_key=key))


def decoded_small(data: bytes) -> bytes:
    """The image as a small JPEG without EXIF, by a child that has limits and no secrets.

    Raises: CannotBeDone, if the image is at fault. ChildFailed, if it may be the machine.
    """
    command = [sys.executable, "-I", str(_CHILD), str(LONGEST_SIDE)]
    try:
        child = subprocess.run(command, input=data, capture_output=True, env={}, timeout=CHILD_WITHIN_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ChildFailed(f"no answer within {CHILD_WITHIN_S} s") from error
    if child.returncode == 0:
        return child.stdout
    if child.returncode == decode_image.AT_FAULT:
        raise CannotBeDone(f"the image cannot be used: {child.stderr.decode('ascii', 'replace').strip()[:40]}")
    if child.returncode == -signal.SIGXCPU:
        raise CannotBeDone("the image cannot be used: too-much-time")
    raise ChildFailed(f"it ended with status {child.returncode}")


class ChildFailed(Exception):
    """The child that decodes ended in a way that may not be the image's fault."""


def enqueue_missing() -> int:
    """Put on the queue each stored photo that has no thumbnail and no job for one. Returns how many."""
    argument = blob.c.book_id + "/" + blob.c.sha256
    asked_for = select(job.c.id).where(job.c.name == JOB_NAME, job.c.argument == argument).exists()
    missing = select(argument).where(blob.c.state == "stored", blob.c.thumbnail_key.is_(None), ~asked_for)
    with writing() as connection:
        found = connection.execute(missing.limit(AT_A_TIME)).scalars().all()
        for photo in found:
            enqueue(connection, JOB_NAME, photo)
    return len(found)
