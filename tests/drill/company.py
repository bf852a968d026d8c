"""A small company whose backups are tried: an office on either engine, key holders, customers, photos, a few days of work."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from server.services import clock, parts, users
from server.services.backup import holders, memory, packs, runs, segments
from server.services.backup.onetime import one_time_key
from server.services.backup.sealing import Throttle
from server.storage import tables
from server.storage.archives import ArchiveStore
from server.storage.database import writing
from sync_protocol import age
from tests.head_office import HeadOffice, open_office


@dataclass
class Company:
    """An office and what its key holders keep."""

    office: HeadOffice
    keys: dict[str, bytes]

    @property
    def store(self) -> ArchiveStore:
        with self.office.app.app_context():
            return memory.store()

    @property
    def public(self) -> str:
        with self.office.app.app_context():
            return memory.public()

    def enrol_holders(self, *names: str) -> None:
        """Each proves that he can decrypt."""
        with self.office.app.app_context():
            for name in names:
                key = X25519PrivateKey.generate()
                self.keys[name] = key.private_bytes_raw()
                holder = holders.add(name, age.recipient_text(key.public_key().public_bytes_raw()), users.SYSTEM)
                word = b"".join(age.decrypt([self.keys[name]], [holders.challenge(holder)]))
                holders.prove(holder, word.decode())

    def photos(self, count: int, size: int, chance: random.Random, book: str = "north") -> None:
        """Photos that arrived: in the object store, and known to the database."""
        with self.office.app.app_context():
            rows = []
            for _ in range(count):
                content = chance.randbytes(size)
                sha256 = hashlib.sha256(content).hexdigest()
                key = f"photos/{self.office.books[book]}/{sha256}"
                parts.objects().put(key, [content])
                rows.append(
                    {
                        "book_id": self.office.books[book],
                        "sha256": sha256,
                        "size_bytes": size,
                        "media_type": "image/jpeg",
                        "state": "stored",
                        "object_key": key,
                        "device_id": users.SYSTEM,
                        "stored_at": clock.now_ms(),
                    }
                )
            with writing() as connection:
                connection.execute(sa.insert(tables.blob), rows)

    def work(self, count: int, chance: random.Random) -> None:
        """Customers come, and words that SQL might stumble over."""
        words = ("O'Hara", "福星", 'say "hi"', "a\\b\nc;\n.quit", ":x %s", "")
        for _ in range(count):
            book = chance.choice(("north", "south"))
            self.office.customer(
                book, f"{chance.choice(words)} {chance.random()}", contact_person=chance.choice(words) or None
            )

    def run(self) -> runs.Done:
        with self.office.app.app_context():
            return runs.run(throttled=False)

    def seal(self) -> None:
        with self.office.app.app_context():
            segments.seal()

    def pack(self) -> None:
        with self.office.app.app_context(), one_time_key() as key:
            packs.pack_missing(memory.store(), key, Throttle())


def found(home: Path, environment: Mapping[str, str] | None = None) -> Company:
    """A company with two people, two books, a product and two key holders."""
    office = open_office(home, **(environment or {}))
    for login in ("li", "wang"):
        office.user(login)
    office.book("north", maintainer="li")
    office.book("south", maintainer="wang")
    office.product("A1", "Black Velvet", 1299)
    company = Company(office, {})
    company.enrol_holders("ann", "bob")
    return company
