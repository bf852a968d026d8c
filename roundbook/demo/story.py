"""The demonstration from the import to the last compared byte. Progress goes to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
import sqlalchemy as sa
from tqdm import tqdm

from field_app.device import Device
from field_app.services import reading, status
from field_app.sync.client import SyncReport, sync_once
from field_app.sync.transport import HttpTransport
from roundbook.demo import backup, company, controlled, day, deciding, knowledge, morning, texting, tidying, week
from roundbook.demo.comparison import Comparison, compare, plain_text_in
from roundbook.supervisor import Supervisor
from server.app import create_app
from server.config import Config
from server.services import clock
from server.storage.database import reading as snapshot
from server.storage.tables import blob

PASSPHRASE = "corn field river lantern"
WORKER = company.MANAGERS[0]
THUMBNAILS_S = 60.0


@dataclass(frozen=True, slots=True)
class Ending:
    """What is to be told at the end. `problems`: what did not go as it must, in words; none if all holds."""

    compared: Comparison
    imported: dict[str, object]
    day: dict[str, int]
    thumbnails: int
    in_clear: list[str]
    problems: tuple[str, ...]
    sign_ins: tuple[tuple[str, str, str], ...]
    passphrase: str

    @property
    def holds(self) -> bool:
        """Whether the demonstration showed what it promises."""
        return self.compared.equal and not self.problems


def tell(supervisor: Supervisor, folder: Path) -> Ending:
    """Head office is up; make the company, enrol three devices, work a day offline, sync, compare."""
    app = create_app(Config.from_environment(supervisor.environment))
    with app.app_context():
        _say("Importing the retailers, products and orders of a company (State of Iowa, open data)")
        imported = company.import_sample(supervisor.environment)
        ids = company.hire()
        company.plan_rounds(company.hand_out_books(ids).values())
        company.compute(lambda done, of: None)
        knowledge.write()
        texting.prepare()
        devices = _enrol(supervisor, folder, ids)
        try:
            return _one_day(supervisor, folder, devices, imported)
        finally:
            for device in devices.values():
                device.close()


def _enrol(supervisor: Supervisor, folder: Path, ids: Mapping[str, str]) -> dict[str, Device]:
    """Three phones get their invitations, and each loads its round."""
    devices = {}
    for login in company.MANAGERS:
        ticking = day.Clock(clock.now_ms, supervisor.environment["ROUNDBOOK_TIME_ZONE"])
        ticking.begin()  # they load their rounds in the morning
        home = folder / "field" if login == WORKER else folder / "field-of-others" / login
        device = Device.enrol(
            home,
            company.invite(ids, login),
            PASSPHRASE,
            HttpTransport(supervisor.url),
            clock_ms=ticking,
            name=f"phone of {login}",
        )
        with _bar(f"First load of {login}", "records") as bar:
            report = sync_once(device, HttpTransport(supervisor.url), _moving(bar, "records"))
        _check(report)
        devices[login] = device
    return devices


def _one_day(
    supervisor: Supervisor, folder: Path, devices: Mapping[str, Device], imported: dict[str, object]
) -> Ending:
    device = devices[WORKER]
    before = reading.counts(device)
    ticking = _clock(device)
    begun = morning.begin(device)
    with _bar("A day without a network", "visits", total=day.VISITS) as bar:

        def arrived(shop: str) -> None:
            bar.set_postfix_str(shop[:28])
            bar.update()

        day.work(device, ticking, arrived)
    message = texting.write(device)
    waits = status.sync_status(device)
    _say(f"On phone: {waits.waiting_records} records, {waits.waiting_photos} photos. Back in coverage.")
    controlled.show()
    with _bar("Photos", "B") as bar:
        report = sync_once(device, HttpTransport(supervisor.url), _moving(bar, "photos"))
    _check(report)
    texting.send(message)
    for other in devices.values():
        _clock(other).back_to_now()
        _check(sync_once(other, HttpTransport(supervisor.url)))
    submitted = week.submit(device)
    _check(sync_once(device, HttpTransport(supervisor.url)))
    decided = deciding.review()
    _say(f"Head office signed the week of {week.sign(submitted)} customers.")
    _say(f"Head office accepted {decided.accepted} records, returned a visit, and signed {decided.signed} visits off.")
    _check(sync_once(device, HttpTransport(supervisor.url)))
    compared = compare(device)
    worked = {
        name: number - before.get(name, 0) for name, number in compared.device.items() if number != before.get(name, 0)
    }
    words = [str(row.name) for row in reading.find_customers(device, limit=50)]
    in_clear = plain_text_in(folder / "field", words)
    tidied = tidying.tidy(device, lambda: _check(sync_once(device, HttpTransport(supervisor.url))))
    return Ending(
        compared=compared,
        imported=imported,
        day={**worked, "edit": day.EDITS},
        thumbnails=_wait_for_thumbnails(compared.photos),
        in_clear=in_clear,
        problems=(
            *_problems(worked, report, in_clear, compared.photos, status.sync_status(device).waiting_records),
            *controlled.problems(device),
            *texting.problems(device, message),
            *week.problems(device, submitted),
            *tidied,
            *deciding.problems(device, decided),
            *morning.problems(begun),
            *knowledge.problems(device),
            *backup.problems(folder),
        ),
        sign_ins=tuple((person.login, company.PASSWORD, person.does) for person in company.PEOPLE),
        passphrase=PASSPHRASE,
    )


def _clock(device: Device) -> day.Clock:
    assert isinstance(device.clock_ms, day.Clock)
    return device.clock_ms


def _problems(
    worked: Mapping[str, int], report: SyncReport, in_clear: list[str], photos: int, waiting: int
) -> Iterator[str]:
    promised = {
        "visit": day.VISITS,
        "photo": day.PHOTOS,
        "order": day.ORDERS,
        "contact_record": day.CONTACTS,
        "complaint": 1,
        "knowledge_case": 1,
    }
    for name, number in promised.items():
        if worked.get(name, 0) != number:
            yield f"{worked.get(name, 0)} of {number} {name} records"
    if worked.get("stock_count", 0) < day.VISITS:
        yield "stock counts are missing"
    if photos != day.PHOTOS:
        yield f"{photos} of {day.PHOTOS} photos reached the server"
    if report.refused or report.waiting or waiting:
        yield f"{report.refused} change sets refused, {report.waiting} waiting, {waiting} still on the phone"
    if in_clear:
        yield f"in clear in the device's folder: {', '.join(in_clear)}"


def _wait_for_thumbnails(wanted: int) -> int:
    """The worker makes them meanwhile; wait for it a little."""
    until, made = time.monotonic() + THUMBNAILS_S, 0
    while time.monotonic() < until:
        with snapshot() as connection:
            made = (
                connection.scalar(sa.select(sa.func.count()).select_from(blob).where(blob.c.thumbnail_key.is_not(None)))
                or 0
            )
        if made >= wanted:
            break
        time.sleep(0.2)
    return made


def _check(report: SyncReport) -> None:
    if report.error is not None:
        raise click.ClickException(f"a sync failed: {report.error}")


def _say(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _bar(title: str, unit: str, total: int | None = None) -> Iterator[tqdm[NoReturn]]:
    with tqdm(
        desc=f"{title:<26}", unit=unit, total=total, file=sys.stderr, mininterval=0.2, unit_scale=unit == "B"
    ) as bar:
        yield bar


def _moving(bar: tqdm[NoReturn], wanted: str) -> Callable[[str, int, int], None]:
    """What a sync calls with its progress, showing one kind of it."""

    def move(kind: str, done: int, of: int) -> None:
        if kind == wanted:
            bar.total = of or None
            bar.update(done - bar.n)

    return move
