"""At start: tables of this version, the first epoch, the reference book, the system's account."""

from __future__ import annotations

from server.services import books, epochs, parts, users
from server.services.backup import rotating
from server.services.backup import unfinished as restores
from server.storage import migrating
from server.storage.database import writing


def prepare(*, unfinished: bool = False) -> list[str]:
    """Make the server ready to serve. Safe to call again, and by several processes at once. Args: unfinished: it is the restore
    that asks. Returns: what was done. Raises: restores.Unfinished."""
    if not unfinished:
        restores.refuse(parts.config())
    done = migrating.bring_up_to_date(parts.config().home)
    with writing() as connection:
        if epochs.begin_first(connection):
            done.append("first epoch begun")
        users.ensure_system(connection)
    rotating.settle_factor()
    books.reference_book()
    books.desk(users.SYSTEM)
    return done
