"""A server lost in the middle of a day: fifty devices are ahead of its archive, most of them of its last segment (P6, T16)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import sqlalchemy as sa

from field_app.device import Device
from field_app.services import customers, visits
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport
from roundbook import recovery as restoring
from server.app import create_app
from server.config import Config
from server.services.backup import recovery
from server.storage import tables
from server.storage.database import reading
from tests.drill.company import Company
from tests.head_office import HeadOffice, serving

PASSPHRASE = "corn field river lantern"


@dataclass
class Rejoined:
    """`lost`: acknowledged change sets that are in no log of the restored server after the devices came, and records that they made."""

    devices: int
    acknowledged: int
    after_the_segment: int
    lost: int
    doubled: int


def run(folder: Path, count: int, step: Callable[[], None] = lambda: None) -> Rejoined:
    """Two devices a person, a round a person."""
    with serving(folder / "office") as office:
        people = (count + 1) // 2
        company, shops = _staffed(office, people)
        there = set(_sets(office.app))
        fleet = [_enrol(office, folder / "phones", f"p{n % people}", n, step) for n in range(count)]
        _work(fleet, shops, 1)
        company.run()
        _work(fleet, shops, 2)
        company.seal()
        _work(fleet, shops, 3)  # acknowledged, and in nothing but the devices' journals
        states, records = _known(office)
        states = {name: state for name, state in states.items() if name not in there}  # what devices made
        for n, device in enumerate(fleet):
            _change(device, shops[n % len(shops)], 4)  # not even sent
        config = Config.from_environment(
            {
                "ROUNDBOOK_HOME": str(folder / "fresh"),
                "ROUNDBOOK_BACKUPS": company.store.where,
                "ROUNDBOOK_URL": office.url,
            }
        )
        plan = recovery.plan(company.store, company.public)
        restoring.recover(config, company.store, company.public, [company.keys["bob"]], plan)
        app = create_app(config)
        before = _sets(app)
        office.app.wsgi_app = app.wsgi_app  # type: ignore[method-assign]  # the address answers from the new machine
        order = list(fleet)
        Random(5).shuffle(order)
        for device in order * 2:
            report = sync_once(device, HttpTransport(office.url))
            assert report.error is None, report.error
            step()
        after, found = _sets(app), _records(app)
        taken = _logged(app)
        accepted = (
            "applied",
            "merged",
        )  # of two edits of one field, which one came first may differ now: both are in the log
        lost = sum(after.get(name) not in accepted or name not in taken for name in states)
        lost += sum(name not in found for name in records)
        doubled = sum(n > 1 for n in _visits_of(found).values())
        for device in fleet:
            assert not device.outbox.unsettled_ids()
            device.close()
    return Rejoined(count, len(states), len(states) - len(set(before) & set(states)), lost, doubled)


def _staffed(office: HeadOffice, people: int) -> tuple[Company, list[str]]:
    shops = []
    office.book("south")
    for n in range(people):
        office.user(f"p{n}")
        office.book(f"round {n}", maintainer=f"p{n}")
        shops.append(office.customer(f"round {n}", f"Shop {n}"))
    company = Company(office, {})
    company.enrol_holders("ann", "bob")
    return company, shops


def _enrol(office: HeadOffice, folder: Path, login: str, n: int, step: Callable[[], None]) -> Device:
    transport = HttpTransport(office.url)
    device = Device.enrol(
        folder / f"{n}", office.invitation(login), PASSPHRASE, transport,
        clock_ms=lambda: time.time_ns() // 1_000_000, name=f"phone {n}",
    )  # fmt: skip
    assert sync_once(device, transport).error is None
    transport.close()
    step()
    return device


def _change(device: Device, shop: str, number: int) -> None:
    visit = visits.check_in(device, shop)
    visits.check_out(device, visit, {"person": f"{device.identity.device_id} {number}", "situation": "full"})
    customers.edit(device, shop, {"contact_person": f"Ann {number} {device.identity.device_id[-4:]}"})


def _work(fleet: list[Device], shops: list[str], number: int) -> None:
    for n, device in enumerate(fleet):
        _change(device, shops[n % len(shops)], number)
        assert sync_once(device, HttpTransport(device.identity.server_url)).error is None


def _known(office: HeadOffice) -> tuple[dict[str, str], set[str]]:
    return _sets(office.app), set(_records(office.app))


def _sets(app: object) -> dict[str, str]:
    with app.app_context(), reading() as connection:  # type: ignore[attr-defined]
        return {
            row.id: row.state
            for row in connection.execute(sa.select(tables.change_set.c.id, tables.change_set.c.state))
        }


def _records(app: object) -> dict[str, str]:
    """Records of the rounds that devices made: desks, and conflicts between edits, are written by the server."""
    kinds = sa.select(tables.book.c.id).where(tables.book.c.kind == "round")
    made = (tables.record.c.book_id.in_(kinds), tables.record.c.type != "conflict")
    query = sa.select(tables.record.c.id, tables.record.c.fields).where(*made)
    with app.app_context(), reading() as connection:  # type: ignore[attr-defined]
        return {row.id: row.fields for row in connection.execute(query)}


def _logged(app: object) -> set[str]:
    """The change sets that the logs of the books hold."""
    with app.app_context(), reading() as connection:  # type: ignore[attr-defined]
        return set(connection.scalars(sa.select(tables.log.c.set_id).distinct()))


def _visits_of(records: dict[str, str]) -> dict[str, int]:
    """Visit, by who made it and which it was -> how many there are."""
    import json

    found: dict[str, int] = {}
    for fields in map(json.loads, records.values()):
        if "checked_out_at" in fields and fields.get("person"):
            found[fields["person"]] = found.get(fields["person"], 0) + 1
    return found
