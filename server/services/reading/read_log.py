"""The read log: who read which customer's file, when, by what right. A chain of its own, so that a line that was changed shows.

Nobody writes here but `note` and `add`; nothing is changed or removed by the product. Each line's hash covers the one before it.
A line says when it was written. What was read on a device was read before that, so its line says that as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.storage import retrying
from server.storage.database import is_sqlite, reading
from server.storage.scopes import within
from server.storage.tables import device, read_log, user_account
from server.storage.typed import typed_table
from sync_protocol.canonical import canonical

FIRST = "0" * 64
PAGE = 100
ONE_VIEW_MS = 60_000
SEARCH = "search"  # what was looked for outside one's books; the words stand in `via`
NO_GRANT, AFTER, BEFORE = "no-grant", "after", "before"  # marks: read without a grant, after its end, before it began
_ON_DEVICE = ("device_id", "read_at", "mark")
_LOCK = 0x5EAD_106  # the advisory lock that keeps two writers of the chain apart on PostgreSQL


@dataclass(frozen=True, slots=True)
class OnDevice:
    """What a line says more of a reading on a device. Args: read_at: ms. mark: what is wrong with it, empty if nothing is."""

    device_id: str
    read_at: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `user`, `customer`, `device`: names as they are now, empty where there is none any more. `at`, `read_at` in ms."""

    id: int
    user: str
    customer: str
    customer_id: str
    what: str
    via: str
    at: int
    device: str = ""
    read_at: int | None = None
    mark: str = ""


def note(user_id: str, customer: str, what: str, via: str = "") -> None:
    """Somebody has read of a customer. Args: what: the page. via: by what right, beside his seats: a lookup, a release.

    Raises: retrying.StillBusy: then it was not noted, and must not be shown.
    """
    retrying.write(lambda connection: add(connection, user_id, customer, what, via))


def note_once(user_id: str, customer: str, what: str) -> None:
    """The same of what a page shows that was noted itself: nothing, if this reader read of this customer within the last minute."""
    just_now = (
        read_log.c.user_id == user_id,
        read_log.c.customer == customer,
        read_log.c.at > clock.now_ms() - ONE_VIEW_MS,
    )
    with reading() as connection:
        is_noted = connection.scalar(sa.select(sa.func.count()).where(*just_now))
    if not is_noted:
        note(user_id, customer, what)


def add(
    connection: Connection, user_id: str, customer: str, what: str, via: str = "", *, on_device: OnDevice | None = None
) -> None:
    """The same in the transaction that the caller has open."""
    if not is_sqlite(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    before = connection.scalar(sa.select(read_log.c.hash).order_by(read_log.c.id.desc()).limit(1)) or FIRST
    values: dict[str, object] = {"user_id": user_id, "customer": customer, "what": what[:60], "via": via[:200]}
    values["at"] = clock.now_ms()
    if on_device is not None:
        values |= {"device_id": on_device.device_id, "read_at": on_device.read_at, "mark": on_device.mark}
    connection.execute(sa.insert(read_log).values(**values, hash=_hash(before, values)))


def first_broken() -> int | None:
    """The id of the first line that does not follow from the one before it; None: the chain is whole."""
    before = FIRST
    with reading() as connection:
        for row in connection.execute(sa.select(read_log).order_by(read_log.c.id)).mappings():
            values = {name: row[name] for name in ("user_id", "customer", "what", "via", "at")}
            if any(row[name] not in (None, "") for name in _ON_DEVICE):
                values |= {name: row[name] for name in _ON_DEVICE}
            if row["hash"] != _hash(before, values):
                return int(row["id"])
            before = row["hash"]
    return None


def lines(
    scope: Collection[str], *, customer: str = "", user_id: str = "", before: int | None = None, most: int = PAGE
) -> list[Line]:
    """The newest lines about customers of these books, and about searches outside them. Args: before: an id, to go on from."""
    file, log = typed_table("customer"), read_log
    query = (
        sa.select(
            log,
            user_account.c.name.label("user_name"),
            file.c.store_name.label("title"),
            device.c.name.label("device_name"),
        )
        .outerjoin(user_account, user_account.c.id == log.c.user_id)
        .outerjoin(file, file.c.id == log.c.customer)
        .outerjoin(device, device.c.id == log.c.device_id)
        .where(sa.or_(within(file.c.book_id, scope), file.c.id.is_(None)))
        .order_by(log.c.id.desc())
        .limit(most)
    )
    if customer:
        query = query.where(log.c.customer == customer)
    if user_id:
        query = query.where(log.c.user_id == user_id)
    if before is not None:
        query = query.where(log.c.id < before)
    with reading() as connection:
        return [
            Line(
                row.id,
                row.user_name or "",
                row.title or "",
                row.customer,
                row.what,
                row.via,
                row.at,
                row.device_name or "",
                row.read_at,
                row.mark,
            )
            for row in connection.execute(query)
        ]


def searches_since(user_id: str, since: int) -> int:
    """How often a user looked outside his books since an instant."""
    query = sa.select(sa.func.count()).where(
        read_log.c.user_id == user_id, read_log.c.what == SEARCH, read_log.c.at >= since
    )
    with reading() as connection:
        return int(connection.scalar(query) or 0)


def _hash(before: str, values: dict[str, object]) -> str:
    return hashlib.sha256(before.encode() + canonical(values)).hexdigest()
