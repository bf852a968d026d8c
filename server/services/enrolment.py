"""Making a device known: an invitation with a one-time code, and what the device gets for it (decision 15)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from server.services import books, clock, control_journal, epochs, parts, users
from server.storage.database import reading, writing
from server.storage.tables import device, invitation
from sync_protocol import signing
from sync_protocol.canonical import canonical
from sync_protocol.problems import Problem
from sync_protocol.version import PROTOCOL_VERSION

VALID_MS = 24 * 3600 * 1000
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class Invitation:
    """What is shown as QR code and as text. `expires_at` in ms."""

    text: str
    code: str
    expires_at: int


def invite(user_id: str, by: str) -> Invitation:
    """A code for one device of this user: single use, 24 hours. Raises: users.UserError for an unknown or disabled user."""
    user = users.by_id(user_id)
    if user is None or not user.active:
        raise users.UserError("there is no such active user")
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    now = clock.now_ms()
    row = {
        "code_hash": _hash(code),
        "user_id": user_id,
        "issued_by": by,
        "issued_at": now,
        "expires_at": now + VALID_MS,
    }
    with writing() as connection:
        connection.execute(sa.insert(invitation), row)
    text = f"roundbook:1?u={quote(parts.config().url, safe='')}&c={code}&f={parts.keyring().fingerprint}"
    return Invitation(text, code, now + VALID_MS)


def _hash(code: str) -> str:
    plain = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(b"roundbook invitation\n" + plain.encode()).hexdigest()


def enrol(request: Mapping[str, Any]) -> dict[str, Any]:
    """Make a device known. The code is used up in the transaction that stores the device; the same device may ask again.

    Returns: the body of the answer. Raises: Problem(code-wrong), Problem(code-expired), Problem(code-used).
    """
    now = clock.now_ms()
    with writing() as connection:
        which = invitation.c.code_hash == _hash(request["code"])
        row = connection.execute(sa.select(invitation).where(which).with_for_update()).mappings().first()
        if row is None:
            raise Problem(
                "code-wrong", "This server gave out no such code. Compare it with the invitation, letter by letter."
            )
        if row["used_at"] is not None:
            _same_again(connection, row, request)
        elif row["expires_at"] <= now:
            raise Problem("code-expired", "The code was valid for 24 hours. Ask for a new invitation.")
        else:
            if connection.scalar(sa.select(device.c.id).where(device.c.id == request["device"])):
                raise Problem("code-used", "This device is enrolled already.")
            connection.execute(sa.update(invitation).where(which).values(used_at=now, device_id=request["device"]))
            connection.execute(sa.insert(device), device_row(request, row["user_id"], now))
        epoch = epochs.current(connection)
    user = users.by_id(row["user_id"])
    assert user is not None
    books.desk(user.id)
    return answer(request, user, epoch)


def _same_again(connection: sa.Connection, row: sa.RowMapping, request: Mapping[str, Any]) -> None:
    """The answer may have been lost: the same device with the same keys is answered again, anybody else is not."""
    known = connection.execute(sa.select(device.c.sign_key).where(device.c.id == request["device"])).scalar()
    if row["device_id"] != request["device"] or known != request["sign_key"]:
        raise Problem("code-used", "The code was used for another device. Ask for a new invitation.")


def device_row(request: Mapping[str, Any], user_id: str, now: int) -> dict[str, Any]:
    """The row of a new device."""
    taken = ("name", "platform", "app", "schema", "sign_key", "seal_key")
    return {"id": request["device"], "user_id": user_id, "enrolled_at": now, **{name: request[name] for name in taken}}


def answer(request: Mapping[str, Any], user: users.User, epoch: str) -> dict[str, Any]:
    """What a device gets that is known from now on: who it is, a certificate, the server's keys."""
    config, keyring = parts.config(), parts.keyring()
    certificate = {
        "device": request["device"],
        "user": user.id,
        "sign_key": request["sign_key"],
        "seal_key": request["seal_key"],
        "issued_at": clock.now_ms(),
        "server_key": keyring.sign_public,
    }
    return {
        "v": PROTOCOL_VERSION,
        "user": {"id": user.id, "name": user.name, "login": user.login, "language": user.language},
        "company": {"name": config.company, "currency": config.currency, "time_zone": config.time_zone},
        "certificate": certificate,
        "certificate_signature": signing.sign(keyring.sign_key, canonical(certificate)),
        "server": {"sign_key": keyring.sign_public, "seal_key": keyring.seal_public},
        "epoch": epoch,
        "time": clock.now_ms(),
    }


def revoke(device_id: str, state: str, by: str) -> bool:
    """Set a device `retired`, `lost` or `active` again; a restored backup does not undo it. Returns: whether there is such a device."""
    assert state in ("active", "retired", "lost") and by
    with writing() as connection:
        done = connection.execute(
            sa.update(device).where(device.c.id == device_id, device.c.kind == "device").values(state=state)
        )
        if done.rowcount:
            control_journal.append(control_journal.DEVICE, device_id, {"state": state, "by": by})
    return done.rowcount == 1


def devices() -> list[dict[str, Any]]:
    """All enrolled devices, the one seen last first."""
    query = sa.select(device).where(device.c.kind == "device").order_by(sa.func.coalesce(device.c.seen_at, 0).desc())
    with reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
