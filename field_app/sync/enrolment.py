"""Enrolment: a one-time code and the fingerprint of the server's key make an installation a device (decision 15)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from field_app.store.identity import Identity
from field_app.sync.signed import Answer, ServerProblem, Signer, Unsigned, exchange
from field_app.sync.transport import NoNetwork, Transport
from sync_protocol import signing
from sync_protocol.canonical import NotCanonical, canonical
from sync_protocol.problems import BASE
from sync_protocol.version import APP_RELEASE, PROTOCOL_VERSION, SCHEMA_NOW

PATH = "/enrol/1"
TRIES = 3
_PREFIX = "roundbook:1?"
_CODE_PROBLEMS = ("code-wrong", "code-expired", "code-used", "not-the-schema", "busy")
_KEY_BYTES = 32


class InvitationUnreadable(ValueError):
    """The text is not an invitation: `roundbook:1?u=…&c=…&f=…`."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where to enrol, with which code, and how to know the server."""

    url: str
    code: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the server made of it. Args: server_offset_ms: the server's clock minus ours. recovery_key: of the company, if any."""

    identity: Identity
    epoch: str | None
    server_offset_ms: int
    recovery_key: str | None


def parse_invitation(text: str) -> Invitation:
    """Read an invitation as it was scanned or typed. Raises: InvitationUnreadable."""
    text = text.strip()
    if not text.startswith(_PREFIX):
        raise InvitationUnreadable("it does not begin with roundbook:1?")
    members = parse_qs(text.removeprefix(_PREFIX))
    try:
        url, code, fingerprint = members["u"][0], members["c"][0], members["f"][0]
    except KeyError as error:
        raise InvitationUnreadable(f"{error.args[0]} is missing") from error
    if not url.startswith(("http://", "https://")):
        raise InvitationUnreadable("no address of a server")
    return Invitation(url.rstrip("/"), code, fingerprint)


def enrol(
    transport: Transport,
    invitation_text: str,
    device_id: str,
    *,
    name: str,
    platform: str,
    clock_ms: Callable[[], int],
    randomness: Callable[[int], bytes],
) -> Enrolled:
    """Use up the code of an invitation. Raises: InvitationUnreadable, ServerProblem (code-…), NoNetwork."""
    invitation = parse_invitation(invitation_text)
    sign_seed, seal_seed = randomness(_KEY_BYTES), randomness(_KEY_BYTES)
    sign_key = signing.new_private_key(sign_seed)
    seal_public = X25519PrivateKey.from_private_bytes(seal_seed).public_key().public_bytes_raw()
    request = {
        "v": PROTOCOL_VERSION,
        "code": invitation.code,
        "device": device_id,
        "sign_key": signing.public_text(sign_key),
        "seal_key": signing.to_text(seal_public),
        "app": APP_RELEASE,
        "schema": SCHEMA_NOW,
        "name": name,
        "platform": platform,
    }
    body = json.dumps(request, ensure_ascii=False).encode()
    signer = Signer(device_id, sign_key, lambda plain: _key_in(plain, invitation.fingerprint))
    answer = _ask(transport, signer, body, clock_ms)
    content = answer.json()
    try:
        identity = _identity(content, invitation, device_id, sign_seed, seal_seed)
    except (KeyError, TypeError, AttributeError, NotCanonical) as error:
        raise NoNetwork("an answer to an enrolment that lacks a member") from error
    offset_ms = answer.sent_ms - clock_ms()
    return Enrolled(identity, content.get("epoch"), offset_ms, content.get("company", {}).get("recovery_key"))


def _ask(transport: Transport, signer: Signer, body: bytes, clock_ms: Callable[[], int]) -> Answer:
    """The code is used up when the server answers, even if the answer is lost: so the same device asks again at once."""
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            headers = {"Content-Type": "application/json"}
            return exchange(transport, signer, "POST", PATH, body, sent_ms=clock_ms(), headers=headers)
        except Unsigned as error:
            raise _refusal(error) or error from error
        except NoNetwork:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def _identity(
    content: dict[str, Any], invitation: Invitation, device_id: str, sign_seed: bytes, seal_seed: bytes
) -> Identity:
    user, company, server = content["user"], content["company"], content["server"]
    certificate, signature = content["certificate"], str(content["certificate_signature"])
    vouched = {
        "device": device_id,
        "user": user["id"],
        "sign_key": signing.public_text(signing.new_private_key(sign_seed)),
        "seal_key": signing.to_text(X25519PrivateKey.from_private_bytes(seal_seed).public_key().public_bytes_raw()),
    }
    if {name: certificate.get(name) for name in vouched} != vouched:
        raise NoNetwork("a certificate of another device, user or key")
    if not signing.verify(server["sign_key"], signature, canonical(certificate)):
        raise NoNetwork("a certificate that the server did not sign")
    return Identity(
        server_url=invitation.url,
        device_id=device_id,
        user_id=user["id"],
        user_name=user["name"],
        login=user.get("login", ""),
        language=user.get("language", "en"),
        company=company["name"],
        currency=company["currency"],
        time_zone=company["time_zone"],
        certificate=content["certificate"],
        certificate_signature=content["certificate_signature"],
        server_sign_key=server["sign_key"],
        server_seal_key=server["seal_key"],
        sign_seed=signing.to_text(sign_seed),
        seal_seed=signing.to_text(seal_seed),
    )


def _key_in(plain: bytes, fingerprint: str) -> str:
    """The server's key out of its own answer: it counts only if its fingerprint is the one of the invitation."""
    try:
        key: str = json.loads(plain)["server"]["sign_key"]
        if signing.fingerprint(key) != fingerprint:
            raise ValueError("another server's key")
    except (KeyError, TypeError) as error:
        raise ValueError("no key of a server") from error
    return key


def _refusal(error: Unsigned) -> ServerProblem | None:
    """A refused code cannot be verified, because the server's key comes only with a granted one. It is believed as far as
    it tells a person to ask for another code, and no further.
    """
    try:
        document = json.loads(error.plain)
        name = str(document["type"]).removeprefix(BASE)
    except (ValueError, KeyError, TypeError):
        return None
    return ServerProblem(document, error.status) if name in _CODE_PROBLEMS else None
