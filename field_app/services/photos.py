"""Photos of a visit: made small, freed of what the camera wrote into them, sealed, then recorded."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from field_app.services import reading
from field_app.services.saving import creation, refuse, save
from field_app.store.photos import HeldPhoto, NotHere
from sync_protocol.canonical import canonical

if TYPE_CHECKING:
    from field_app.device import Device

__all__ = ["NotHere", "attach", "read", "shrunk"]

LONGEST_SIDE_PX = 1600
QUALITY = 80
PIXELS_LIMIT = 200_000_000
MEDIA_TYPE = "image/jpeg"


def attach(device: Device, visit_id: str, image_bytes: bytes, step: str, caption: str = "") -> str:
    """Keep a photo of a visit. Returns its id, when the bytes and then the record are on the disk.

    Args: step: a code of the declaration, such as `shopfront`. Raises: Refused (not an image, unknown visit), OSError.
    """
    try:
        visit = reading.shown(device, visit_id)
    except KeyError as error:
        raise refuse("visit", "visit.unknown") from error
    content, width, height = shrunk(image_bytes)
    sha256, record_id, taken_at = hashlib.sha256(content).hexdigest(), device.new_id(), device.clock_ms()
    values = {
        "visit": visit_id,
        "step": step,
        "caption": caption,
        "sha256": sha256,
        "size_bytes": len(content),
        "media_type": MEDIA_TYPE,
        "width_px": width,
        "height_px": height,
        "taken_at": taken_at,
        "chain": _link(_last_chain(device, visit_id), visit_id, step, taken_at, sha256),
    }
    changes = creation(device, visit.book, "photo", record_id, visit.customer, values)
    name = device.photos.write(visit.book, sha256, content)  # the bytes first: a record never names what is not there

    def also(set_id: str, seq: int) -> None:
        device.photos.add(
            HeldPhoto(
                record_id, visit.book, set_id, sha256, MEDIA_TYPE, len(content), name, "unsent", taken_at, None, 0
            )
        )

    save(device, visit.book, "attach_photo", changes, also=also)
    return record_id


def read(device: Device, photo_id: str) -> bytes:
    """The bytes of a photo, in memory only. Raises: NotHere (taken on another device), Damaged."""
    return device.photos.read(photo_id)


def shrunk(image_bytes: bytes) -> tuple[bytes, int, int]:
    """(JPEG, width, height): at most 1600 pixels on its longest side, upright, without EXIF, place or thumbnail.

    Raises: Refused.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(image_bytes), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > PIXELS_LIMIT:
                raise refuse("photo", "photo.too-large")
            image.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise refuse("photo", "photo.unreadable") from error
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)  # the pixels only: nothing that the camera wrote beside them
    made = io.BytesIO()
    plain.save(made, "JPEG", quality=QUALITY)
    return made.getvalue(), plain.width, plain.height


def _last_chain(device: Device, visit_id: str) -> str:
    photos = reading.referring(device, visit_id, "photo")
    return str(photos[0].fields.get("chain") or "") if photos else ""


def _link(before: str, visit_id: str, step: str, taken_at: int, sha256: str) -> str:
    """Ties a photo to its visit, step and time, and to the photo before it."""
    return hashlib.sha256(canonical([before, visit_id, step, taken_at, sha256])).hexdigest()
