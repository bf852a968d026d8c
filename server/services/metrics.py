"""Figures for operators, as Prometheus reads them: what waits, what failed, how messages go. Counts and ages, nobody's data."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy.engine import Connection

from server.services import clock, jobs
from server.services.backup import status as backup
from server.services.messaging import lists, replies
from server.storage.database import reading
from server.storage.message_tables import message_in, message_list, message_out
from server.storage.tables import change_set, device, job
from sync_protocol.messaging.states import FORWARD
from sync_protocol.version import APP_RELEASE

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "roundbook_requests_total", "Requests answered by this process", ("endpoint", "method", "status"), registry=REGISTRY
)
SECONDS = Histogram(
    "roundbook_request_seconds", "How long they took", ("endpoint",), registry=REGISTRY,
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)  # fmt: skip


class _Database:
    """What the database says at the moment of asking."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with reading() as connection:
            yield from _jobs(connection)
            yield from _messages(connection)
            yield from _devices(connection)
        yield from _backup()

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing before it is asked: a registry would ask at once otherwise."""
        return iter(())


REGISTRY.register(_Database())


def page() -> bytes:
    """The page in Prometheus' text format. Needs an app context."""
    return generate_latest(REGISTRY)


def _gauge(name: str, text: str, label: str, values: dict[str, int | float]) -> GaugeMetricFamily:
    found = GaugeMetricFamily(f"roundbook_{name}", text, labels=[label])
    for key, value in values.items():
        found.add_metric([key], value)
    return found


def _jobs(connection: Connection) -> Iterator[GaugeMetricFamily]:
    yield _gauge("jobs", "Jobs by state", "state", dict(jobs.counts(connection)))
    now = clock.now_ms()
    oldest = connection.scalar(sa.select(sa.func.min(job.c.due_at)).where(job.c.state == jobs.DUE, job.c.due_at <= now))
    yield GaugeMetricFamily(
        "roundbook_job_oldest_due_seconds",
        "How long the oldest due job has waited",
        value=(now - oldest) / 1000 if oldest else 0,
    )


def _messages(connection: Connection) -> Iterator[GaugeMetricFamily]:
    query = sa.select(message_out.c.state, sa.func.count()).group_by(message_out.c.state)
    found = {row[0]: row[1] for row in connection.execute(query)}
    yield _gauge("messages", "Text messages by state", "state", {state: found.get(state, 0) for state in FORWARD})
    now = clock.now_ms()
    waiting = sa.and_(message_out.c.state == "queued", message_out.c.held.is_(None), message_out.c.due_at <= now)
    oldest = connection.scalar(sa.select(sa.func.min(message_out.c.due_at)).where(waiting))
    age_s = (now - oldest) / 1000 if oldest else 0
    yield GaugeMetricFamily(
        "roundbook_message_oldest_due_seconds", "How long the oldest due message has waited", value=age_s
    )
    open_ends = {
        "tray": _count(connection, message_in, message_in.c.state == replies.TRAY),
        "lists to approve": _count(connection, message_list, message_list.c.state == lists.WAITING),
        "held": _count(connection, message_out, message_out.c.held.is_not(None)),
    }
    yield _gauge("messages_open", "What waits for a person", "what", dict(open_ends))


def _devices(connection: Connection) -> Iterator[GaugeMetricFamily]:
    states = sa.select(device.c.state, sa.func.count()).where(device.c.kind == "device").group_by(device.c.state)
    yield _gauge("devices", "Devices by state", "state", {row[0]: row[1] for row in connection.execute(states)})
    waiting = _count(connection, change_set, change_set.c.state == "waiting")
    yield GaugeMetricFamily("roundbook_sets_waiting", "Change sets that wait to be judged", value=waiting)
    info = GaugeMetricFamily("roundbook_release", "The release that answers", labels=["release"])
    info.add_metric([str(APP_RELEASE)], 1)
    yield info


def _backup() -> Iterator[GaugeMetricFamily]:
    """Instants as Unix time, so that an alarm reckons with its own clock; 0: there was none yet."""
    found = backup.status()
    instants = {
        "archive": ("the last verified archive began", found.archive.started_at if found.archive else 0),
        "segment": ("the last sealed log segment ends", found.segment[1] if found.segment else 0),
        "drill": ("somebody last restored an archive by hand", found.drill.started_at if found.drill else 0),
    }
    for name, (text, at_ms) in instants.items():
        yield GaugeMetricFamily(
            f"roundbook_backup_{name}_timestamp_seconds", f"When {text} (Unix time; 0: never)", value=at_ms / 1000
        )
    levels = {level: sum(one.level == level for one in found.concerns) for level in (backup.WRONG, backup.WAITING)}
    yield _gauge("backup_concerns", "What is not as it should be with the backup", "level", dict(levels))
    yield GaugeMetricFamily(
        "roundbook_backup_waiting", "Changes that are in no archive and no segment yet", value=found.waiting_notes
    )


def _count(connection: Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0
