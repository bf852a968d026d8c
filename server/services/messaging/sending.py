"""Sending what is due, one message after the other, at the gateway's rate and within the rules of sending."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from server.services import clock, parts, users
from server.services.messaging import limits, opting_out, outbox, reports
from server.services.messaging.calls import UNKNOWN_MOST, Calls, Taken
from server.services.messaging.gateways import gateway_of
from server.services.messaging.gateways.base import Gateway, Outcome, Outgoing, Reply, Report
from server.services.messaging.templates import gateway_code
from server.storage.database import is_sqlite, reading, writing
from server.storage.message_tables import message_out
from server.storage.tables import setting, user_account
from sync_protocol.messaging.states import FAILED, QUEUED, SENDING, SENT, UNKNOWN

SENDING_MS = 90_000  # longer than any call takes: after that nobody is at it any more
STRETCH_S = 40.0
LOOK_AT_MOST = 200
LONGEST_PACE_S = 10.0
REST_S = 50  # less than a pace may be ahead
CATCH_UP_US = 200_000
LISTEN_EVERY_MS = 60_000
_LISTENED = "messages/listened_at"

_log = logging.getLogger("roundbook.messages")


@dataclass(frozen=True, slots=True)
class Wait:
    """The gateway has had as much as it takes for now. `seconds`: until the next."""

    seconds: float


def make_gateway() -> Gateway | None:
    """The configured gateway, whose reports and replies are kept at once."""
    from server.services.messaging import replies

    def keep(heard: Report | Reply) -> None:
        with writing() as connection:
            if isinstance(heard, Report):
                reports.take(connection, parts.config().sms.gateway, heard)
            else:
                replies.take(connection, parts.config().sms.gateway, heard)

    return gateway_of(parts.config().sms, parts.keyring().raw("messages"), keep)


def send_due(gateway: Gateway | None = None, stretch_s: float = STRETCH_S) -> bool:
    """Send what is due, for some time. Returns: whether there is more to do at once.

    Args: gateway: the configured one, if None.
    """
    with writing() as connection:
        lost = outbox.give_up_lost(connection, clock.now_ms())
        outbox.postpone_quiet(connection, clock.now_ms())
        reports.apply_strays(connection)
    if lost:
        _log.warning("messages=%d outcome unknown: their worker ended", lost)
    gateway = gateway or make_gateway()
    if gateway is None:
        return False
    try:
        return _send_for(gateway, stretch_s)
    finally:
        gateway.close()


def _send_for(gateway: Gateway, stretch_s: float) -> bool:
    def settle(taken: Taken, outcome: Outcome) -> None:
        _settle(taken, outcome, gateway.name)

    calls = Calls(gateway, settle)
    try:
        is_more = _take_and_call(calls, time.monotonic() + stretch_s)
    finally:
        calls.end()
    if calls.is_unclear:
        _rest(gateway.name)
    return is_more and not calls.is_over


def _take_and_call(calls: Calls, until: float) -> bool:
    """Take one message after the other as the pace allows, until there is none or the time is over. Returns: whether there is more."""
    while time.monotonic() < until:
        calls.wait_for_a_place()
        if calls.is_over:
            calls.give_back()
            return False
        with calls.writing, writing() as connection:
            taken = take_one(connection, calls.gateway.name)
        if isinstance(taken, Taken):
            calls.make(taken)
            continue
        calls.give_back()
        if taken is None or taken.seconds > LONGEST_PACE_S:
            return False
        time.sleep(min(taken.seconds, 1.0))
    return True


def _rest(gateway: str) -> None:
    """Leave a gateway in peace of which nobody knows what it does with what it is handed."""
    _log.error("gateway=%s outcomes unknown in a row=%d; it rests for %d s", gateway, UNKNOWN_MOST, REST_S)
    with writing() as connection:
        until_us = (clock.now_ms() + REST_S * 1000) * 1000
        pace = sa.update(setting).where(setting.c.name == f"messages/pace/{gateway}")
        connection.execute(pace.values(value=str(until_us)))


def _settle(taken: Taken, outcome: Outcome, gateway: str) -> None:
    with writing() as connection:
        outbox.settle(connection, taken.message.id, taken.attempt, outcome)
        reports.apply_early(connection, gateway, taken.message.id)


def take_one(connection: Connection, gateway: str) -> Taken | Wait | None:
    """Take the next message that may be sent now, and say that it is being sent; None if there is none."""
    now = clock.now_ms()
    if (wait_us := _pace(connection, gateway, now)) > 0:
        return Wait(wait_us / 1_000_000)
    rules = limits.load(connection)
    for _ in range(LOOK_AT_MOST):
        row = _next(connection, now)
        if row is None:
            return None
        if not _may_go(connection, row, rules, now) or not outbox.begin(connection, row, gateway, now + SENDING_MS):
            continue
        _advance_pace(connection, gateway, now, row["parts"])
        code = gateway_code(connection, row["template"]) if row["template"] else ""
        message = Outgoing(
            row["id"], row["phone_key"], row["text"], row["encoding"], row["parts"], code, json.loads(row["params"])
        )
        return Taken(message, row["attempt"] + 1)
    return Wait(0.0)


def _next(connection: Connection, now: int) -> RowMapping | None:
    for kind in outbox.KINDS:
        due = sa.and_(
            message_out.c.state == QUEUED,
            message_out.c.kind == kind,
            message_out.c.due_at <= now,
            message_out.c.held.is_(None),
        )
        query = sa.select(message_out).where(due).order_by(message_out.c.due_at, message_out.c.id).limit(1)
        row = connection.execute(query.with_for_update(skip_locked=True)).mappings().first()
        if row is not None:
            return row
    return None


def _may_go(connection: Connection, row: RowMapping, rules: limits.Limits, now: int) -> bool:
    """Whether the rules let this message go now; if not, it has been put off, held or given up."""
    this = sa.update(message_out).where(message_out.c.id == row["id"])
    if opting_out.has_opted_out(connection, row["phone_key"]):
        outbox.move(connection, row["id"], FAILED, opting_out.OPTED_OUT)
    elif rules.quiet.holds(now):
        connection.execute(this.values(due_at=rules.quiet.first_after(now)))
    elif not _author_is_here(connection, row["author"]):
        connection.execute(this.values(held="author-left"))
    elif (full := _is_full(connection, row, rules, now)) and row["kind"] == outbox.GREETING and full == "greeting":
        outbox.move(connection, row["id"], FAILED, "greeted-today")
    elif full:
        connection.execute(this.values(due_at=rules.quiet.next_morning(now)))
    else:
        return True
    return False


def _author_is_here(connection: Connection, author: str) -> bool:
    if author == users.SYSTEM:
        return True
    return connection.scalar(sa.select(user_account.c.state).where(user_account.c.id == author)) == "active"


def _is_full(connection: Connection, row: RowMapping, rules: limits.Limits, now: int) -> str:
    """Whether this person had as much as a day allows: "greeting" for greetings, "day" for all; "" if there is room."""
    if not is_sqlite(connection):  # two workers must not both find the last place free
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": row["phone_key"]})
    begin, end = rules.quiet.day_of(now)
    had = sa.and_(
        message_out.c.phone_key == row["phone_key"],
        message_out.c.sent_at >= begin,
        message_out.c.sent_at < end,
        message_out.c.state.in_((SENDING, UNKNOWN, SENT, "delivered")),
    )
    query = sa.select(message_out.c.kind, sa.func.count()).where(had).group_by(message_out.c.kind)
    by_kind = {row[0]: row[1] for row in connection.execute(query)}
    if row["kind"] == outbox.GREETING and by_kind.get(outbox.GREETING, 0) >= rules.greetings_per_day:
        return "greeting"
    return "day" if sum(by_kind.values()) >= rules.per_day else ""


def _pace(connection: Connection, gateway: str, now: int) -> int:
    """How long the gateway's rate asks to wait, in microseconds. The row is locked until the message is taken."""
    name = f"messages/pace/{gateway}"
    query = sa.select(setting.c.value).where(setting.c.name == name).with_for_update()
    found = connection.scalar(query)
    if found is None:
        insert = sqlite.insert(setting) if is_sqlite(connection) else postgresql.insert(setting)
        connection.execute(insert.values(name=name, value="0").on_conflict_do_nothing())
        found = connection.scalar(query)
    wait_us = int(found or 0) - now * 1000
    return wait_us if 0 < wait_us < 60_000_000 else 0  # longer than that: the clock was set back


