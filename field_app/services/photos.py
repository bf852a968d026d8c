"""Photos of a visit: made small, freed of what the camera wrote into them, sealed, and only then described and recorded."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.saving import creation, refuse, save
from field_app.services.visits import placed
from field_app.store.overlay import Shown
from field_app.store.photos import HeldPhoto, NotHere
from sync_protocol import evidence

if TYPE_CHECKING:
    from field_app.device import Device

__all__ = [
    "NotHere",
    "Sealed",
    "attach",
    "creation_of",
    "held",
    "hold",
    "keep",
    "let_go",
    "read",
    "read_sealed",
    "seal",
    "shrunk",
]

LONGEST_SIDE_PX = 1600
QUALITY = 80
PIXELS_LIMIT = 200_000_000
MEDIA_TYPE = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A picture that is on the disk, small and encrypted, and belongs to no record yet. Args: place: fields of a photo."""

    book: str
    name: str
    sha256: str
    size: int
    width_px: int
    height_px: int
    taken_at: int
    place: dict[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """What a photo's record says of it."""
        return {
            "sha256": self.sha256,
            "size_bytes": self.size,
            "media_type": MEDIA_TYPE,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "taken_at": self.taken_at,
            **self.place,
        }


def seal(device: Device, book: str, image_bytes: bytes, place: Mapping[str, Any] | None = None) -> Sealed:
    """Shrink a picture and put it on the disk encrypted. Raises: Refused (not an image), OSError."""
    content, width, height = shrunk(image_bytes)
    sha256 = hashlib.sha256(content).hexdigest()
    name = device.photos.write(book, sha256, content)
    known = {key: value for key, value in placed(place).items() if key in evidence.PLACE}
    return Sealed(book, name, sha256, len(content), width, height, device.clock_ms(), known)


def hold(device: Device, visit_id: str, image_bytes: bytes, place: Mapping[str, Any] | None = None) -> Sealed:
    """Seal a picture for a visit before anybody describes it: a killed app offers it again. Raises: Refused, OSError."""
    sealed = seal(device, _visit(device, visit_id).book, image_bytes, place)
    device.photos.hold(visit_id, sealed.book, sealed.name, asdict(sealed))
    return sealed


def held(device: Device, visit_id: str) -> Sealed | None:
    """The picture that waits to be described for this visit."""
    found = device.photos.held(visit_id)
    return Sealed(**found) if found else None


def let_go(device: Device, visit_id: str) -> None:
    """Give up the picture that waits: its file is deleted unless a photo has the same content."""
    device.photos.let_go(visit_id)


def keep(device: Device, visit_id: str, sealed: Sealed, step: str, caption: str = "") -> str:
    """Make a sealed picture a photo of a visit. Returns its id, when the record is on the disk.

    Args: step: a code of the declaration, such as `shopfront`. Raises: Refused, OSError.
    """
    visit = _visit(device, visit_id)
    values = {"visit": visit_id, "step": step, "caption": caption}
    record_id, changes, note = creation_of(device, visit.book, visit.customer, sealed, values)

    def also(set_id: str, seq: int) -> None:
        note(set_id, seq)
        device.photos.release(visit_id, sealed.name)

    save(device, visit.book, "attach_photo", changes, also=also)
    return record_id


def attach(
    device: Device,
    visit_id: str,
    image_bytes: bytes,
    step: str,
    caption: str = "",
    place: Mapping[str, Any] | None = None,
) -> str:
    """Keep a picture as a photo of a visit at once. Raises: Refused (not an image, unknown visit), OSError."""
    sealed = seal(device, _visit(device, visit_id).book, image_bytes, place)
    return keep(device, visit_id, sealed, step, caption)


def creation_of(
    device: Device, book: str, customer: str | None, sealed: Sealed, values: Mapping[str, Any]
) -> tuple[str, list[dict[str, Any]], Callable[[str, int], None]]:
    """(id, changes, note): what makes a sealed picture a record; `note` belongs into the transaction that saves them."""
    record_id = device.new_id()
    fields = {**values, **sealed.fields()}
    if fields.get("visit"):
        fields["chain"] = evidence.link(_last_chain(device, str(fields["visit"])), fields)
    changes = creation(device, book, "photo", record_id, customer, fields)

    def note(set_id: str, _seq: int) -> None:
        taken = sealed.taken_at
        row = (record_id, book, set_id, sealed.sha256, MEDIA_TYPE, sealed.size, sealed.name, "unsent", taken, None, 0)
        device.photos.add(HeldPhoto(*row))

    return record_id, changes, note


def read(device: Device, photo_id: str) -> bytes:
    """The bytes of a photo, in memory only. Raises: NotHere (taken on another device), Damaged."""
    return device.photos.read(photo_id)


def read_sealed(device: Device, sealed: Sealed) -> bytes:
    """The bytes of a picture that waits to be described. Raises: NotHere, Damaged."""
    row = ("", sealed.book, "", sealed.sha256, MEDIA_TYPE, sealed.size, sealed.name, "unsent", sealed.taken_at, None, 0)
    return b"".join(device.photos.pieces(HeldPhoto(*row)))


def shrunk(image_bytes: bytes) -> tuple[bytes, int, int]:
    """(JPEG, width, height): at most 1600 pixels on its longest side, upright, without EXIF, place or thumbnail.

    Raises: Refused.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(image_bytes), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > PIXELS_LIMIT:
                raise refuse("photo", "photo.too-large")
            # A JPEG is decoded to half or a quarter where that is enough. Asked for in its own shape: a square would ask for more.
            share = LONGEST_SIDE_PX / max(image.size)
            image.draft("RGB", (int(image.width * share), int(image.height * share)))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise refuse("photo", "photo.unreadable") from error
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)  # the pixels only: nothing that the camera wrote beside them
    made = io.BytesIO()
    plain.save(made, "JPEG", quality=QUALITY)
    return made.getvalue(), plain.width, plain.height


def _visit(device: Device, visit_id: str) -> Shown:
    try:
        return reading.shown(device, visit_id)
    except KeyError as error:
        raise refuse("visit", "visit.unknown") from error


def _last_chain(device: Device, visit_id: str) -> str:
    photos = reading.referring(device, visit_id, "photo")  # ids follow each other as the photos were kept
    return str(max(photos, key=lambda photo: photo.id).fields.get("chain") or "") if photos else ""
