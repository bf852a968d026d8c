"""Renewal: a server that has forgotten this device is shown the certificate that it gave (R41)."""

from __future__ import annotations

import json
import platform as machine
from dataclasses import replace
from typing import TYPE_CHECKING

from field_app.sync.signed import Signer, exchange
from field_app.sync.transport import NoNetwork, Transport
from sync_protocol.version import APP_RELEASE, PROTOCOL_VERSION, SCHEMA_NOW

if TYPE_CHECKING:
    from field_app.device import Device

PATH = "/renew/1"


def renew(device: Device, transport: Transport) -> None:
    """Become known again under the same id and keys; nothing on the device changes but the certificate.

    Raises: ServerProblem (signature-wrong, device-unknown, device-lost), NoNetwork.
    """
    identity = device.identity
    request = {
        "v": PROTOCOL_VERSION,
        "certificate": identity.certificate,
        "certificate_signature": identity.certificate_signature,
        "app": APP_RELEASE,
        "schema": SCHEMA_NOW,
        "platform": machine.system(),
    }
    signer = Signer(identity.device_id, identity.sign_key, lambda _: identity.server_sign_key)
    body = json.dumps(request, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    content = exchange(
        transport, signer, "POST", PATH, body, sent_ms=device.clock_ms(), headers=headers
    ).json()  # fmt: skip
    try:
        if content["certificate"]["device"] != identity.device_id or content["user"]["id"] != identity.user_id:
            raise NoNetwork("a renewal for somebody else")
        renewed = replace(
            identity,
            certificate=content["certificate"],
            certificate_signature=content["certificate_signature"],
            server_seal_key=content["server"]["seal_key"],
        )
    except (KeyError, TypeError) as error:
        raise NoNetwork("an answer to a renewal that lacks a member") from error
    with device.database.transaction():
        device.replace_identity(renewed)
