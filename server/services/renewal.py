"""Renewal: a device that this server has forgotten shows the certificate that it was given (R41)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from server.services import books, clock, control_journal, enrolment, epochs, parts, users
from server.storage.database import writing
from server.storage.tables import device
from sync_protocol import signing
from sync_protocol.canonical import canonical
from sync_protocol.problems import Problem


def renew(request: Mapping[str, Any]) -> dict[str, Any]:
    """Make a device known again as its certificate says. A device that is known gets the same answer and stays as it is.

    Returns: the body of the answer, as of an enrolment. Raises: Problem(signature-wrong), if this server did not sign the
    certificate; Problem(device-unknown), if the user is not known either; Problem(device-lost), if it was reported lost.
    """
    certificate = request["certificate"]
    _check(certificate, request["certificate_signature"])
    user = users.by_id(certificate["user"])
    if user is None:
        raise Problem("device-unknown", "This server does not know the user of this device either. Enrol it again.")
    wanted = {**request, "device": certificate["device"]}
    wanted |= {name: certificate[name] for name in ("sign_key", "seal_key")}
    with writing() as connection:
        query = sa.select(device.c.sign_key, device.c.state, device.c.user_id)
        known = connection.execute(query.where(device.c.id == certificate["device"])).first()
        if known is not None and (known.sign_key, known.user_id) != (certificate["sign_key"], user.id):
            raise Problem("signature-wrong", "This device is known under other keys.")
        state = known.state if known is not None else control_journal.device_state(certificate["device"]) or "active"
        if known is None:
            row = enrolment.device_row(wanted, user.id, clock.now_ms())
            connection.execute(sa.insert(device), {**row, "state": state})
        epoch = epochs.current(connection)
    if state == "lost":
        raise Problem("device-lost", "This device was reported lost. It wipes itself.")
    books.desk(user.id)
    return enrolment.answer(wanted, user, epoch)


def _check(certificate: Mapping[str, Any], signature: str) -> None:
    keyring = parts.keyring()
    ours = certificate["server_key"] == keyring.sign_public
    if not (ours and signing.verify(keyring.sign_public, signature, canonical(dict(certificate)))):
        raise Problem("signature-wrong", "This certificate was not signed by this server. Enrol the device again.")
