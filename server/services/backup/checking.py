"""Whether what lies in the store is what was stored: chains, hashes, and a restore into a scratch database that is compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.backup import archive, documents, loading, packs, rows, schema
from server.services.backup.documents import ARCHIVE, IDENTITY, PHOTOS, RELEASED, SEGMENT, Document, Tip, Untrue
from server.services.backup.sealing import Checked, Member, Progress, Throttle, no_progress, open_sealed
from server.storage.archives import ArchiveError, ArchiveStore, NoSuchFile
from server.storage.tables import book, log
from sync_protocol import chain

Contents = dict[str, Any]


@dataclass(slots=True)
class Found:
    """What was looked at. `problems`: what is wrong, in words; none if all is well."""

    archives: int = 0
    segments: int = 0
    packs: int = 0
    bytes: int = 0
    problems: list[str] = field(default_factory=list)


def checked_files(members: Iterator[Member], said: Mapping[str, Any]) -> Iterator[Member]:
    """The files of an archive as they come, each compared with its sum at the end. Raises: Untrue."""
    sums: dict[str, str] = {}
    listed: str | None = None
    for member in members:
        if listed is not None:
            raise Untrue(f"{member.name} stands behind the end of the archive")
        if member.name == archive.SUMS:
            listed = member.content.decode()
        else:
            if member.name in sums:
                raise Untrue(f"{member.name} comes twice")
            sums[member.name] = hashlib.sha256(member.content).hexdigest()
        yield member
    if listed != "".join(f"{digest}  {name}\n" for name, digest in sums.items()):
        raise Untrue("the files of the archive are not those of its list")
    if sums.get(archive.CONTENTS) != said["contents"]:
        raise Untrue("the archive has another table of contents than was signed")


def restored_equals(
    store: ArchiveStore,
    document: Mapping[str, Any],
    keys: Sequence[bytes],
    folder: Path,
    throttle: Throttle,
    progress: Progress = no_progress,
) -> Contents:
    """Open the stored bytes, load them into a scratch database, and compare it with the table of contents.

    Args: document: `data` and `contents`, as signed or about to be. folder: where the scratch may lie.
    Returns: the table of contents. Raises: Untrue.
    """
    contents: list[Contents] = []
    done, size = 0, document["data"]["size_bytes"]
    with loading.scratch(folder) as target:

        def files() -> Iterator[tuple[str, bytes]]:
            nonlocal done
            for member in checked_files(open_sealed(store, document["data"], keys, throttle), document):
                done += len(member.content)
                progress("restore", min(done, size), size)
                if member.name == archive.CONTENTS:
                    contents.append(json.loads(member.content))
                yield member.name, member.content

        loading.load(target, files())
        with target.reading() as connection:
            compare(connection, contents[0])
    progress("restore", size, size)
    return contents[0]


def compare(connection: Connection, contents: Contents) -> None:
    """See that a database holds what a table of contents says: rows and hash of each table, the chain of each book. Raises: Untrue."""
    by_name = {table.name: table for table in schema.archived_tables()}
    if contents["schema"] == schema.fingerprint() and set(by_name) != set(contents["tables"]):
        raise Untrue("tables are missing")
    for name, expected in contents["tables"].items():
        if name in by_name and contents["schema"] == schema.fingerprint():
            found = rows.told(connection, by_name[name])
            if (found.rows, found.sha256) != (expected["rows"], expected["sha256"]):
                raise Untrue(f"table {name} holds {found.rows} rows instead of {expected['rows']}, or others")
    heads = {row.id: (row.pos, row.head) for row in connection.execute(sa.select(book.c.id, book.c.pos, book.c.head))}
    if heads != {name: (said["pos"], said["head"]) for name, said in contents["books"].items()}:
        raise Untrue("the books stand at other positions")
    for book_id, (pos, head) in heads.items():
        _check_chain(connection, book_id, pos, head)


def _check_chain(connection: Connection, book_id: str, pos: int, head: str) -> None:
    reached, before = 0, chain.FIRST_HASH
    query = sa.select(log.c.pos, log.c.digest, log.c.hash).where(log.c.book_id == book_id).order_by(log.c.pos)
    for row in connection.execute(query):
        before = chain.next_hash(before, row.pos, row.digest)
        reached += 1
        if row.pos != reached or row.hash != before:
            raise Untrue(f"the log of book {book_id} breaks at position {row.pos}")
    if (reached, before) != (pos, head):
        raise Untrue(f"the log of book {book_id} ends at {reached} instead of {pos}")


def look_through(
    store: ArchiveStore,
    public: str,
    *,
    known: Mapping[str, Tip],
    throttle: Throttle | None = None,
    progress: Progress = no_progress,
) -> Found:
    """Read everything in the store that is still kept and compare it with what was signed. Needs no key holder's key.

    Args: public: of the backup key. known: kind -> the end of its chain, as the server remembers it.
    Returns: what was found; nothing is ever repaired here, and nothing deleted.
    """
    found, throttle = Found(), throttle or Throttle()
    try:
        let_go = released(store, public)
    except (Untrue, ArchiveError) as error:
        found.problems.append(str(error))
        let_go = set()
    for kind in (ARCHIVE, SEGMENT, PHOTOS, IDENTITY):
        try:
            start = segments_begin(store, public) if kind == SEGMENT else Tip()
            chained = list(documents.chain(store, public, kind, start))
        except (Untrue, ArchiveError) as error:
            found.problems.append(f"{error}")
            continue
        _check_known(kind, chained, known.get(kind, Tip()), found)
        for number, document in enumerate(chained, 1):
            progress(kind, number, len(chained))
            if document.data["name"] not in let_go:
                _check_data(store, document, throttle, found)
    return found


def segments_begin(store: ArchiveStore, public: str) -> Tip:
    """Behind which segment those begin that are kept: retention says so when it lets the older ones go."""
    begin = Tip()
    for document in documents.chain(store, public, RELEASED):
        begin = Tip.of(document.said["segments"])
    return begin


def _check_known(kind: str, chained: Sequence[Document], tip: Tip, found: Found) -> None:
    if tip.number and not any(document.tip == tip for document in chained):
        found.problems.append(
            f"{documents.name_of(kind, tip.number)}, which this server wrote, is not there: the store was set back"
        )


def _check_data(store: ArchiveStore, document: Document, throttle: Throttle, found: Found) -> None:
    names = {ARCHIVE: "archives", SEGMENT: "segments", PHOTOS: "packs"}
    try:
        Checked(store, document.data, throttle).check()
    except NoSuchFile:
        found.problems.append(f"{document.data['name']} is missing")
    except (Untrue, ArchiveError) as error:
        found.problems.append(str(error))
    else:
        found.bytes += document.data["size_bytes"]
    if document.kind in names:
        setattr(found, names[document.kind], getattr(found, names[document.kind]) + 1)


def released(store: ArchiveStore, public: str) -> set[str]:
    """The files that retention let go, by its own signed notes in the store."""
    return {str(name) for document in documents.chain(store, public, RELEASED) for name in document.said["files"]}


def photos_hold(store: ArchiveStore, public: str, keys: Sequence[bytes], throttle: Throttle) -> dict[str, int]:
    """Open every pack. Returns: hash -> number of its pack. Raises: Untrue."""
    found: dict[str, int] = {}
    for document in documents.chain(store, public, PHOTOS):
        for member in packs.photos_in(store, document.data, keys, throttle):
            found[packs.hash_in(member.name)] = document.number
    return found
