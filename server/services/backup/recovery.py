"""The way back: an archive, the segments behind it, the photos. What it needs is a key holder's key and the public backup key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from server.services import clock, control_journal, parts
from server.services.backup import archive, checking, documents, loading, memory, packs, rows, schema, unfinished
from server.services.backup.documents import ARCHIVE, IDENTITY, PHOTOS, SEGMENT, Document, Tip, Untrue
from server.services.backup.sealing import Progress, Throttle, no_progress, open_sealed
from server.storage import tables
from server.storage.archives import ArchiveStore
from server.storage.backup_tables import backup_dirty, backup_pack, backup_photo, backup_run
from server.storage.database import writing

LATE_MS = 8 * 24 * 3600 * 1000


class TooOld(Untrue):
    """The newest archive is older than it should be: perhaps somebody set the store back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be restored: an archive, the segments behind it, the packs with photos."""

    archive: Document
    segments: tuple[Document, ...]
    packs: tuple[Document, ...]

    @property
    def made_at(self) -> int:
        """Up to when the data reaches, in ms."""
        last = self.segments[-1] if self.segments else self.archive
        return int(last.said["made_at"])


@dataclass(slots=True)
class Loaded:
    """What came out. `control`: entries of the control journal, key -> bytes."""

    contents: checking.Contents = field(default_factory=dict)
    control: dict[str, bytes] = field(default_factory=dict)
    segments: int = 0
    drill_code: str = ""


def plan(
    store: ArchiveStore,
    public: str,
    *,
    number: int | None = None,
    until_segment: int | None = None,
    now: int | None = None,
) -> Plan:
    """Choose what to restore, and see that the chains hold it. Args: number: of the archive; the newest, if left out.
    until_segment: the last segment to replay. now: ms; if given, an archive that is older than it should be is refused.

    Raises: Untrue, TooOld.
    """
    let_go = checking.released(store, public)
    archives = [d for d in documents.chain(store, public, ARCHIVE) if d.data["name"] not in let_go]
    wanted = [d for d in archives if number in (None, d.number)]
    if not wanted:
        raise Untrue(f"there is no archive {number or ''} in {store.where} that this key signed".replace("  ", " "))
    chosen = wanted[-1]
    if number is None and now is not None and now - chosen.said["made_at"] > LATE_MS:
        raise TooOld(f"the newest archive, {chosen.number}, is {(now - chosen.said['made_at']) // 86_400_000} days old")
    for kind in (PHOTOS, IDENTITY):
        _check_named(store, public, kind, Tip.of(chosen.said[kind]))
    following = _following(store, public, chosen, until_segment)
    known = Tip.of(chosen.said[PHOTOS]).number
    candidates = documents.chain(store, public, PHOTOS)
    wanted_packs = [
        d for d in candidates if (d.number in chosen.said["packs"] or d.number > known) and d.data["name"] not in let_go
    ]
    return Plan(chosen, tuple(following), tuple(wanted_packs))


def _check_named(store: ArchiveStore, public: str, kind: str, tip: Tip) -> None:
    if tip.number and documents.read(store, public, kind, tip.number).hash != tip.hash:
        raise Untrue(f"{documents.name_of(kind, tip.number)} is not the one that the archive names")


def _following(store: ArchiveStore, public: str, chosen: Document, until: int | None) -> Iterator[Document]:
    if Tip.of(chosen.said["segment"]).number < checking.segments_begin(store, public).number:
        return  # an old archive, whose segments were let go
    for document in documents.chain(store, public, SEGMENT, Tip.of(chosen.said["segment"])):
        if document.said["line"] != chosen.said["line"] or (until is not None and document.number > until):
            return
        if document.said["made_at"] >= chosen.said["made_at"]:  # one that was read before the archive has nothing new
            yield document


def load(
    store: ArchiveStore,
    chosen: Plan,
    keys: Sequence[bytes],
    target: loading.Target,
    throttle: Throttle | None = None,
    progress: Progress = no_progress,
) -> Loaded:
    """Fill a database: the archive, compared with its table of contents, then the segments. Args: keys: of a key holder.

    Raises: Untrue, age.NotForUs.
    """
    found, throttle = Loaded(), throttle or Throttle()
    total = chosen.archive.data["size_bytes"]
    done = 0

    def files() -> Iterator[tuple[str, bytes]]:
        nonlocal done
        members = open_sealed(store, chosen.archive.data, keys, throttle)
        for member in checking.checked_files(members, chosen.archive.said):
            done += len(member.content)
            progress("database", min(done, total), total)
            if member.name == archive.CONTENTS:
                found.contents = json.loads(member.content)
            elif member.name == archive.DRILL:
                found.drill_code = member.content.decode().strip()
            elif member.name.startswith(f"{control_journal.FOLDER}/"):
                found.control[member.name] = member.content
            yield member.name, member.content

    loading.load(target, files())
    with target.reading() as connection:
        checking.compare(connection, found.contents)
    for n, document in enumerate(chosen.segments, 1):
        replay(store, document, keys, target, found, throttle)
        progress("segments", n, len(chosen.segments))
    return found


def replay(
    store: ArchiveStore,
    document: Document,
    keys: Sequence[bytes],
    target: loading.Target,
    found: Loaded,
    throttle: Throttle,
) -> None:
    """One segment: all of it, or nothing. Raises: Untrue."""
    members = list(open_sealed(store, document.data, keys, throttle))
    said = json.loads(members[-1].content)
    if any(said[name] != document.said[name] for name in ("line", "made_at", "epoch")):
        raise Untrue(f"{document.data['name']} holds another segment")
    target.run("".join(m.content.decode() for m in members if m.name.startswith("changes/")))
    with target.reading() as connection:
        heads = {row.id: row.head for row in connection.execute(sa.select(tables.book.c.id, tables.book.c.head))}
    if any(heads.get(name) != book["head"] for name, book in said["books"].items()):
        raise Untrue(f"{document.data['name']}: the books do not stand where it says")
    found.control |= {m.name: m.content for m in members if m.name.startswith(f"{control_journal.FOLDER}/")}
    found.segments += 1


def put_control(control: Mapping[str, bytes]) -> int:
    """The entries of the control journal that this object store lacks. Returns: how many."""
    objects = parts.objects()
    missing = [key for key in control if not objects.exists(key)]
    for key in missing:
        objects.put(key, [control[key]])
    return len(missing)


def put_photos(
    store: ArchiveStore,
    chosen: Plan,
    keys: Sequence[bytes],
    throttle: Throttle | None = None,
    progress: Progress = no_progress,
) -> tuple[int, int]:
    """The photos of the restored database, into the object store; those that no pack holds are asked of their devices again.

    Returns: how many were put back, and how many are asked for. Raises: Untrue.
    """
    blob = tables.blob
    with writing() as connection:
        connection.execute(sa.update(blob).values(thumbnail_key=None))
        stored = connection.execute(sa.select(blob).where(blob.c.state == "stored")).mappings().all()
    places: dict[str, set[str]] = {}
    sizes = {row["sha256"]: int(row["size_bytes"]) for row in stored}
    total, done = sum(sizes.values()), 0
    for row in stored:
        places.setdefault(row["sha256"], set()).add(row["object_key"])
    throttle, wanted = throttle or Throttle(), len(places)
    for document in chosen.packs:
        inside = []
        for member in packs.photos_in(store, document.data, keys, throttle):
            sha256 = packs.hash_in(member.name)
            inside.append(sha256)
            for key in places.pop(sha256, ()):
                parts.objects().put(key, [member.content])
            done += sizes.get(sha256, 0)
            progress("photos", min(done, total), total)
        _note_pack(document, inside)
    put = wanted - len(places)
    missing = [sha256 for sha256, keys_of in places.items() if not all(map(parts.objects().exists, keys_of))]
    with writing() as connection:
        for start in range(0, len(missing), 500):
            some = blob.c.sha256.in_(missing[start : start + 500])
            connection.execute(sa.update(blob).where(some).values(state="wanted", object_key=None))
    return put, len(missing)


def _note_pack(document: Document, photos: Sequence[str]) -> None:
    with writing() as connection:
        connection.execute(sa.delete(backup_pack).where(backup_pack.c.number == document.number))
        row = {
            "number": document.number,
            "recipients": document.said["recipients"],
            "made_at": document.said["made_at"],
        }
        connection.execute(sa.insert(backup_pack), row)
        for sha256 in photos:
            connection.execute(sa.delete(backup_photo).where(backup_photo.c.sha256 == sha256))
            connection.execute(sa.insert(backup_photo), {"sha256": sha256, "pack": document.number})


def forget_derived() -> None:
    """The typed tables are made anew at the next start, with whatever this engine and this version have on them."""
    with writing() as connection:
        which = tables.setting.c.name.startswith("typed:", autoescape=True)
        connection.execute(sa.delete(tables.setting).where(which))


def settle(store: ArchiveStore, public: str) -> None:
    """The restored server goes on behind what lies in the store; its next archive begins a new line of segments."""
    with writing() as connection:
        for kind in documents.KINDS:
            memory.keep_tip(connection, kind, documents.tip_in(store, public, kind, memory.tip(connection, kind)))
        memory.keep(connection, "segment.state", None)
        connection.execute(sa.delete(backup_dirty))
        running = backup_run.c.state == "running"
        values = {"state": "failed", "ended_at": clock.now_ms(), "error": "the server was restored meanwhile"}
        connection.execute(sa.update(backup_run).where(running).values(**values))


def is_empty(connection: sa.Connection) -> bool:
    """Whether a database holds no table, or only what an unfinished restore left. That is taken away here."""
    names = set(sa.inspect(connection).get_table_names())
    if not names:
        return True
    if tables.setting.name not in names or memory.note(connection, unfinished.NOTE) is None:
        return False
    for table in schema.all_tables():
        if table.name in names:
            connection.exec_driver_sql(f"DROP TABLE {rows.quoted(table.name)}")
    return True
