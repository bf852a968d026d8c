"""The server's identity, for the key holders alone: without it every enrolled device would reject the restored server.

Signing, sealing, cursor, database and all other keys, and further files such as the TLS key. The server itself cannot open what it
wrote: there is no key of the run among the recipients.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from server.services import clock, parts
from server.services.backup import documents, holders, memory
from server.services.backup.documents import IDENTITY, Document
from server.services.backup.sealing import Checked, Member, Throttle, open_sealed, put_sealed
from server.storage.archives import ArchiveStore
from server.storage.database import reading, writing
from server.storage.keyring import NAMES

FURTHER = "files"


class MissingFile(Exception):
    """A file that ROUNDBOOK_IDENTITY_FILES names cannot be read."""


def files() -> Iterator[Member]:
    """What the identity is made of: `keys/<name>.key`, and the further files under their whole path."""
    for name in NAMES:
        parts.keyring().raw(name)  # one that was never used is made now, so that it is archived
    for path in sorted(parts.keyring().folder.glob("*.key")):
        yield Member(f"keys/{path.name}", path.read_bytes())
    if parts.config().database_key:
        yield Member("keys/database.key", f"{parts.config().database_key}\n".encode())
    for path in parts.config().backup.identity_files:
        try:
            yield Member(f"{FURTHER}{path.absolute()}", path.read_bytes())
        except OSError as error:
            raise MissingFile(
                f"{path}, which ROUNDBOOK_IDENTITY_FILES names, cannot be read: {error.strerror}"
            ) from error


def archive_if_changed(store: ArchiveStore) -> Document | None:
    """Seal the identity for the key holders, if it, or who they are, has changed since. Returns: None, if nothing has."""
    members = list({member.name: member for member in files()}.values())
    key = parts.keyring().raw("backup")
    with reading() as connection:
        held = holders.recipients(connection)
        after = documents.tip_in(store, memory.public(), IDENTITY, memory.tip(connection, IDENTITY))
        before = memory.note(connection, "identity.mark")
    mark = hmac.new(key, holders.mark_of(held).encode(), "sha256")  # keyed: the note must not help to guess a key
    for member in members:
        mark.update(member.name.encode() + b"\0" + member.content)
    if before == mark.hexdigest() and after.number:
        return None
    number = after.number + 1
    name = documents.data_name(IDENTITY, number, mark.hexdigest()[:8])
    put = put_sealed(store, name, [holder.raw for holder in held], members, Throttle())
    data = {"name": name, "size_bytes": put.size_bytes, "sha256": put.sha256}
    Checked(store, data, Throttle()).check()
    said = {"data": data, "made_at": clock.now_ms(), "recipients": holders.mark_of(held)}
    stored = documents.append(store, memory.signer(), IDENTITY, after, said)
    with writing() as connection:
        memory.keep(connection, "identity.mark", mark.hexdigest())
        memory.keep_tip(connection, IDENTITY, stored.tip)
    return stored


def put_back(store: ArchiveStore, public: str, keys: Sequence[bytes], home: Path) -> list[str]:
    """Write the newest archived identity into an empty folder. Args: keys: raw private keys of a key holder.

    Returns: the names of the keys. Further files land in `home/identity-files`, to be put where they belong by hand.
    Raises: Untrue, age.NotForUs, FileExistsError.
    """
    chained = list(documents.chain(store, public, IDENTITY))
    if not chained:
        return []
    newest = chained[-1]
    written = []
    for member in open_sealed(store, newest.data, keys):
        top, _, rest = member.name.partition("/")
        path = home / "keys" / Path(rest).name if top == "keys" else home / "identity-files" / Path(rest).name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.read_bytes() != member.content:
            raise FileExistsError(f"{path} is there already and differs")
        _write_whole(path, member.content)
        written.append(path.name)
    return written


def _write_whole(path: Path, content: bytes) -> None:
    """A key is there whole, or not at all: what is broken off is begun again."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
