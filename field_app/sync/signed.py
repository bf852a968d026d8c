"""Signed requests and answers (decision 14). What is not signed by the server of the invitation is no answer at all (R3)."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from field_app.sync.transport import ANSWER_LIMIT_BYTES, NoNetwork, Response, Transport
from sync_protocol import json_text, signing
from sync_protocol.problems import BASE

_GZIP = 31  # wbits: with the header and the sum of a gzip member
PROBLEM_TYPE = "application/problem+json"


class ServerProblem(Exception):
    """A problem document that the server signed. Args: name: the last part of its type. retry_after_s: from its header."""

    def __init__(self, document: Mapping[str, Any], status: int, retry_after_s: int | None = None) -> None:
        self.name = str(document.get("type", "")).removeprefix(BASE)
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail", ""))
        self.status = status
        self.members = dict(document)
        self.retry_after_s = retry_after_s
        super().__init__(f"{self.name}: {self.detail}")


class Unsigned(NoNetwork):
    """Something answered, but not our server. Args: plain: what it said, inflated: nothing to act upon."""

    def __init__(self, status: int, plain: bytes = b"") -> None:
        super().__init__(f"an answer ({status}) without the server's signature")
        self.status = status
        self.plain = plain


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer. Args: body: inflated. sent_ms: the server's clock. bytes_up, bytes_down: of the bodies on the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_ms: int
    bytes_up: int
    bytes_down: int

    def json(self) -> dict[str, Any]:
        """The body as JSON. Raises: NoNetwork: a server that signs what is no JSON is none of ours."""
        try:
            found = json_text.loads(self.body)
        except ValueError as error:
            raise NoNetwork("a signed answer that is not JSON") from error
        if not isinstance(found, dict):
            raise NoNetwork("a signed answer that is not an object")
        return found


@dataclass(frozen=True, slots=True)
class Signer:
    """Who asks, and whose answers count. Args: server_key: from an answer, at enrolment, when only its fingerprint is known."""

    device_id: str
    key: Ed25519PrivateKey
    server_key: Callable[[bytes], str]


def exchange(
    transport: Transport,
    signer: Signer,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    sent_ms: int,
    headers: Mapping[str, str] | None = None,
    compress: bool = False,
    gzipped: bytes | None = None,
    sha256: str | None = None,
    file_sha256: str | None = None,
) -> Answer:
    """One signed request and its verified answer.

    Args: gzipped: the body compressed, sha256: its hash in hex digits, where that is done already. file_sha256: the answer is this file, or a part of it.
    Raises: NoNetwork, Unsigned, ServerProblem.
    """
    asked = sha256 or signing.body_hash(body)
    text = signing.hashed_request_text(method, path, signer.device_id, sent_ms, asked)
    sent = {
        "Roundbook-Device": signer.device_id,
        "Roundbook-Sent": str(sent_ms),
        "Roundbook-Signature": signing.sign(signer.key, text),
        "Accept-Encoding": "gzip",
        **(headers or {}),
    }
    wire_body = body
    if compress:
        wire_body = gzipped or gzip.compress(body, 6, mtime=0)
        sent["Content-Encoding"] = "gzip"
    response = transport.exchange(method, path, sent, wire_body)
    plain = _inflated(response)
    is_file = file_sha256 is not None and response.status in (200, 206)
    told = file_sha256 if is_file and file_sha256 else signing.body_hash(plain)
    server_sent = _verified(response, plain, told, signer, method, path, asked)
    if response.headers.get("content-type", "").startswith(PROBLEM_TYPE):
        raise ServerProblem(_document(plain), response.status, _seconds(response.headers.get("retry-after")))
    return Answer(response.status, response.headers, plain, server_sent, len(wire_body), len(response.body))


def _verified(response: Response, plain: bytes, told: str, signer: Signer, method: str, path: str, asked: str) -> int:
    """The server's clock, if the server signed this as an answer to this very request.

    Args: told: hex hash that it signed. asked: that of the request's body.
    """
    try:
        sent_ms = int(response.headers["roundbook-sent"])
        signature = response.headers["roundbook-signature"]
        text = signing.hashed_answer_text(method, path, signer.device_id, sent_ms, told, asked)
        key = signer.server_key(plain)
    except (KeyError, ValueError) as error:
        raise Unsigned(response.status, plain) from error
    if not signing.verify(key, signature, text):
        raise Unsigned(response.status, plain)
    return sent_ms


def _inflated(response: Response) -> bytes:
    if response.headers.get("content-encoding", "").lower() != "gzip":
        return response.body
    try:
        reader = zlib.decompressobj(wbits=_GZIP)
        plain = reader.decompress(response.body, ANSWER_LIMIT_BYTES + 1)
    except zlib.error as error:
        raise Unsigned(response.status) from error
    if len(plain) > ANSWER_LIMIT_BYTES or not reader.eof:
        raise Unsigned(response.status)
    return plain


def _document(plain: bytes) -> dict[str, Any]:
    try:
        found = json.loads(plain or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isdecimal() else None
