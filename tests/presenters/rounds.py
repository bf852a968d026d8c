"""A round to work on: a head office with shops, products and orders of before, and Li's device after its first sync."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from field_app.device import Device
from field_app.presenters.session import Session
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport, NoNetwork, Response
from server.services import clock, enrolment, users
from server.storage.database import reading
from server.storage.tables import record
from tests.device.builders import PASSPHRASE
from tests.head_office import HeadOffice, serving

SHOPS = ("Lucky Star Mart 福星便利店", "Sun Grocery", "Hawkeye Liquor", "永辉烟酒行", "Corner Shop")
PRODUCTS = (("10001", "Black Velvet", 1049), ("10002", "Hawkeye Vodka", 749), ("10003", "红星二锅头", 499))
DAY_MS = 86_400_000


def now_ms() -> int:
    """The clock of the machine."""
    return time.time_ns() // 1_000_000


class Line:
    """The way to the server, which a test can cut."""

    def __init__(self, url: str) -> None:
        self.transport = HttpTransport(url)
        self.is_cut = False

    def close(self) -> None:
        self.transport.close()

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Response:
        if self.is_cut:
            raise NoNetwork("cut")
        return self.transport.exchange(method, path, headers, body)


@dataclass
class Round:
    """The office, its shops and products by name -> id, and the folder of a device that is enrolled and synced."""

    office: HeadOffice
    folder: Path
    shops: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)

    def home(self, place: Path) -> Path:
        """A copy of the device's folder, to work on."""
        shutil.copytree(self.folder, place)
        return place

    def session(self, place: Path, *, is_open: bool = True) -> Session:
        """What an app has in hand on a copy of the device. A copy works, but never syncs: the server finds it out."""
        home = self.home(place)
        session = self._session(home)
        if is_open:
            session.hold(Device.unlock(home, PASSPHRASE, clock_ms=now_ms))
        return session

    def own_session(self, place: Path) -> Session:
        """What an app has in hand on a device of its own, which syncs; `session.line` cuts the network."""
        session = self._session(place)
        session.hold(self.enrol(place))
        return session

    def enrol(self, place: Path) -> Device:
        """Another device of Li, after its first sync."""
        transport = HttpTransport(self.office.url)
        invitation = self.office.invitation("li")
        device = Device.enrol(place, invitation, PASSPHRASE, transport, clock_ms=now_ms, name="Li's phone")
        report = sync_once(device, transport)
        assert report.error is None, report
        transport.close()
        return device

    def _session(self, home: Path) -> Session:
        line = Line(self.office.url)
        session = Session(home, now_ms, lambda _url: line)
        session.line = line  # type: ignore[attr-defined]
        return session

    def write(self, *changes: dict[str, Any]) -> None:
        """Write in the book of the round as head office."""
        self.office.write("north", *changes)

    def received(self, type_name: str, customer: str) -> list[dict[str, Any]]:
        """The fields of the records of a type that head office has of a customer."""
        wanted = select(record.c.fields).where(record.c.type == type_name, record.c.customer == customer)
        with self.office.app.app_context(), reading() as connection:
            return [json.loads(fields) for (fields,) in connection.execute(wanted)]

    def report_lost(self, device: str) -> None:
        """Say that a device was stolen."""
        with self.office.app.app_context():
            assert enrolment.revoke(device, "lost", users.SYSTEM)

    def review(self, record: str, customer: str, outcome: str, comment: str) -> None:
        """Accept or return a record at head office."""
        values = {"of": record, "outcome": outcome, "comment": comment, "reviewed_at": now_ms()}
        self.write({"op": "create", "type": "review", "record": clock.new_id(), "customer": customer, "set": values})


@contextmanager
def a_round(folder: Path, ordered_days_ago: int = 10) -> Iterator[Round]:
    """A head office that answers until the block ends, with one device of Li below `folder`, and one order of so long ago."""
    with serving(
        folder / "office", ROUNDBOOK_COMPANY="Hawkeye Beverages", ROUNDBOOK_TIME_ZONE="Asia/Shanghai"
    ) as office:
        office.user("li")
        office.user("chen", "supervisor")
        office.book("north", maintainer="li", supervisor="chen")
        made = Round(office, folder / "field")
        weekday = time.strftime("%A", time.gmtime(time.time() + 8 * 3600)).lower()
        for number, name in enumerate(SHOPS):
            planned = {"visit_batch": weekday, "visit_cycle_days": 14} if number < 3 else {}
            made.shops[name] = office.customer(
                "north",
                name,
                customer_code=f"25{number:02d}",
                address=f"{12 + number} Main Street",
                city="Ames",
                contact_person="Mrs Wang",
                contact_phone=f"515-243-000{number}",
                customer_status="active",
                **planned,
            )
        for code, name, price_minor in PRODUCTS:
            made.products[name] = office.product(code, name, price_minor)
        lines = [
            {
                "product": made.products[name],
                "product_name": name,
                "quantity": str(quantity),
                "unit_price_minor": price,
                "amount_minor": quantity * price,
            }
            for quantity, (_code, name, price) in zip((12, 24), PRODUCTS, strict=False)
        ]
        total = sum(line["amount_minor"] for line in lines)  # type: ignore[misc]
        values = {
            "ordered_at": now_ms() - ordered_days_ago * DAY_MS,
            "lines": lines,
            "total_minor": total,
            "currency": "USD",
        }
        shop = made.shops[SHOPS[0]]
        made.write({"op": "create", "type": "order", "record": clock.new_id(), "customer": shop, "set": values})
        made.enrol(made.folder).close()
        yield made
