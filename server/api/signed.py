"""Signed requests and signed answers: the frame that every endpoint for devices shares."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from typing import Any

from flask import Response, g, request

from server.services import clock, devices_sync, parts
from sync_protocol import json_text, signing
from sync_protocol.messages import INFLATE_RATIO_LIMIT, REQUEST_BYTES_LIMIT
from sync_protocol.problems import Problem

DEVICE, SENT, SIGNATURE = "Roundbook-Device", "Roundbook-Sent", "Roundbook-Signature"
GZIP_FROM_BYTES = 150
SMALL_ANSWER_LEVEL = 6
LARGE_ANSWER_BYTES = 128 * 1024
LARGE_ANSWER_LEVEL = 4  # most of it are signatures: two thirds of the time, and 1 % more bytes


def body() -> bytes:
    """The request's body, inflated under the limits. Raises: Problem(too-large), Problem(not-json)."""
    if "signed_body" in g:
        found: bytes = g.signed_body
        return found
    if (request.content_length or 0) > REQUEST_BYTES_LIMIT:
        raise Problem(
            "too-large",
            f"A request has at most {REQUEST_BYTES_LIMIT} bytes. Nothing was stored; send fewer change sets at a time.",
        )
    raw = request.get_data(cache=False)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "gzip":
        raw = _inflate(raw)
    elif encoding != "identity":
        raise Problem("not-json", "The only content encoding taken is gzip.")
    if len(raw) > REQUEST_BYTES_LIMIT:
        raise Problem(
            "too-large",
            f"A request has at most {REQUEST_BYTES_LIMIT} bytes. Nothing was stored; send fewer change sets at a time.",
        )
    g.signed_body = raw
    return raw


def _inflate(raw: bytes) -> bytes:
    limit = min(REQUEST_BYTES_LIMIT, max(len(raw), 1024) * INFLATE_RATIO_LIMIT)
    inflater = zlib.decompressobj(wbits=31)
    try:
        found = inflater.decompress(raw, limit + 1)
    except zlib.error as error:
        raise Problem("not-json", "The body is not gzip, though its header says so.") from error
    if len(found) > limit:
        raise Problem(
            "too-large",
            f"Inflated, a request has at most {REQUEST_BYTES_LIMIT} bytes, and 100 times what was sent. Nothing was stored.",
        )
    if not inflater.eof:
        raise Problem("not-json", "The gzip stream is cut off.")
    return found


def asked_hash() -> str:
    """Hex SHA-256 of the request's body, made once; of nothing where the body cannot be read, and for HEAD."""
    if "asked_hash" not in g:
        try:
            g.asked_hash = signing.body_hash(b"" if request.method == "HEAD" else body())
        except Problem:
            g.asked_hash = signing.body_hash(b"")
    found: str = g.asked_hash
    return found


def sent_ms() -> int:
    """The header Roundbook-Sent. Raises: Problem(signature-wrong), if it is not a time."""
    text = request.headers.get(SENT, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Problem(
            "signature-wrong", "The headers Roundbook-Device, Roundbook-Sent and Roundbook-Signature are needed."
        )
    return int(text)


def path() -> str:
    """The path with its query, as the device signed it."""
    found = request.full_path if request.query_string else request.path
    return found


def device(content: bytes) -> devices_sync.Device:
    """The device that signed this request. Args: content: its body, empty for HEAD. Raises: Problem."""
    device_id = request.headers.get(DEVICE, "")
    hashed = asked_hash() if content else signing.body_hash(content)
    text = signing.hashed_request_text(request.method, path(), device_id, sent_ms(), hashed)
    return devices_sync.authenticate(device_id, request.headers.get(SIGNATURE, ""), text)


def answer(value: Mapping[str, Any], status: int = 200, media_type: str = "application/json") -> Response:
    """A JSON answer, signed, and gzipped where the device takes it and it is worth it."""
    return sign(Response(json_text.dumps(value), status, mimetype=media_type))


def sign(response: Response) -> Response:
    """Put the server's signature over an answer; the hash is of the body before gzip."""
    content = b"" if request.method == "HEAD" else response.get_data()
    sign_file(response, signing.body_hash(content))
    if len(content) >= GZIP_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        level = SMALL_ANSWER_LEVEL if len(content) < LARGE_ANSWER_BYTES else LARGE_ANSWER_LEVEL
        response.set_data(gzip.compress(content, level, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def sign_file(response: Response, sha256: str) -> Response:
    """The signature over an answer that is known by its hash. Args: sha256: of the body; of a part of a file, of the whole."""
    sent = clock.now_ms()
    text = signing.hashed_answer_text(
        request.method, path(), request.headers.get(DEVICE, ""), sent, sha256, asked_hash()
    )  # fmt: skip
    response.headers[SENT] = str(sent)
    response.headers[SIGNATURE] = signing.sign(parts.keyring().sign_key, text)
    response.headers["Cache-Control"] = "no-store"
    return response