def _advance_pace(connection: Connection, gateway: str, now: int, number: int) -> None:
    """Say when the next message may go. Within a run the beat is kept: who wakes up a little late does not slow it down."""
    this = setting.c.name == f"messages/pace/{gateway}"
    beat_us = int(connection.scalar(sa.select(setting.c.value).where(this)) or 0)
    late_us = now * 1000 - beat_us
    begin_us = beat_us if 0 <= late_us <= CATCH_UP_US else now * 1000
    step_us = 1_000_000 * number // parts.config().sms.per_second
    connection.execute(sa.update(setting).where(this).values(value=str(begin_us + step_us)))


def is_time_to_listen(connection: Connection, now: int) -> bool:
    """Whether there is a gateway that has to be asked, and it was not asked for a minute."""
    if parts.config().sms.gateway != "smpp":
        return False
    last = connection.scalar(sa.select(setting.c.value).where(setting.c.name == _LISTENED))
    return not 0 <= now - int(last or 0) < LISTEN_EVERY_MS


def listen() -> None:
    """Hear what a gateway that has to be asked has for us."""
    with writing() as connection:
        connection.execute(sa.delete(setting).where(setting.c.name == _LISTENED))
        connection.execute(sa.insert(setting), {"name": _LISTENED, "value": str(clock.now_ms())})
    gateway = make_gateway()
    if gateway is not None and gateway.must_be_asked:
        try:
            gateway.listen()
        finally:
            gateway.close()


def waiting_without_gateway() -> int:
    """How many messages wait for a gateway that nobody has configured."""
    if parts.config().sms.gateway != "none":
        return 0
    with reading() as connection:
        query = sa.select(sa.func.count()).where(message_out.c.state == QUEUED)
        return connection.scalar(query) or 0
