"""A head office that sends text messages, at noon of a fixed day, to a gateway that a test chooses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from server.services import books, clock, computed
from server.services.messaging import outbox
from server.services.messaging.outbox import New
from server.sms_config import SmsConfig
from server.storage.database import db, reading, writing
from server.storage.message_tables import (
    message_in,
    message_list,
    message_out,
    message_recipient,
    message_report,
    opt_out,
)
from server.storage.tables import job, setting, user_account
from tests.head_office import HeadOffice, open_office

ZONE = "Asia/Shanghai"


def at(text: str) -> int:
    """An instant on the company's clock, in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


NOON = at("2026-11-25 12:00")


class Clock:
    """The server's clock; it goes on by a millisecond each time somebody looks."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        self.now += 1
        return self.now


@dataclasses.dataclass
class Texting:
    """What a test of messages needs."""

    office: HeadOffice
    clock: Clock
    book: str
    shop: str

    def use(self, **sms: Any) -> None:
        """Configure the gateway."""
        app = self.office.app
        config = app.extensions["roundbook"]
        defaults = {"per_second": 1000, "country": "86", "callback": "http://127.0.0.1:9", "price_minor": 5}
        app.extensions["roundbook"] = dataclasses.replace(config, sms=SmsConfig(**{**defaults, **sms}))

    def queue(self, text: str = "Hello", phone: str = "138 0013 8000", **more: Any) -> str:
        values = {"author": self.office.users["li"], "customer": self.shop, "book": self.book, **more}
        with writing() as connection:
            found = outbox.queue(connection, New(phone=phone, text=text, **values))
        assert found is not None
        return found

    def row(self, message_id: str) -> Any:
        with reading() as connection:
            return connection.execute(sa.select(message_out).where(message_out.c.id == message_id)).one()

    def states(self) -> list[str]:
        with reading() as connection:
            return list(connection.scalars(sa.select(message_out.c.state).order_by(message_out.c.created_at)))

    def reference(self, type_name: str, values: dict[str, Any]) -> str:
        """A record of the reference book."""
        record = clock.new_id()
        change = {"op": "create", "type": type_name, "record": record, "customer": None, "set": values}
        self.office.write(books.reference_book(), change)
        return record

    def records(self, type_name: str) -> list[dict[str, Any]]:
        from server.storage.typed import typed_table

        with reading() as connection:
            return [dict(row) for row in connection.execute(sa.select(typed_table(type_name))).mappings()]


@contextmanager
def texting_office(home: Path, the_clock: Clock, **environment: str) -> Iterator[Texting]:
    """An office with a round and a customer; inside the block its app is the current one."""
    office = open_office(home, ROUNDBOOK_TIME_ZONE=ZONE, **environment)
    office.user("li", "account_manager")
    office.user("chen", "supervisor")
    office.user("boss", "department_manager")
    book = office.book("north", maintainer="li", supervisor="chen")
    shop = office.customer("north", "Lucky Star", contact_phone="13800138000", contact_person="Mrs Wang")
    with office.app.app_context():
        yield Texting(office, the_clock, book, shop)
        db.engine.dispose()


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Texting]:
    with texting_office(tmp_path_factory.mktemp("office"), Clock()) as found:
        yield found


@pytest.fixture
def the_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(clock, "now_ms", found)
    return found


@pytest.fixture
def texting(shared_office: Texting, the_clock: Clock) -> Iterator[Texting]:
    """The office with an empty outbox, and everybody there."""
    found = dataclasses.replace(shared_office, clock=the_clock)
    with found.office.app.app_context():
        with writing() as connection:
            for table in (message_out, message_list, message_recipient, message_report, message_in, opt_out, job):
                connection.execute(sa.delete(table))
            chosen = setting.c.name.like("messages/%") | (setting.c.name == computed.LIMITS_SETTING)
            connection.execute(sa.delete(setting).where(chosen))
            connection.execute(sa.update(user_account).values(state="active"))
        found.use(gateway="console")
        yield found
