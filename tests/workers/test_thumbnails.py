"""A thumbnail of a photo, and of what only looks like one."""

import hashlib
import io
import resource
import struct
import time
import zlib

import pytest
from PIL import Image
from sqlalchemy import select

from server.services import parts, thumbnails
from server.services.clock import now_ms
from server.services.jobs import CannotBeDone
from server.storage.database import reading, writing
from server.storage.tables import blob

BOOK = "01890000-0000-7000-8000-000000000001"


@pytest.fixture
def jpeg():
    """A photo as a phone makes it: lying on its side, with a place in its EXIF data."""
    image = Image.effect_noise((1600, 1200), 60).convert("RGB")
    image.paste((255, 0, 0), (0, 0, 200, 1200))  # the left edge is red; upright it is the top
    exif = Image.Exif()
    exif[0x0112] = 6  # turn to the right
    exif[0x010E] = "CANARY-OF-EXIF"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def png(width, height, *, rows=None):
    """A PNG of one colour that is much smaller than what it says it is."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(1)
    written = height if rows is None else rows
    pixels = b"".join(packer.compress(b"\0" * (1 + width * 3)) for _ in range(written)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def store(data, media_type="image/jpeg"):
    """A photo as the upload leaves it. Returns its SHA-256."""
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"photos/{BOOK}/{sha256}"
    parts.objects().put(key, [data])
    row = {column.name: "" for column in blob.c if not column.nullable}
    row |= {"book_id": BOOK, "sha256": sha256, "size_bytes": len(data), "media_type": media_type}
    row |= {"state": "stored", "object_key": key, "stored_at": now_ms()}
    with writing() as connection:
        connection.execute(blob.insert().values(row))
    return sha256


def thumbnail_key(sha256):
    with reading() as connection:
        return connection.scalar(select(blob.c.thumbnail_key).where(blob.c.sha256 == sha256))


def test_a_worker_makes_a_small_upright_jpeg_without_exif_of_a_photo(office, jpeg):
    sha256 = store(jpeg)
    job_id = office.enqueue("thumbnail", f"{BOOK}/{sha256}")

    office.work_all()

    assert office.row(job_id).state == "done"
    small = parts.objects().read(thumbnail_key(sha256))
    image = Image.open(io.BytesIO(small))
    assert (image.format, image.size) == ("JPEG", (240, 320))
    red, green, _ = image.getpixel((120, 10))
    assert red > 200 > 60 > green
    assert b"CANARY" not in small
    assert not image.getexif()


def test_made_twice_it_is_the_same(office, jpeg):
    sha256 = store(jpeg)

    thumbnails.make_thumbnail(BOOK, sha256)
    first = thumbnail_key(sha256)
    thumbnails.make_thumbnail(BOOK, sha256)

    assert thumbnail_key(sha256) == first


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda jpeg: jpeg[: len(jpeg) // 2], "broken"),
        (lambda _: png(7_000, 7_000), "too-many-pixels"),
        (lambda _: png(2_000_000_000, 2_000_000_000, rows=0), "too-many-pixels"),
        (lambda _: png(3_000, 3_000)[:-5_000], "broken"),
        (lambda _: b"<svg onload='alert(1)'/>", "not-an-image"),
        (lambda _: b"", "not-an-image"),
    ],
    ids=["truncated", "49 megapixels", "beyond all measure", "a truncated PNG", "no image", "nothing"],
)
def test_an_image_that_cannot_be_used_fails_its_job_alone_and_at_once(office, jpeg, make, reason):
    bad = office.enqueue("thumbnail", f"{BOOK}/{store(make(jpeg), 'image/png')}")
    good_photo = store(jpeg)
    good = office.enqueue("thumbnail", f"{BOOK}/{good_photo}")

    office.work_all()

    assert office.row(bad).state == "failed"
    assert office.row(bad).attempts == 1
    assert reason in office.row(bad).error
    assert office.row(good).state == "done"
    assert thumbnail_key(good_photo)


def test_the_child_cannot_take_more_memory_than_its_limit(monkeypatch, tmp_path):
    greedy = tmp_path / "greedy.py"
    greedy.write_text(
        f"import sys; sys.path.insert(0, {str(thumbnails._CHILD.parent)!r})\n"
        "import decode_image\n"
        "decode_image.give_up_means()\n"
        "bytearray(600 * 1024 * 1024)\n"
    )
    monkeypatch.setattr(thumbnails, "_CHILD", greedy)

    with pytest.raises(thumbnails.ChildFailed):
        thumbnails.decoded_small(b"")


def test_the_child_cannot_take_more_time_than_its_limit(monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text(
        f"import sys; sys.path.insert(0, {str(thumbnails._CHILD.parent)!r})\n"
        "import decode_image\n"
        "decode_image.CPU_S = 1\n"
        "decode_image.give_up_means()\n"
        "while True: pass\n"
    )
    monkeypatch.setattr(thumbnails, "_CHILD", slow)

    with pytest.raises(CannotBeDone, match="too-much-time"):
        thumbnails.decoded_small(b"")


def test_an_image_of_the_largest_size_is_within_the_limits(jpeg):
    assert Image.open(io.BytesIO(thumbnails.decoded_small(png(6300, 6300)))).size == (320, 320)


def test_a_photo_that_nobody_asked_a_thumbnail_for_gets_one_and_a_bad_one_is_not_asked_for_again(office, jpeg):
    forgotten = store(jpeg)
    bad = store(b"no image")
    office.enqueue("thumbnail", f"{BOOK}/{bad}")
    office.work_all()

    assert thumbnails.enqueue_missing() == 1
    assert thumbnails.enqueue_missing() == 0
    office.work_all()

    assert thumbnail_key(forgotten)
    assert thumbnail_key(bad) is None


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunk(name, data):
    """A good small PNG with one more chunk behind its header."""
    good = png(64, 64)
    return good[:33] + chunk(name, data) + good[33:]


def saved(form, **options):
    file = io.BytesIO()
    Image.new("RGB", (400, 300), (10, 120, 110)).save(file, form, **options)
    return file.getvalue()


HTML = b"<html><script>alert('POLYGLOT')</script></html>"
BOMB = zlib.compress(bytes(200 * 1024 * 1024), 9)  # 200 KB that want to be 200 MB


@pytest.mark.parametrize(
    "make",
    [
        lambda jpeg: jpeg + HTML,
        lambda jpeg: jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(HTML) + 2) + HTML + jpeg[2:],
        lambda _: with_chunk(b"tEXt", b"Comment\0" + HTML),
        lambda _: saved("WEBP", lossless=True) + HTML,
        lambda _: saved("PNG") + b"PK\x03\x04 POLYGLOT",
    ],
    ids=["HTML behind a JPEG", "HTML in a comment", "HTML in a text", "HTML behind a WebP", "an archive behind a PNG"],
)
def test_of_what_is_two_things_at_once_only_the_picture_is_left(jpeg, make):
    small = thumbnails.decoded_small(make(jpeg))

    assert b"POLYGLOT" not in small
    assert small[:2] == b"\xff\xd8"
    assert small.rstrip(b"\0")[-2:] == b"\xff\xd9"
    assert max(Image.open(io.BytesIO(small)).size) <= 320


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_chunk(b"zTXt", b"Comment\0\0" + BOMB),
        lambda: with_chunk(b"iTXt", b"Comment\0\1\0\0\0" + BOMB),
        lambda: with_chunk(b"iCCP", b"profile\0\0" + BOMB),
        lambda: saved("GIF"),
        lambda: saved("TIFF"),
        lambda: saved("BMP"),
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(rm -rf) run\n",
        lambda: struct.pack(">2sHHBHHHB", b"\xff\xd8", 0xFFC0, 17, 8, 65535, 65535, 0, 3),
    ],
    ids=["a zTXt bomb", "an iTXt bomb", "an iCCP bomb", "GIF", "TIFF", "BMP", "PostScript", "a JPEG that is a header"],
)
def test_a_bomb_in_a_side_chunk_or_a_format_that_is_not_taken_costs_nobody_anything(make):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    try:
        small = thumbnails.decoded_small(make())
    except CannotBeDone:
        small = None

    assert small is None or Image.open(io.BytesIO(small)).size == (64, 64)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 512 * 1024)


def test_a_progressive_jpeg_of_very_many_scans_ends_within_the_limits():
    file = io.BytesIO()
    Image.effect_noise((3000, 3000), 90).save(file, "JPEG", progressive=True, quality=95)
    data = file.getvalue()
    scan = data.rindex(b"\xff\xda")
    many = data[:-2] + data[scan:-2] * 400 + b"\xff\xd9"
    began = time.monotonic()

    try:
        thumbnails.decoded_small(many)
    except CannotBeDone as error:
        assert "cannot be used" in str(error)

    assert time.monotonic() - began < thumbnails.CHILD_WITHIN_S
