"""What a backup costs: its write phase beside `tar | age` on the same bytes, and what devices notice while one runs."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from field_app.device import Device
from field_app.services import customers
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport
from server.services.backup import archive, holders, packs, sealing
from server.services.backup.onetime import one_time_key
from server.services.backup.sealing import Throttle
from server.storage.archives import FolderArchives
from server.storage.database import db, reading
from sync_protocol import age
from tests.drill import company as companies
from tests.drill.company import Company
from tests.drill.fleet import PASSPHRASE
from tests.head_office import open_office

ROUNDS = 7
PHOTO_BYTES = 600_000


@dataclass
class Written:
    """Seconds for the same bytes, round by round."""

    mega_bytes: float
    ours_s: list[float]
    tar_age_s: list[float]
    database_bytes: int
    database_s: list[float]

    @property
    def database_mb_s(self) -> float:
        """The part of ours that is no photos: rows leave the encrypted database as SQL text, which `tar` finds ready."""
        return self.database_bytes / 1e6 / statistics.median(self.database_s)

    @property
    def ours_mb_s(self) -> float:
        return self.mega_bytes / statistics.median(self.ours_s)

    @property
    def tar_age_mb_s(self) -> float:
        return self.mega_bytes / statistics.median(self.tar_age_s)

    @property
    def ratios(self) -> list[float]:
        """Our speed by theirs, of the two runs that stood side by side."""
        return [theirs / ours for ours, theirs in zip(self.ours_s, self.tar_age_s, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


def write_phase(folder: Path, photos: int, customers_count: int, step: Callable[[], None] = lambda: None) -> Written:
    """From the snapshot to the durable file, and `tar | age` into a durable file, of the same files for as many recipients.

    Each begins with nothing left to write on the disk, and which of the two begins changes from round to round.
    """
    made = companies.found(folder / "office")
    chance = random.Random(3)
    made.photos(photos, PHOTO_BYTES, chance)
    made.work(customers_count, chance)
    plain = folder / "plain"
    _lay_out(made, plain)
    size = sum(path.stat().st_size for path in plain.rglob("*") if path.is_file())
    ours, theirs, database = list[float](), list[float](), list[float]()
    rows = sum(path.stat().st_size for path in plain.rglob("*") if path.is_file() and path.parent.name != "photos")
    for n in range(ROUNDS):
        turns = [
            lambda n=n: ours.append(_ours(made, folder / f"store-{n}", database)),
            lambda n=n: theirs.append(_tar_age(made, plain, folder / f"theirs-{n}.tar.age")),
        ]
        for turn in turns if n % 2 else reversed(turns):
            os.sync()
            turn()
        step()
    return Written(size / 1e6, ours, theirs, rows, database)


def _ours(made: Company, place: Path, database: list[float]) -> float:
    """Seconds. The archive and the pack of all photos, as a first run writes them; `database` takes those of the archive alone."""
    store = FolderArchives(place)
    with made.office.app.app_context(), one_time_key() as key:
        with reading() as connection:
            public = [*(holder.raw for holder in holders.recipients(connection)), key.public]
            began = time.perf_counter()
            snapshot = archive.Snapshot()
            members = archive.members(connection, snapshot)
            sealing.put_sealed(store, "archives/x.tar.age", public, members, Throttle(), hashed=False)
            database.append(time.perf_counter() - began)
        lost: list[str] = []
        photos = packs._members(list(snapshot.photos.values()), lost)
        sealing.put_sealed(store, "photos/x.tar.age", public, photos, Throttle(), hashed=False)
        took = time.perf_counter() - began
    assert not lost
    shutil.rmtree(place)
    return took


def _lay_out(made: Company, plain: Path) -> None:
    """The files that an archive and a pack hold, in clear, for `tar`."""
    with made.office.app.app_context(), reading() as connection:
        snapshot = archive.Snapshot()
        for member in archive.members(connection, snapshot):
            _write(plain / member.name, member.content)
        for member in packs._members(list(snapshot.photos.values()), []):
            _write(plain / member.name, member.content)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _tar_age(made: Company, plain: Path, out: Path) -> float:
    with made.office.app.app_context(), reading() as connection:
        recipients = [holder.recipient for holder in holders.recipients(connection)]
    recipients.append(age.recipient_text(bytes(range(32))))
    to = " ".join(f"-r {recipient}" for recipient in recipients)
    began = time.perf_counter()
    script = f"set -e; tar -C '{plain}' -cf - . | age {to} -o '{out}'; sync '{out}'"
    subprocess.run(["bash", "-o", "pipefail", "-c", script], check=True)
    took = time.perf_counter() - began
    out.unlink()
    return took


@dataclass
class Noticed:
    """The 99th percentile of syncs, in ms, without and during backups; how many backups there were."""

    syncs: int
    p99_without_ms: float
    p99_during_ms: float
    backups: int

    @property
    def ratio(self) -> float:
        return self.p99_during_ms / self.p99_without_ms


def noticed(folder: Path, syncs: int, photos: int, step: Callable[[], None] = lambda: None) -> Noticed:
    """A server in its own process answers one device after the other, first alone, then beside one backup after the other."""
    home = folder / "office"
    with _server(home) as (url, environment):
        office = open_office(home, ROUNDBOOK_URL=url)
        for login in ("li", "wang"):
            office.user(login)
        office.book("north", maintainer="li")
        office.book("south", maintainer="wang")
        made = Company(office, {})
        made.enrol_holders("ann", "bob")
        made.photos(photos, PHOTO_BYTES, random.Random(4))
        shop = office.customer("north", "Corner Shop")
        made.work(300, random.Random(5))
        transport = HttpTransport(url)
        device = Device.enrol(
            folder / "phone", office.invitation("li"), PASSPHRASE, transport,
            clock_ms=lambda: time.time_ns() // 1_000_000, name="phone",
        )  # fmt: skip
        sync_once(device, transport)
        _sync(device, transport, shop, 50)
        without = _sync(device, transport, shop, syncs, step)
        with _backups(environment) as count:
            during = _sync(device, transport, shop, syncs, step)
            backups = count()
        device.close()
        with office.app.app_context():
            db.engine.dispose()
    return Noticed(syncs, _p99(without), _p99(during), backups)


def _sync(
    device: Device, transport: HttpTransport, shop: str, count: int, step: Callable[[], None] = lambda: None
) -> list[float]:
    """Milliseconds of each: an edit goes up, its verdict comes down."""
    took = []
    for n in range(count):
        customers.edit(device, shop, {"contact_person": f"Ann {time.time_ns()} {n}"})
        began = time.perf_counter()
        report = sync_once(device, transport)
        took.append((time.perf_counter() - began) * 1000)
        assert report.error is None, report.error
        step()
    return took


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99) - 1]


@contextlib.contextmanager
def _server(home: Path) -> Iterator[tuple[str, dict[str, str]]]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {"ROUNDBOOK_BIND": f"127.0.0.1:{port}", "ROUNDBOOK_URL": url, "ROUNDBOOK_HOME": str(home)}
    command = [sys.executable, "-m", "roundbook", "serve"]
    home.mkdir(parents=True)
    log = (home.parent / "serve.log").open("wb")
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        _wait(url, process)
        yield url, environment
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    import requests

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the server does not answer")


_LOOP = """
import sys, time
from server.app import create_app
from server.config import Config
from server.services.backup import runs
app = create_app(Config.from_environment())
runs.be_nice()
with app.app_context():
    while True:
        runs.run()
        print("done", flush=True)
"""


@contextlib.contextmanager
def _backups(environment: dict[str, str]) -> Iterator[Callable[[], int]]:
    """One backup after the other, as a worker makes them, until the block ends. Yields: how many were done."""
    log_path = Path(environment["ROUNDBOOK_HOME"]).parent / "backups.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", _LOOP], env={**os.environ, **environment}, stdout=log)
        try:
            until = time.monotonic() + 30
            while not log_path.read_bytes() and time.monotonic() < until:
                time.sleep(0.1)
            yield lambda: log_path.read_bytes().count(b"done")
        finally:
            process.kill()
            process.wait(10)
    log_path.unlink(missing_ok=True)
