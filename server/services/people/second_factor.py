"""The second factor: codes of an authenticator app (TOTP, RFC 6238), each taken once, and recovery codes for a lost phone.

The secret is sealed with a key that lies beside the database; of recovery codes the table holds hashes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import pyotp
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy.engine import Connection

from server.services import clock, parts, tries
from server.services.people import security_log
from server.storage.database import reading, writing
from server.storage.people_tables import recovery_code, second_factor

HOLDS_MS = 15 * 60_000  # a code proves who is there for this long
STEP_S = 30
DRIFT_STEPS = 1  # a phone's clock may be off by this many steps
CODES = 10
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret that waits for its first code. `address`: what the QR code holds; `secret`: to be typed, base32; `sealed`: the
    same for the session to keep until the code is given."""

    address: str
    secret: str
    sealed: str


def offer(user_id: str, login: str, sealed: str | None) -> Offer:
    """A secret for somebody who has no second factor yet. Args: sealed: of an offer made before, to show that one again."""
    secret = _unseal(user_id, sealed) if sealed else pyotp.random_base32()
    issuer = f"Roundbook {parts.config().company}".removesuffix(" Roundbook")
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    return Offer(address, secret, sealed or _seal(user_id, secret))


def confirm(user_id: str, sealed: str, code: str, address: str = "") -> list[str] | None:
    """Take the first code of an offered secret: from now on it counts.

    Returns: the recovery codes, shown once and never again; None: the code is wrong, must wait, or there is a second factor.
    """
    now = clock.now_ms()
    if wait_ms(user_id, address):
        return None
    step = _step_of(_unseal(user_id, sealed), code, now)
    if step is None:
        tries.note_wrong(_tries_of(user_id), address, now)
        return None
    with writing() as connection:
        if _row(connection, user_id) is not None:
            return None
        values = {"user_id": user_id, "secret": sealed, "confirmed_at": now, "last_step": step}
        connection.execute(sa.insert(second_factor).values(**values))
        security_log.note(connection, security_log.FACTOR_SET, user_id, by=user_id, address=address)
        return _new_codes(connection, user_id)


def check(user_id: str, code: str, address: str = "") -> bool:
    """Whether this is a code of the user that was not used before. Wrong ones slow the next try down."""
    now = clock.now_ms()
    if wait_ms(user_id, address):
        return False
    with writing() as connection:
        right = _use_step(connection, user_id, code, now) or _use_recovery(connection, user_id, code, now, address)
        if not right:
            security_log.note(connection, security_log.FACTOR_WRONG, user_id, address=address)
    if right:
        tries.note_right(_tries_of(user_id))
    else:
        tries.note_wrong(_tries_of(user_id), address, now)
        _note_lock(user_id, address)
    return right


def wait_ms(user_id: str, address: str = "") -> int:
    """How long the next code must wait; 0: it may be tried now."""
    return tries.wait_ms(_tries_of(user_id), address, clock.now_ms())


def is_set(user_id: str) -> bool:
    """Whether the user has a second factor that counts."""
    with reading() as connection:
        row = _row(connection, user_id)
    return row is not None


def who_has_one() -> set[str]:
    """The users with a second factor that counts."""
    with reading() as connection:
        return set(connection.scalars(sa.select(second_factor.c.user_id)))


def codes_left(user_id: str) -> int:
    """How many recovery codes were not used yet."""
    query = sa.select(sa.func.count()).where(recovery_code.c.user_id == user_id, recovery_code.c.used_at.is_(None))
    with reading() as connection:
        return int(connection.scalar(query) or 0)


def renew_codes(user_id: str, address: str = "") -> list[str]:
    """New recovery codes; the old ones count no more."""
    with writing() as connection:
        security_log.note(connection, security_log.CODES_RENEWED, user_id, by=user_id, address=address)
        return _new_codes(connection, user_id)


def reset(user_id: str, by: str, address: str = "") -> None:
    """Take the second factor from somebody who lost it; he sets up a new one when he next needs it."""
    with writing() as connection:
        connection.execute(sa.delete(second_factor).where(_of(user_id)))
        connection.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
        security_log.note(connection, security_log.FACTOR_RESET, user_id, by=by, address=address)


