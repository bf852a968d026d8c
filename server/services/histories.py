"""The history of one field of one record, from the log: who set which value when, from where, and what lost against it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import names
from server.services.names import Names
from server.services.sensitive import shown
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import change_set, device, log, log_body, seat
from server.storage.typed import typed_table
from sync_protocol.fields import FieldSpec, Kind
from sync_protocol.records import record_type


@dataclass(frozen=True, slots=True)
class Step:
    """One value that the field had. `at`: when the server took it; `made_at`: when its author set it; ms. `rev`: of the record."""

    rev: int
    at: int
    made_at: int
    author: str
    device: str
    device_kind: str
    action: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that was set and did not count, kept in a conflict record."""

    conflict: str
    at: int
    value: Any
    by: str
    kept: Any
    kept_by: str


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of a field, newest first. `erased`: entries whose content was erased."""

    spec: FieldSpec
    title: str
    type: str
    steps: list[Step]
    lost: list[Lost]
    names: Names
    erased: int


def of_field(scope: Collection[str], type_name: str, record_id: str, field: str, reader: str) -> History | None:
    """The history of a field; None: no such record or field, or not for this reader."""
    spec = record_type(type_name).specs().get(field)
    table = typed_table(type_name)
    if spec is None:
        return None
    with reading() as connection:
        title = table.c[record_type(type_name).title]
        here = connection.execute(
            sa.select(table.c.book_id, title).where(table.c.id == record_id, within(table.c.book_id, scope))
        ).one_or_none()
        if here is None:
            return None
        close = bool(
            connection.scalar(
                sa.select(sa.func.count()).where(seat.c.book_id == here.book_id, seat.c.user_id == reader)
            )
        )
        steps, erased = _steps(connection, record_id, field)
        lost = _lost(connection, scope, record_id, field)
        values = [step.after for step in steps] + [item.value for item in lost]
        users = {step.author for step in steps} | {by for item in lost for by in (item.by, item.kept_by)}
        records: set[str] = set()
        if spec.kind in (Kind.USER, Kind.REFERENCE):
            (users if spec.kind is Kind.USER else records).update(str(value) for value in values if value)
        found = names.load(connection, scope, records=records, users=users)
    return History(
        spec,
        str(here[1] or ""),
        type_name,
        [_masked(spec, step, close=close) for step in reversed(steps)],
        [
            Lost(
                item.conflict,
                item.at,
                shown(spec, item.value, close=close),
                item.by,
                shown(spec, item.kept, close=close),
                item.kept_by,
            )
            for item in lost
        ],
        found,
        erased,
    )


def _steps(connection: Connection, record_id: str, field: str) -> tuple[list[Step], int]:
    query = (
        sa.select(log.c.rev, log.c.at, log_body.c.body, change_set.c.action, device.c.name, device.c.kind)
        .outerjoin(log_body, sa.and_(log_body.c.book_id == log.c.book_id, log_body.c.pos == log.c.pos))
        .outerjoin(change_set, change_set.c.id == log.c.set_id)
        .outerjoin(device, device.c.id == change_set.c.device_id)
        .where(log.c.record == record_id, log.c.rev > 0)
        .order_by(log.c.rev)
    )
    steps: list[Step] = []
    value: Any = None
    erased = 0
    for row in connection.execute(query):
        if row.body is None:
            erased += 1
            continue
        body = json.loads(row.body)
        if field in body["values"]:
            after = body["values"][field]
            steps.append(
                Step(
                    row.rev,
                    row.at,
                    body["time"],
                    body["author"],
                    row.name or "",
                    row.kind or "",
                    row.action or "",
                    value,
                    after,
                )
            )
            value = after
    return steps, erased


def _lost(connection: Connection, scope: Collection[str], record_id: str, field: str) -> list[Lost]:
    conflict = typed_table("conflict")
    query = (
        sa.select(conflict)
        .where(conflict.c.of == record_id, conflict.c.field == field, within(conflict.c.book_id, scope))
        .order_by(conflict.c.at.desc())
    )
    return [
        Lost(row.id, row.at, json.loads(row.lost), row.lost_by or "", json.loads(row.kept), row.kept_by or "")
        for row in connection.execute(query)
    ]


def _masked(spec: FieldSpec, step: Step, *, close: bool) -> Step:
    before, after = shown(spec, step.before, close=close), shown(spec, step.after, close=close)
    return Step(step.rev, step.at, step.made_at, step.author, step.device, step.device_kind, step.action, before, after)


def value_at(scope: Collection[str], record_id: str, field: str, rev: int) -> tuple[bool, Any]:
    """Whether a field was set at this rev of a record in the scope, and to what; what was erased was not."""
    query = (
        sa.select(log_body.c.body)
        .join(log, sa.and_(log_body.c.book_id == log.c.book_id, log_body.c.pos == log.c.pos))
        .where(log.c.record == record_id, log.c.rev == rev, within(log.c.book_id, scope))
    )
    with reading() as connection:
        body = connection.scalar(query)
    values = json.loads(body)["values"] if body else {}
    return field in values, values.get(field)
