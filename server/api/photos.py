"""tus 1.0 at `/photos/1/`: core, creation, checksum. Every request is signed (decision 14)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from flask import Blueprint, Response, request

from server.api import signed
from server.services import devices_sync, uploads
from sync_protocol.identity import is_id
from sync_protocol.problems import Problem

blueprint = Blueprint("photos", __name__, url_prefix="/photos/1")
VERSION = "1.0.0"
PIECE_BYTES_LIMIT = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _answer(status: int, headers: dict[str, str]) -> Response:
    return signed.sign(Response(b"", status, headers=headers))


@blueprint.after_request
def _say_version(response: Response) -> Response:
    """Every answer says which tus it speaks, problems too; one about the version says which there are."""
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


def _device() -> devices_sync.Device:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Problem("tus-version", "This server speaks tus 1.0.0.")
    content = b"" if request.method == "HEAD" else signed.body()
    device = signed.device(content)
    devices_sync.check_clock(signed.sent_ms())
    if device.state == "lost":
        raise Problem("device-lost", "This device was reported lost; it wipes itself.")
    if not device.user_active:
        raise Problem("user-disabled", "The user of this device is disabled. Photos stay on the device.")
    return device


@blueprint.route("/", methods=["OPTIONS"], strict_slashes=False)
def options() -> Response:
    """What is offered."""
    offered = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,checksum",
        "Tus-Max-Size": str(uploads.PHOTO_BYTES_LIMIT),
        "Tus-Checksum-Algorithm": "sha1,sha256",
    }
    return _answer(204, offered)


@blueprint.post("/", strict_slashes=False)
def create() -> Response:
    """Begin an upload, named by book, set and hash."""
    device = _device()
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    length = request.headers.get("Upload-Length", "")
    if not (length.isascii() and length.isdecimal() and len(length) < 12):
        raise Problem("not-the-schema", "Upload-Length is needed, in bytes.", reasons={"Upload-Length": ["required"]})
    if not (
        is_id(metadata.get("book")) and is_id(metadata.get("set")) and _SHA256.fullmatch(metadata.get("sha256", ""))
    ):
        raise Problem(
            "not-the-schema",
            "Upload-Metadata names book, set, sha256 and type.",
            reasons={"Upload-Metadata": ["required"]},
        )
    begun = uploads.begin(
        device.id,
        device.user,
        book=metadata["book"],
        set_id=metadata["set"],
        sha256=metadata["sha256"],
        media_type=metadata.get("type", ""),
        length=int(length),
    )
    return _answer(201, {"Location": f"/photos/1/{begun.id}", "Upload-Offset": str(begun.offset)})


def _metadata(header: str) -> dict[str, str]:
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Problem(
                "not-the-schema", "Upload-Metadata is base64 of UTF-8.", reasons={name: ["base64"]}
            ) from error
    return found


@blueprint.route("/<upload_id>", methods=["HEAD"])
def offset(upload_id: str) -> Response:
    """How far an upload has come."""
    found = uploads.find(_device().id, upload_id)
    return _answer(
        200, {"Upload-Offset": str(found.offset), "Upload-Length": str(found.length), "Cache-Control": "no-store"}
    )


@blueprint.patch("/<upload_id>")
def piece(upload_id: str) -> Response:
    """The next bytes."""
    if request.content_type != "application/offset+octet-stream":
        raise Problem(
            "not-the-schema", "The content type is application/offset+octet-stream.", reasons={"Content-Type": ["type"]}
        )
    if (request.content_length or 0) > PIECE_BYTES_LIMIT:
        raise Problem("too-large", f"A piece has at most {PIECE_BYTES_LIMIT} bytes.")
    device = _device()
    content = signed.body()
    _check_piece(content)
    at = request.headers.get("Upload-Offset", "")
    if not (at.isascii() and at.isdecimal() and len(at) < 12):
        raise Problem("not-the-schema", "Upload-Offset is needed.", reasons={"Upload-Offset": ["required"]})
    after = uploads.append(device.id, upload_id, int(at), content)
    return _answer(204, {"Upload-Offset": str(after)})


def _check_piece(content: bytes) -> None:
    """The checksum extension: a piece that was damaged on the way costs only itself."""
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return
    name, _, wanted = header.partition(" ")
    if name not in ("sha1", "sha256"):
        raise Problem(
            "not-the-schema", "Upload-Checksum is by sha1 or sha256.", reasons={"Upload-Checksum": ["algorithm"]}
        )
    found = base64.b64encode(hashlib.new(name, content, usedforsecurity=False).digest()).decode()
    if found != wanted:
        raise Problem("photo-differs", "This piece differs from its checksum. Nothing of it was kept; send it again.")
