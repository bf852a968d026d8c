"""Signed, chained statements about what lies in the store of the backups.

One is a file of two lines: the statement as canonical JSON, and the Ed25519 signature over that line. Each names its kind, its
number and the hash of the one before, so that none can be changed, swapped, left out or shown again as another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.storage.archives import ArchiveStore, NoSuchFile
from sync_protocol import signing
from sync_protocol.canonical import canonical, parse

FORMAT = "roundbook-archive/1"
FIRST = "0" * 64
ARCHIVE, SEGMENT, PHOTOS, IDENTITY, RELEASED = "archives", "segments", "photos", "identity", "released"
KINDS = (ARCHIVE, SEGMENT, PHOTOS, IDENTITY, RELEASED)
LIMIT_BYTES = 4 * 1024 * 1024


class Untrue(Exception):
    """What lies in the store is not what was stored: changed, exchanged, left out, or not ours at all."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The end of a chain: the number of the last document and its hash; 0 and zeros before the first."""

    number: int = 0
    hash: str = FIRST

    @property
    def wire(self) -> dict[str, Any]:
        """As a document or a setting holds it."""
        return {"number": self.number, "hash": self.hash}

    @classmethod
    def of(cls, value: Mapping[str, Any] | None) -> Tip:
        """Read it back; the beginning, if there is none."""
        return cls(int(value["number"]), str(value["hash"])) if value else cls()


@dataclass(frozen=True, slots=True)
class Document:
    """A statement that was found to be ours. `hash`: of the whole file, what the next one names."""

    kind: str
    number: int
    said: Mapping[str, Any]
    hash: str

    @property
    def tip(self) -> Tip:
        """The chain's end, if this is its last."""
        return Tip(self.number, self.hash)

    @property
    def data(self) -> Mapping[str, Any]:
        """The file it speaks of: its name, size_bytes and sha256."""
        found: Mapping[str, Any] = self.said["data"]
        return found


def name_of(kind: str, number: int) -> str:
    """Where the document of this number lies."""
    return f"{kind}/{number:08d}.json"


def data_name(kind: str, number: int, mark: str) -> str:
    """Where the file that it speaks of lies. Args: mark: drawn for each attempt, so that one that broke off is not in the way."""
    return f"{kind}/{number:08d}-{mark}.tar.age"


def append(store: ArchiveStore, private: Ed25519PrivateKey, kind: str, after: Tip, said: Mapping[str, Any]) -> Document:
    """Sign a statement and put it behind the last one. Raises: AlreadyThere, if somebody else went on from there."""
    number = after.number + 1
    value = {"format": FORMAT, "kind": kind, "number": number, "previous": after.hash, **said}
    line = canonical(value)
    raw = line + b"\n" + signing.sign(private, line).encode() + b"\n"
    store.put_new(name_of(kind, number), [raw])
    return read(store, signing.public_text(private), kind, number)


def read(store: ArchiveStore, public: str, kind: str, number: int) -> Document:
    """The document of this number. Args: public: the key that it must be signed with. Raises: Untrue, NoSuchFile."""
    name = name_of(kind, number)
    raw = bytearray()
    for chunk in store.open(name):
        raw += chunk
        if len(raw) > LIMIT_BYTES:
            raise Untrue(f"{name} is longer than any document")
    line, _, rest = bytes(raw).partition(b"\n")
    if not signing.verify(public, rest[:-1].decode("ascii", "replace"), line) or rest[-1:] != b"\n":
        raise Untrue(f"{name} was not signed by this company's backup key")
    said = parse(line)
    if said["format"] != FORMAT or (said["kind"], said["number"]) != (kind, number):
        raise Untrue(f"{name} holds another document: {said['kind']} {said['number']}")
    return Document(kind, number, said, hashlib.sha256(raw).hexdigest())


def chain(store: ArchiveStore, public: str, kind: str, after: Tip = Tip()) -> Iterator[Document]:
    """The documents behind a tip, in order, each checked to follow the one before. Raises: Untrue."""
    numbers = sorted(number for number in numbers_in(store, kind) if number > after.number)
    for number in numbers:
        if number != after.number + 1:
            raise Untrue(f"{name_of(kind, after.number + 1)} is missing")
        found = read(store, public, kind, number)
        if found.said["previous"] != after.hash:
            raise Untrue(f"{name_of(kind, number)} does not follow the one before it")
        yield found
        after = found.tip


def numbers_in(store: ArchiveStore, kind: str) -> set[int]:
    """The numbers of the documents of a kind that the store holds."""
    found = (name.partition("/")[2] for name in store.names(kind) if name.endswith(".json"))
    return {int(name[:-5]) for name in found if name[:-5].isdecimal()}


def tip_in(store: ArchiveStore, public: str, kind: str, known: Tip) -> Tip:
    """Where the chain ends in the store, going on from a tip that is known to be right. Raises: Untrue, if that is gone."""
    if known.number:
        try:
            if read(store, public, kind, known.number).hash != known.hash:
                raise Untrue(f"{name_of(kind, known.number)} was exchanged for another")
        except NoSuchFile as error:
            raise Untrue(f"{name_of(kind, known.number)} is gone: the store was set back") from error
    tip = known
    while True:
        try:
            found = read(store, public, kind, tip.number + 1)
        except NoSuchFile:
            return tip
        if found.said["previous"] != tip.hash:
            raise Untrue(f"{name_of(kind, found.number)} does not follow the one before it")
        tip = found.tip
