"""Damage of every kind to a store of backups; each must be noticed by whoever restores, and a good store never refused (T15)."""

from __future__ import annotations

import random
import secrets
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.services.backup import checking, documents, packs, recovery
from server.services.backup.documents import ARCHIVE, KINDS, PHOTOS, SEGMENT, Tip, Untrue
from server.services.backup.sealing import Member, Throttle, members_of, open_sealed, tar_of
from server.storage.archives import ArchiveError
from sync_protocol import age, signing
from sync_protocol.canonical import canonical, parse
from tests.drill.company import Company
from tests.drill.memory_store import MemoryArchives

CHUNK = age.CHUNK_BYTES + age.TAG_BYTES
DAY_MS = 86_400_000
NOTICED = (Untrue, ArchiveError, age.NotAnAgeFile, ValueError, KeyError, TypeError, tarfile.TarError)
Files = dict[str, bytes]


@dataclass(frozen=True)
class Reader:
    """Who looks: he knows the signing key, has a holder's key, and, on a living server, the ends of the chains."""

    public: str
    keys: tuple[bytes, ...]
    known: dict[str, Tip]
    now: int

    def examine(self, files: Files) -> str | None:
        """All that a restore and `verify` look at. Returns: what is wrong; None if nothing is."""
        store = MemoryArchives(files)
        try:
            found = checking.look_through(store, self.public, known=self.known)
            if found.problems:
                return found.problems[0]
            plan = recovery.plan(store, self.public, now=self.now)
            for _ in checking.checked_files(open_sealed(store, plan.archive.data, self.keys), plan.archive.said):
                pass
            for segment in plan.segments:
                list(open_sealed(store, segment.data, self.keys))
            for pack in plan.packs:
                list(packs.photos_in(store, pack.data, self.keys, Throttle()))
        except NOTICED as error:
            return f"{type(error).__name__}: {error}"
        return None


@dataclass
class Result:
    """What came of it. `undetected`: the kinds of damage that nobody noticed."""

    mutations: int = 0
    undetected: list[str] = field(default_factory=list)
    refused_good: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)


def prepare(company: Company, chance: random.Random) -> tuple[MemoryArchives, Reader]:
    """Two archives, segments and packs between and behind them, small enough to be read a thousand times."""
    company.photos(3, 9_000, chance)
    company.work(3, chance)
    company.run()
    company.work(2, chance)
    company.seal()
    company.photos(2, 70_000, chance)
    company.pack()
    company.work(2, chance)
    company.run()
    for _ in range(2):
        company.work(1, chance)
        company.seal()
    store = MemoryArchives.copy_of(company.store)
    tips = {kind: documents.tip_in(store, company.public, kind, Tip()) for kind in KINDS}
    now = documents.read(store, company.public, ARCHIVE, 2).said["made_at"] + DAY_MS
    return store, Reader(company.public, (company.keys["ann"],), tips, now)


def run(
    store: MemoryArchives, reader: Reader, count: int, seed: int, step: Callable[[], None] = lambda: None
) -> Result:
    """Damage the store so often, each time from the good one, and see what is noticed."""
    chance, result = random.Random(seed), Result()
    assert reader.examine(dict(store.files)) is None, "the store is good"
    wishes = _wishes(store, reader, chance)
    for n in range(count):
        kind, files, seen = next(wishes)
        result.mutations += 1
        result.by_kind[kind] += 1
        if files == store.files:
            raise AssertionError(f"{kind} changed nothing")
        if not seen(files):
            result.undetected.append(f"{kind} (seed {seed}, number {n})")
        if n % 25 == 0:
            extra = {f"archives/{90 + n:08d}-{n:08x}.tar.age": b"a run that broke off"} if n % 2 else {}
            result.refused_good += reader.examine({**store.files, **extra}) is not None
        step()
    return result


def _wishes(
    store: MemoryArchives, reader: Reader, chance: random.Random
) -> Iterator[tuple[str, Files, Callable[[Files], bool]]]:
    """Kinds of damage in turn: every byte of headers and statements, each edge of a chunk and its neighbours, the rest by chance."""

    def by_reader(files: Files) -> bool:
        return reader.examine(files) is not None

    points = list(_points(store))
    chance.shuffle(points)
    others = _others(store, reader, chance)
    while True:
        for name, at in points:
            raw = bytearray(store.files[name])
            raw[at] ^= 1 << chance.randrange(8)
            damaged = {**store.files, name: bytes(raw)}
            yield "bit flip", damaged, by_reader
            if name.endswith(".age") and not name.startswith("identity"):
                yield "bit flip, age alone", damaged, lambda files, name=name: _age_notices(files[name], reader)
            for _ in range(2):
                yield (*next(others), by_reader)


def _age_notices(raw: bytes, reader: Reader) -> bool:
    try:
        for _ in members_of(age.decrypt(reader.keys, [raw])):
            pass
    except NOTICED:
        return True
    return False


def _points(store: MemoryArchives) -> Iterator[tuple[str, int]]:
    for name, raw in store.files.items():
        size = len(raw)
        head = raw.find(b"\n--- ") + 48 if name.endswith(".age") else size
        yield from ((name, at) for at in range(min(head, size)))
        for edge in range(head + 16, size, CHUNK):
            yield from ((name, at) for at in (edge - 1, edge, edge + 1) if 0 <= at < size)
        yield from ((name, at) for at in random.Random(name).sample(range(size), min(size, 60)))
        yield (name, size - 1)


