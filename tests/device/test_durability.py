"""«Saved» is said after the bytes, their name and the record have reached the disk, in this order (protocol §9.1)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import photos, visits
from field_app.store import files
from field_app.store.database import Database
from field_app.sync.client import sync_once
from tests.device.builders import jpeg
from tests.device.scripted import HOLD, NORTH, ScriptedServer, a_record, enrolled, record_id


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    server = ScriptedServer()
    server.answer = lambda request: {
        "scope": {NORTH: HOLD},
        "scope_tag": "1",
        "records": [a_record(1)],
        "cursors": {NORTH: "1.0.0"},
    }
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None
    yield found
    found.close()


def test_every_store_writes_through_at_each_commit(device: Device) -> None:
    for database in (device.database, *(store.database for store in device.books.stores())):
        assert database.value("PRAGMA journal_mode") == "wal"
        assert database.value("PRAGMA synchronous") == 2, "FULL"
        assert database.value("PRAGMA secure_delete") == 1
        assert database.value("PRAGMA temp_store") == 2, "in memory"
        assert database.value("PRAGMA cipher_version")


def test_a_photo_is_on_the_disk_under_its_name_before_its_record_is_saved(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = visits.check_in(device, record_id(1))
    done: list[str] = []
    real_fsync, real_replace, real_run = os.fsync, Path.replace, Database.run

    def fsync(handle: int) -> None:
        done.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "fsync file")
        real_fsync(handle)

    def replace(path: Path, target: Path) -> Path:
        done.append("rename")
        return real_replace(path, target)

    def run(database: Database, sql: str, parameters: Any = ()) -> int:
        if sql.startswith(("INSERT INTO change_set", "INSERT INTO photo")):
            done.append(sql.split("(")[0])
        return real_run(database, sql, parameters)

    monkeypatch.setattr(files.os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(Database, "run", run)

    photos.attach(device, visit, jpeg(), "shopfront")

    without_new_folder = done[done.index("fsync file") :]
    assert without_new_folder == ["fsync file", "rename", "fsync folder", "INSERT INTO change_set", "INSERT INTO photo"]


def test_a_photo_that_cannot_be_written_saves_no_record(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = visits.check_in(device, record_id(1))
    before = device.outbox.last_seq

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        photos.attach(device, visit, jpeg(), "shopfront")

    assert device.outbox.last_seq == before
    assert not list(device.folder.glob("photos/*/*")), "no half file stays"


def test_a_set_and_its_number_and_its_photo_row_are_saved_together_or_not_at_all(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = visits.check_in(device, record_id(1))
    before = device.outbox.last_seq

    def broken(photo: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(device.photos, "add", broken)
    with pytest.raises(OSError, match="Input/output"):
        photos.attach(device, visit, jpeg(), "shopfront")

    assert device.outbox.last_seq == before and len(device.outbox.in_state("ready")) == before
    assert device.photos.delete_orphans() == 1