def _row(connection: Connection, user_id: str) -> sa.Row[tuple[str, str, int | None, int]] | None:
    return connection.execute(sa.select(second_factor).where(_of(user_id))).one_or_none()


def _of(user_id: str) -> sa.ColumnElement[bool]:
    return second_factor.c.user_id == user_id


def _step_of(secret: str, code: str, now: int) -> int | None:
    """The time step that a code belongs to, if it is near enough."""
    plain = "".join(code.split())
    step = now // 1000 // STEP_S
    totp = pyotp.TOTP(secret, interval=STEP_S)
    near = range(step - DRIFT_STEPS, step + DRIFT_STEPS + 1)
    right = [n for n in near if hmac.compare_digest(totp.generate_otp(n).encode(), plain.encode(errors="replace"))]
    return max(right, default=None)


def _use_step(connection: Connection, user_id: str, code: str, now: int) -> bool:
    row = _row(connection, user_id)
    if row is None:
        return False
    step = _step_of(_unseal(user_id, row.secret), code, now)
    if step is None:
        return False
    fresh = sa.and_(_of(user_id), second_factor.c.last_step < step)  # two requests with one code: one of them counts
    return connection.execute(sa.update(second_factor).where(fresh).values(last_step=step)).rowcount == 1


def _use_recovery(connection: Connection, user_id: str, code: str, now: int, address: str) -> bool:
    unused = sa.and_(
        recovery_code.c.code_hash == _hash(user_id, code),
        recovery_code.c.user_id == user_id,
        recovery_code.c.used_at.is_(None),
    )
    used = connection.execute(sa.update(recovery_code).where(unused).values(used_at=now)).rowcount == 1
    if used:
        security_log.note(connection, security_log.CODE_USED, user_id, by=user_id, address=address)
    return used


def _new_codes(connection: Connection, user_id: str) -> list[str]:
    codes = [_readable(secrets.token_bytes(10)) for _ in range(CODES)]
    connection.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
    connection.execute(
        sa.insert(recovery_code), [{"code_hash": _hash(user_id, code), "user_id": user_id} for code in codes]
    )
    return codes


def _readable(raw: bytes) -> str:
    """80 bits as four groups of four letters and digits."""
    text = base64.b32encode(raw).decode().lower()
    return "-".join(text[n : n + 4] for n in range(0, 16, 4))


def _hash(user_id: str, code: str) -> str:
    plain = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.sha256(f"{user_id}:{plain}".encode(errors="replace")).hexdigest()


def _note_lock(user_id: str, address: str) -> None:
    if tries.begins_to_wait(_tries_of(user_id), clock.now_ms()):
        with writing() as connection:
            security_log.note(connection, security_log.FACTOR_LOCKED, user_id, address=address)


def _tries_of(user_id: str) -> str:
    return f"second factor of {user_id}"


def seal_anew(connection: Connection, old: bytes, fresh: bytes) -> None:
    """Open every secret with one key and seal it with another. Raises: InvalidTag, if one was sealed with neither."""
    for row in connection.execute(sa.select(second_factor.c.user_id, second_factor.c.secret)).all():
        sealed = _seal(row.user_id, _unseal(row.user_id, row.secret, old), fresh)
        connection.execute(sa.update(second_factor).where(_of(row.user_id)).values(secret=sealed))


def is_sealed_with(connection: Connection, key: bytes) -> bool:
    """Whether this key opens the secrets; so it is as well if there are none."""
    row = connection.execute(sa.select(second_factor.c.user_id, second_factor.c.secret).limit(1)).first()
    try:
        return row is None or bool(_unseal(row.user_id, row.secret, key))
    except InvalidTag:
        return False


def _seal(user_id: str, secret: str, key: bytes | None = None) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + _cipher(key).encrypt(nonce, secret.encode(), user_id.encode())).decode()


def _unseal(user_id: str, sealed: str, key: bytes | None = None) -> str:
    raw = base64.b64decode(sealed)
    return _cipher(key).decrypt(raw[:_NONCE], raw[_NONCE:], user_id.encode()).decode()


def _cipher(key: bytes | None) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(key or parts.keyring().raw("factor"))
