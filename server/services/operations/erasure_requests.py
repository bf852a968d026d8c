"""Two people for an erasure: one asks and says why, another one agrees, and with that it is done."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, users
from server.services.books import BookError
from server.services.operations import customer_records, erasing
from server.services.operations.erasing import Erased
from server.storage import retrying
from server.storage.database import is_sqlite, reading, writing
from server.storage.operation_tables import erasure
from server.storage.typed import typed_table
from sync_protocol.acts import may

GOOD_FOR_MS = 14 * 24 * 3600 * 1000
REASON_LEAST, REASON_MOST = 3, 500
ASKED, DONE, WITHDRAWN, EXPIRED = "asked", "done", "withdrawn", "expired"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `name`: of the customer; None, when nothing of him is there any more. Times in ms."""

    id: str
    customer: str
    name: str | None
    reason: str
    asked_by: str
    asked_at: int
    expires_at: int
    state: str
    decided_by: str | None
    decided_at: int | None


def ask(customer: str, by: str, reason: str) -> str:
    """Ask for an erasure. Returns: the request's id. Raises: BookError: no such customer, no reason, already asked for, no right."""
    reason, now = reason.strip(), clock.now_ms()
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise BookError("say why, in %(least)s to %(most)s characters", least=REASON_LEAST, most=REASON_MOST)
    _check_right(by, "erase")
    request = {"id": clock.new_id(), "customer": customer, "reason": reason, "asked_by": by, "asked_at": now}
    with writing() as connection:
        if customer_records.customer_row(connection, customer) is None:
            raise BookError("there is no customer %(customer)s", customer=customer)
        same = (erasure.c.customer == customer, erasure.c.state == ASKED, erasure.c.expires_at > now)
        if connection.scalar(sa.select(erasure.c.id).where(*same)):
            raise BookError("this erasure was asked for already; somebody else has to agree")
        connection.execute(sa.insert(erasure), {**request, "expires_at": now + GOOD_FOR_MS, "state": ASKED})
    return str(request["id"])


def consent(request_id: str, by: str) -> Erased:
    """Agree as a second person, and carry the erasure out: both in one transaction, so that no consent is used twice.

    Raises: BookError: no such open request, its time is over, the one who asked has left, no right, or it is he himself.
    """
    _check_right(by, "consent_erasure")
    done, books, files = retrying.write(lambda connection: _consent(connection, request_id, by))
    erasing.forget_files(files, books)
    return done


def _consent(connection: Connection, request_id: str, by: str) -> tuple[Erased, list[str], list[str]]:
    row = _open_request(connection, request_id)
    if row["asked_by"] == by:
        raise BookError("somebody else has to agree: who asks for an erasure cannot consent to it")
    _check_right(row["asked_by"], "erase")
    found = erasing.carry_out(connection, row["customer"], by, asked_by=row["asked_by"])
    _settle(connection, request_id, DONE, by)
    return found


def withdraw(request_id: str, by: str) -> None:
    """End a request unfulfilled: by the one who asked, or by one who could agree. Raises: BookError."""
    with writing() as connection:
        row = _open_request(connection, request_id)
        if row["asked_by"] != by:
            _check_right(by, "consent_erasure")
        _settle(connection, request_id, WITHDRAWN, by)


def requests(*, only_open: bool = True) -> list[Request]:
    """The requests, the newest first."""
    customer, now = typed_table("customer"), clock.now_ms()
    query = (
        sa.select(erasure, customer.c.store_name)
        .outerjoin(customer, customer.c.id == erasure.c.customer)
        .order_by(erasure.c.asked_at.desc(), erasure.c.id)
    )
    with reading() as connection:
        rows = connection.execute(query).mappings().all()
    found = [_request(row, now) for row in rows]
    return [request for request in found if request.state == ASKED] if only_open else found


def _request(row: sa.RowMapping, now: int) -> Request:
    state = EXPIRED if row["state"] == ASKED and row["expires_at"] <= now else row["state"]
    about = (row["id"], row["customer"], row["store_name"], row["reason"], row["asked_by"], row["asked_at"])
    return Request(*about, row["expires_at"], state, row["decided_by"], row["decided_at"])


def _open_request(connection: Connection, request_id: str) -> sa.RowMapping:
    query = sa.select(erasure).where(erasure.c.id == request_id)
    row = connection.execute(query if is_sqlite(connection) else query.with_for_update()).mappings().first()
    if row is None or row["state"] != ASKED:
        raise BookError("there is no such open request")
    if row["expires_at"] <= clock.now_ms():
        raise BookError("the request is too old; ask again")
    return row


def _settle(connection: Connection, request_id: str, state: str, by: str) -> None:
    values = {"state": state, "decided_by": by, "decided_at": clock.now_ms()}
    connection.execute(sa.update(erasure).where(erasure.c.id == request_id).values(**values))


def _check_right(user_id: str, act: str) -> None:
    """Roles are looked at when they are used, not when they were given."""
    user = users.by_id(user_id)
    if user is None or not user.active or not may(user.roles, act):
        raise BookError("this takes an active user with the right to it")
