"""Photos and their thumbnails: bytes for who may read the book, never anything but a picture."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server.console.access import absent, scope, signed_in, user
from server.services import pictures
from server.services.reading import read_log

blueprint = Blueprint("pictures", __name__, url_prefix="/photos")

DAY_S = 24 * 3600


@blueprint.get("/<book_id>/<sha256>")
@signed_in
def full(book_id: str, sha256: str) -> Response:
    found = _bytes(book_id, sha256, thumbnail=False)
    if (customer := pictures.customer_of(book_id, sha256)) is not None:
        read_log.note_once(user().id, customer, request.endpoint or "")
    return found


@blueprint.get("/<book_id>/<sha256>/thumbnail")
@signed_in
def thumbnail(book_id: str, sha256: str) -> Response:
    return _bytes(book_id, sha256, thumbnail=True)


def _bytes(book_id: str, sha256: str, *, thumbnail: bool) -> Response:
    found = pictures.open_bytes(scope(), book_id, sha256, thumbnail=thumbnail)
    if found is None:
        absent()
    media_type, chunks = found
    if (
        media_type not in pictures.MEDIA_TYPES
    ):  # what a device calls a picture may be a page: it is handed out as a file
        response = Response(chunks, mimetype="application/octet-stream")
        response.headers["Content-Disposition"] = "attachment"
        return response
    response = Response(chunks, mimetype=media_type)
    response.headers["Cache-Control"] = f"private, max-age={DAY_S}, immutable"
    return response
