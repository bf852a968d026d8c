"""The device behind a request: who it is, whether it may go on, and what it says it still holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services import clock
from server.storage.database import reading, writing
from server.storage.tables import change_set, user_account
from server.storage.tables import device as table
from sync_protocol import identity, signing
from sync_protocol.problems import Problem

CLOCK_TOLERANCE_MS = 10 * 60 * 1000


_BY_ID = (
    sa.select(table, user_account.c.state.label("user_state"), user_account.c.roles)
    .join(user_account, user_account.c.id == table.c.user_id)
    .where(table.c.id == sa.bindparam("device"), table.c.kind == "device")
)
_CONTACT = ("last_seq", "seen_at", "app", "schema", "skew_ms", "held_sets", "held_photos", "held_since")
_NOTE_CONTACT = (
    sa.update(table)
    .where(table.c.id == sa.bindparam("device"))
    .values({name: sa.bindparam(f"now_{name}") for name in _CONTACT})
)


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device, as its row says."""

    id: str
    user: str
    state: str
    last_seq: int
    sign_key: str
    user_active: bool
    skew_ms: int = 0
    roles: tuple[str, ...] = ()


def authenticate(device_id: str, signature: str, text: bytes) -> Device:
    """The device that signed this request. Raises: Problem(device-unknown), Problem(signature-wrong)."""
    if not identity.is_id(device_id):
        raise Problem(
            "signature-wrong", "The headers Roundbook-Device, Roundbook-Sent and Roundbook-Signature are needed."
        )
    with reading() as connection:
        row = connection.execute(_BY_ID, {"device": device_id}).mappings().first()
    if row is None:
        raise Problem("device-unknown", "This server does not know the device. It keeps all it has; enrol it again.")
    if not signing.verify(row["sign_key"], signature, text):
        raise Problem("signature-wrong", "The signature is not the one that this device makes over these bytes.")
    return Device(
        row["id"],
        row["user_id"],
        row["state"],
        row["last_seq"],
        row["sign_key"],
        row["user_state"] == "active",
        row["skew_ms"],
        tuple(json.loads(row["roles"])),
    )


def check_clock(sent_ms: int) -> None:
    """A request without a body of its own is refused when its time is far from ours. Raises: Problem(clock-apart)."""
    if abs(sent_ms - clock.now_ms()) > CLOCK_TOLERANCE_MS:
        raise Problem("clock-apart", "Correct `sent` by the server time of the last answer.", time=clock.now_ms())


def is_of_before(device: Device, request: Mapping[str, Any]) -> bool:
    """Whether a request with a low `last_seq` may be one that the network delivers late, or once more (R40): it was signed before
    this device sent what it counted next. A copy, or a device that was rolled back, signs after that.

    The clock is the device's own. Where it was set back meanwhile, either may be taken for the other.
    """
    own_clock = change_set.c.received_at + sa.case(
        (change_set.c.skew_ms != 0, change_set.c.skew_ms), else_=device.skew_ms
    )
    came_next = sa.select(own_clock).where(
        change_set.c.device_id == device.id, change_set.c.seq > request["last_seq"]
    ).order_by(change_set.c.seq).limit(1)  # fmt: skip
    newest = sa.select(table.c.seen_at + table.c.skew_ms).where(table.c.id == device.id)
    with reading() as connection:
        then = connection.scalar(came_next)
        return int(request["sent"]) <= int((connection.scalar(newest) or 0) if then is None else then)


def note_contact(device: Device, request: Mapping[str, Any], highest: int) -> None:
    """Remember that it was here, up to which number it has counted, and what it still holds (step 6 of a request)."""
    holds = request.get("holds") or {}
    now = clock.now_ms()
    values: dict[str, Any] = {
        "last_seq": max(device.last_seq, request["last_seq"], highest),
        "seen_at": now,
        "app": request["app"],
        "schema": request["schema"],
        "skew_ms": request["sent"] - now,
        "held_sets": holds.get("sets", 0),
        "held_photos": holds.get("photos", 0),
        "held_since": holds.get("since"),
    }
    with writing() as connection:
        connection.execute(_NOTE_CONTACT, {"device": device.id, **{f"now_{name}": values[name] for name in _CONTACT}})


def note_carried(device: Device, highest: int) -> None:
    """A file of it came by hand: it says up to which number it had counted, and nothing of its clock or of what it holds now."""
    with writing() as connection:
        behind = sa.and_(table.c.id == device.id, table.c.last_seq < highest)
        connection.execute(sa.update(table).where(behind).values(last_seq=highest))
