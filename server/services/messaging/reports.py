"""Delivery reports: in any order, twice, before the gateway's own answer. Each is kept; a state only moves forward."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock
from server.services.messaging import outbox
from server.services.messaging.gateways.base import Report
from server.storage.database import is_sqlite
from server.storage.message_tables import message_out, message_report
from sync_protocol.messaging.states import FAILED


def take(connection: Connection, gateway: str, report: Report) -> bool:
    """Keep a report and let it count. One that came before is kept once. Returns: whether it was about a message of ours.

    A report that names only the gateway's id may come before we know that id; it counts as soon as we do.
    """
    message = _message_of(connection, gateway, report)
    row = {
        "gateway": gateway,
        "gateway_id": report.gateway_id or report.message,
        "message": message,
        "state": report.state,
        "code": report.code[:60],
        "at": report.at or clock.now_ms(),
    }
    insert = sqlite.insert(message_report) if is_sqlite(connection) else postgresql.insert(message_report)
    connection.execute(insert.values(row).on_conflict_do_nothing())
    if message is None:
        return False
    _apply(connection, message, report.state, report.code)
    return True


def apply_early(connection: Connection, gateway: str, message: str) -> None:
    """Let those reports count that came before the gateway had told us its id for the message."""
    known = sa.select(message_out.c.gateway_id).where(message_out.c.id == message)
    gateway_id = connection.scalar(known)
    if not gateway_id:
        return
    early = sa.and_(
        message_report.c.gateway == gateway,
        message_report.c.gateway_id == gateway_id,
        message_report.c.message.is_(None),
    )
    found = connection.execute(sa.select(message_report.c.state, message_report.c.code).where(early)).all()
    for state, code in found:
        _apply(connection, message, state, code)
    if found:
        connection.execute(sa.update(message_report).where(early).values(message=message))


def apply_strays(connection: Connection) -> int:
    """The same for reports that came in the very moment in which the id was written down. Returns how many."""
    match = sa.and_(
        message_out.c.gateway == message_report.c.gateway, message_out.c.gateway_id == message_report.c.gateway_id
    )
    strays = sa.select(message_out.c.gateway, message_out.c.id).join(message_report, match)
    found = connection.execute(strays.where(message_report.c.message.is_(None))).all()
    for gateway, message in found:
        apply_early(connection, gateway, message)
    return len(found)


def _apply(connection: Connection, message: str, state: str, code: str) -> None:
    outbox.move(connection, message, state, f"report {code}" if state == FAILED else None)


def _message_of(connection: Connection, gateway: str, report: Report) -> str | None:
    if report.message:
        by_id = sa.and_(message_out.c.id == report.message)
    else:
        by_id = sa.and_(message_out.c.gateway == gateway, message_out.c.gateway_id == report.gateway_id)
    newest = sa.select(message_out.c.id).where(by_id).order_by(message_out.c.created_at.desc())  # ids may come again
    found: str | None = connection.scalar(newest.limit(1))
    return found
