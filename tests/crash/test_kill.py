"""What the app called saved is there after a kill at any moment, whole, and nothing else is half there (P1, T5)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from field_app.device import Device
from field_app.services import photos, reading
from field_app.store.keys import Keyring
from field_app.sync.client import sync_once
from tests.device.builders import Clock
from tests.device.scripted import HOLD, NORTH, ScriptedServer, a_record, applied, enrolled, now_ms, record_id

KILLS = int(os.environ.get("ROUNDBOOK_KILLS", "30"))
ROOT = Path(__file__).parents[2]
SHOP = record_id(1)


def reopen(folder: Path, keyring: Keyring) -> Device:
    device = Device(folder, keyring, clock_ms=Clock(now_ms()))
    device.start()
    return device


def killed(folder: Path, keyring: Keyring, seed: int, after_s: float) -> list[tuple[str, str]]:
    """Let a worker save until it is killed `after_s` after it was ready. Returns (kind, id) of what it called saved."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.worker", str(folder), SHOP, str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write(keyring._data_key.hex() + "\n")
    worker.stdin.flush()
    assert worker.stdout.readline() == "ready\n"
    threading.Timer(after_s, worker.send_signal, [signal.SIGKILL]).start()
    lines = worker.stdout.read().splitlines()
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()
    assert worker.returncode == -signal.SIGKILL
    said = [line.split() for line in lines]
    return [(line[0], line[1]) for line in said if len(line) == 2]


@pytest.mark.timeout(300 + 2 * KILLS)
def test_what_was_called_saved_is_there_after_a_kill_at_any_moment(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.answer = lambda request: {
        "scope": {NORTH: HOLD},
        "scope_tag": "1",
        "records": [a_record(1)],
        "cursors": {NORTH: "1.0.0"},
    }
    device = enrolled(tmp_path, server)
    sync_once(device, server)
    folder, keyring = device.folder, device.keyring
    device.close()
    chance = random.Random(20261122)
    saved: list[tuple[str, str]] = []

    for number in range(KILLS):
        saved += killed(folder, keyring, number, chance.uniform(0.001, 0.25))

        device = reopen(folder, keyring)
        _check(device, saved)
        device.close()

    assert len(saved) > KILLS, "the worker was killed before it could save anything: the test proves nothing"
    device = reopen(folder, keyring)
    server.answer = lambda request: {"verdicts": applied(request)}
    assert sync_once(device, server).error is None
    assert device.outbox.unsettled_ids() == [] and device.photos.unsent_count() == 0
    device.close()


def _check(device: Device, saved: list[tuple[str, str]]) -> None:
    sets = device.outbox.in_state("ready")
    assert [one.seq for one in sets] == list(range(1, device.outbox.last_seq + 1)), "numbers without gaps or doubles"
    assert device.database.is_whole()
    records = {change["record"] for one in sets if one.wire for change in one.wire["changes"]}
    notes = {change["set"].get("communication_note") for one in sets if one.wire for change in one.wire["changes"]}
    for kind, what in saved:
        assert what in (notes if kind == "note" else records), f"{kind} {what} was called saved and is gone"
    for record in records - {SHOP}:
        if reading.shown(device, record).type == "photo":
            assert photos.read(device, record), "a record never names a photo that is not there"
    rows = {row[0] for row in device.database.rows("SELECT id FROM photo")}
    assert rows <= records, "no photo without its record"
    assert not list(device.folder.glob("photos/*/*.part")), "what a kill left was tidied up"


def test_a_disk_that_is_full_refuses_and_keeps_what_was_there(tmp_path: Path) -> None:
    """A file-size limit stands in for a full disk: the write fails in the middle, as it does there."""
    script = f"""
import resource, signal, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from field_app.services import photos, visits, contacts, reading
from tests.crash.test_kill import SHOP, reopen
from tests.device.builders import jpeg
from tests.device.scripted import *
from field_app.sync.client import sync_once
server = ScriptedServer()
server.answer = lambda request: {{"scope": {{NORTH: HOLD}}, "scope_tag": "1", "records": [a_record(1)], "cursors": {{NORTH: "1.0.0"}}}}
device = enrolled(Path({str(tmp_path)!r}), server)
sync_once(device, server)
visit = visits.check_in(device, SHOP)
photo = photos.attach(device, visit, jpeg(1, 160), "shopfront")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
full = (Path(device.folder) / "outbox.db-wal").stat().st_size + 3000
resource.setrlimit(resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
refused = 0
for number in range(5):
    try:
        photos.attach(device, visit, jpeg(number + 2, 1200), "shopfront")
    except Exception as error:
        refused += 1
for number in range(20):
    try:
        contacts.record(device, SHOP, {{"content": "y" * 3000}})
    except Exception as error:
        refused += 1
assert refused > 5, refused
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
kept = contacts.record(device, SHOP, {{"content": "there is room again"}})
again = reopen(device.folder, device.keyring)
sets = again.outbox.in_state("ready")
assert [one.seq for one in sets] == list(range(1, again.outbox.last_seq + 1))
assert again.outbox.last_seq == 2 + 25 - refused + 1, (again.outbox.last_seq, refused)
assert photos.read(again, photo) and reading.shown(again, kept).fields["content"] == "there is room again"
assert again.database.is_whole()
print("kept", refused)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=100)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("kept")


def test_the_kill_test_bites(tmp_path: Path) -> None:
    """A record whose photo is not on the disk is what the check finds."""
    server = ScriptedServer()
    server.answer = lambda request: {
        "scope": {NORTH: HOLD},
        "scope_tag": "1",
        "records": [a_record(1)],
        "cursors": {NORTH: "1.0.0"},
    }
    device = enrolled(tmp_path, server)
    sync_once(device, server)
    from field_app.services import visits
    from tests.device.builders import jpeg

    photo = photos.attach(device, visits.check_in(device, SHOP), jpeg(), "shopfront")
    _check(device, [("photo", photo)])
    for file in device.folder.glob("photos/*/*"):
        file.unlink()

    with pytest.raises(photos.NotHere):
        _check(device, [("photo", photo)])
    with pytest.raises(AssertionError):
        _check(device, [("contact_record", record_id(404))])
    device.close()
