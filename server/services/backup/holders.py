"""Key holders: people who keep a key apart from the server, for whom every archive is sealed.

Each proves that he can decrypt, when he is enrolled and every 90 days: he opens a file that only his key opens, and says the word in it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.storage.backup_tables import key_holder
from server.storage.database import reading, writing
from sync_protocol import age

LEAST = 2
PROOF_MS = 90 * 24 * 3600 * 1000
CHALLENGE_MS = 14 * 24 * 3600 * 1000
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class HolderError(ValueError):
    """What was asked for cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a key. Instants in ms; `proved_at` None: he has not shown yet that he can decrypt, and nothing is sealed for him."""

    id: str
    name: str
    recipient: str
    added_at: int
    proved_at: int | None
    challenge_at: int | None

    @property
    def raw(self) -> bytes:
        """The public key."""
        return age.recipient_of(self.recipient)

    def proof_ends_at(self) -> int | None:
        """When he has to prove it again."""
        return None if self.proved_at is None else self.proved_at + PROOF_MS

    def is_proven(self, now: int) -> bool:
        """Whether his proof is fresh."""
        return self.proved_at is not None and now < self.proved_at + PROOF_MS


def holders() -> list[Holder]:
    """All of them, in the order in which they came."""
    with reading() as connection:
        return holders_in(connection)


def holders_in(connection: Connection) -> list[Holder]:
    """The same, in a transaction."""
    query = sa.select(key_holder).where(key_holder.c.removed_at.is_(None)).order_by(key_holder.c.added_at)
    return [
        Holder(row["id"], row["name"], row["recipient"], row["added_at"], row["proved_at"], row["challenge_at"])
        for row in connection.execute(query).mappings()
    ]


def recipients(connection: Connection) -> list[Holder]:
    """Those for whom archives are sealed: each once proved that he can decrypt. Raises: HolderError, if they are fewer than two."""
    found = [holder for holder in holders_in(connection) if holder.proved_at is not None]
    if len(found) < LEAST:
        raise HolderError(
            f"An archive is sealed for at least {LEAST} key holders, and {len(found)} proved that they can decrypt:"
            " `roundbook backup key-holder add`"
        )
    return found


def mark_of(held: Sequence[Holder]) -> str:
    """Names a set of recipients: what was sealed for others must be sealed anew."""
    return hashlib.sha256("\n".join(sorted(holder.recipient for holder in held)).encode()).hexdigest()[:16]


def add(name: str, recipient: str, by: str) -> str:
    """Enrol a holder by his public key. Returns: his id. Raises: HolderError."""
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise HolderError("a key holder has a name of 1 to 100 characters")
    try:
        text = age.recipient_text(age.recipient_of(recipient))
    except ValueError as error:
        raise HolderError(f"this is no public key of age: {error}") from error
    with writing() as connection:
        if any(text == holder.recipient or name == holder.name for holder in holders_in(connection)):
            raise HolderError(f"{name} is enrolled already, or this key is somebody's")
        row = {"id": clock.new_id(), "name": name, "recipient": text, "added_by": by, "added_at": clock.now_ms()}
        connection.execute(sa.insert(key_holder), row)
    return str(row["id"])


def remove(holder_id: str) -> None:
    """From now on nothing is sealed for him. What was, he can still open."""
    with writing() as connection:
        connection.execute(sa.update(key_holder).where(key_holder.c.id == holder_id).values(removed_at=clock.now_ms()))


def challenge(holder_id: str) -> bytes:
    """A file for `age -d` that holds one word; only its hash stays here. Raises: HolderError."""
    holder = by_id(holder_id)
    word = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    with writing() as connection:
        values = {"challenge_hash": _hash(word), "challenge_at": clock.now_ms()}
        connection.execute(sa.update(key_holder).where(key_holder.c.id == holder.id).values(**values))
    return b"".join(age.encrypt([holder.raw], [f"{word}\n".encode()], secrets.token_bytes))


def prove(holder_id: str, word: str) -> None:
    """He says the word of his challenge. Each serves once, for 14 days. Raises: HolderError."""
    holder = by_id(holder_id)
    with writing() as connection:
        row = connection.execute(sa.select(key_holder).where(key_holder.c.id == holder.id)).mappings().one()
        if row["challenge_hash"] is None or row["challenge_at"] + CHALLENGE_MS < clock.now_ms():
            raise HolderError("there is no challenge for him, or it is older than 14 days: make a new one")
        if not hmac.compare_digest(row["challenge_hash"], _hash(word)):
            raise HolderError("this is not the word in the file: decrypt it again and copy the whole word")
        values = {"challenge_hash": None, "challenge_at": None, "proved_at": clock.now_ms()}
        connection.execute(sa.update(key_holder).where(key_holder.c.id == holder.id).values(**values))


def by_id(holder_id: str) -> Holder:
    """Raises: HolderError."""
    found = next((holder for holder in holders() if holder_id in (holder.id, holder.name)), None)
    if found is None:
        raise HolderError("there is no such key holder")
    return found


def _hash(word: str) -> str:
    plain = "".join(c for c in word.upper() if c.isalnum())
    return hashlib.sha256(b"roundbook key holder\n" + plain.encode()).hexdigest()