def _others(store: MemoryArchives, reader: Reader, chance: random.Random) -> Iterator[tuple[str, Files]]:
    data = sorted(name for name in store.files if name.endswith(".age"))
    said = sorted(name for name in store.files if name.endswith(".json"))
    makers = (
        _cut,
        _longer,
        _swapped,
        _gone,
        _exchanged_chunks,
        _older_as_newer,
        _set_back,
        _forged,
        _for_others,
        _resigned,
    )
    while True:
        for make in makers:
            for _ in range(20):  # what is drawn may change nothing
                kind, files = make(dict(store.files), data, said, reader, chance)
                if files != store.files:
                    yield kind, files
                    break


def _cut(files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random) -> tuple[str, Files]:
    name = chance.choice(data + said)
    raw = files[name]
    files[name] = raw[: chance.choice((0, 1, len(raw) - 1, chance.randrange(len(raw)), len(raw) // CHUNK * CHUNK))]
    return "truncation", files


def _longer(files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random) -> tuple[str, Files]:
    name = chance.choice(data + said)
    files[name] += chance.choice((b"\n", b"\0", chance.randbytes(16), files[name], chance.randbytes(CHUNK)))
    return "bytes behind the end", files


def _swapped(
    files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random
) -> tuple[str, Files]:
    one, other = chance.sample(chance.choice((data, said)), 2)
    files[one], files[other] = files[other], files[one]
    return "swap", files


def _gone(files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random) -> tuple[str, Files]:
    name = chance.choice(data + said)
    del files[name]
    return "a file missing" if name in said else f"{name.partition('/')[0]} missing", files


def _exchanged_chunks(
    files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random
) -> tuple[str, Files]:
    name = chance.choice(data)
    raw = files[name]
    begin = raw.find(b"\n--- ") + 49 + 16
    chunks = [raw[at : at + CHUNK] for at in range(begin, len(raw), CHUNK)]
    if len(chunks) > 1:
        one = chance.randrange(len(chunks) - 1)
        if chance.random() < 0.5:
            chunks[one], chunks[one + 1] = chunks[one + 1], chunks[one]
        else:
            del chunks[one]
    files[name] = raw[:begin] + b"".join(chunks)
    return "reorder", files


def _older_as_newer(
    files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random
) -> tuple[str, Files]:
    kind = chance.choice((ARCHIVE, SEGMENT, PHOTOS))
    mine = [name for name in said if name.startswith(kind)]
    data_of = [name for name in data if name.startswith(kind)]
    how = chance.randrange(3)
    if how == 0:
        files[mine[-1]] = files[mine[0]]
    elif how == 1:
        files[data_of[-1]] = files[data_of[0]]
    else:
        files[documents.name_of(kind, len(mine) + 1)] = files[mine[chance.randrange(len(mine))]]
    return "an old one as new", files


def _set_back(
    files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random
) -> tuple[str, Files]:
    """The newest of a chain, or of all chains, taken away without a trace."""
    for kind in chance.choice(((ARCHIVE,), (SEGMENT,), (PHOTOS,), (ARCHIVE, SEGMENT, PHOTOS))):
        newest = max(name for name in said if name.startswith(kind))
        del files[newest]
        for name in [name for name in data if name.startswith(newest[:-5])]:
            files.pop(name, None)
    return "set back", files


def _forged(files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random) -> tuple[str, Files]:
    """Made by somebody who knows every public key: it opens, and is not signed."""
    name = chance.choice([n for n in data if not n.startswith("identity")])
    inside = [Member("README.txt", chance.randbytes(50))]
    files[name] = b"".join(age.encrypt(_recipients(reader), tar_of(inside), secrets.token_bytes))
    if chance.random() < 0.5:
        statement = next(n for n in said if name.startswith(n[:-5]))
        value = parse(files[statement].partition(b"\n")[0])
        value["data"] = {"name": name, **_measured(files[name])}
        line = canonical(value)
        signature = signing.sign(Ed25519PrivateKey.generate(), line)
        files[statement] = line + b"\n" + signature.encode() + b"\n"
    return "forged with the public keys", files


def _for_others(
    files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random
) -> tuple[str, Files]:
    name = chance.choice(data)
    stranger = chance.randbytes(32)
    files[name] = b"".join(age.encrypt([stranger], [chance.randbytes(200)], secrets.token_bytes))
    return "wrong recipient", files


def _resigned(
    files: Files, data: list[str], said: list[str], reader: Reader, chance: random.Random
) -> tuple[str, Files]:
    """A member of a statement changed, the signature kept or taken from another."""
    name, other = chance.sample(said, 2)
    line, _, signature = files[name].partition(b"\n")
    value = parse(line)
    member = chance.choice(sorted(value))
    value[member] = chance.choice((0, "x", None, [], {}))
    kept = signature if chance.random() < 0.5 else files[other].partition(b"\n")[2]
    files[name] = canonical(value) + b"\n" + kept
    return "a statement changed", files


def _recipients(reader: Reader) -> list[bytes]:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return [X25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw() for key in reader.keys]


def _measured(raw: bytes) -> dict[str, object]:
    import hashlib

    return {"size_bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
