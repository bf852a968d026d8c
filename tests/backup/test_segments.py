"""Sealed segments: a lost server loses what came after the last one, and devices give even that back (P6, R35-R39)."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from field_app.device import Device
from field_app.services import customers, orders, photos, reading, visits
from field_app.sync.transport import HttpTransport
from server.services import enrolment, hand_overs, leaving, users
from server.services.backup import capture, packs, segments
from server.services.backup.onetime import one_time_key
from server.services.backup.sealing import Throttle
from server.services.operations import erasing
from server.services.recovery import witness
from server.storage import tables
from server.storage.database import reading as server_reading
from server.storage.database import writing
from tests.backup.conftest import Safe
from tests.backup.test_archive import recovered, same
from tests.device.builders import PASSPHRASE, Clock, jpeg, sync
from tests.head_office import HeadOffice

on_both_engines = pytest.mark.parametrize("served", ["sqlite", "postgresql"], indirect=True)


def enrol(office: HeadOffice, home: Path, login: str) -> Device:
    transport = HttpTransport(office.url)
    clock = Clock(int(time.time() * 1000))
    device = Device.enrol(home / login, office.invitation(login), PASSPHRASE, transport, clock_ms=clock, name=login)
    transport.close()
    sync(device)
    return device


def work(device: Device, shop: str, number: int) -> None:
    visit = visits.check_in(device, shop)
    photos.attach(device, visit, jpeg(number, side=60), "display")
    visits.check_out(device, visit, {"person": f"O'Brien {number}", "situation": "full"})
    orders.place(device, shop, [{"product": reading.products(device)[0].id, "quantity": str(number)}])
    customers.edit(device, shop, {"contact_person": f"Ann {number}"})


@on_both_engines
def test_recovery_replays_the_segments_and_ends_where_the_server_was(served: Safe, tmp_path: Path) -> None:
    office = served.office
    shop = office.customer("north", "Corner Shop")
    li = enrol(office, tmp_path, "li")
    served.run()
    work(li, shop, 1)
    sync(li)
    assert served.seal()
    work(li, shop, 2)
    sync(li)
    office.user("zhao")
    with office.app.app_context():
        hand_overs.hand_over(office.books["south"], "maintainer", office.users["zhao"], users.SYSTEM)
        users.change_user(office.users["wang"], name="Wáng", roles=["leader"], language="en", active=True)
        enrolment.invite(office.users["wang"], users.SYSTEM)
        with one_time_key() as key:
            packs.pack_missing(served.store, key, Throttle())
    assert served.seal() and not served.seal()

    app, told = recovered(served, tmp_path / "fresh")

    same(served, app)
    assert (told.segments, told.photos, told.photos_asked) == (2, 2, 0)


def test_a_customer_that_moves_and_one_that_is_erased_are_where_they_belong(safe: Safe, tmp_path: Path) -> None:
    office = safe.office
    moving, erased = office.customer("north", "Moving"), office.customer("north", "To be erased")
    office.user("eve", "administrator")
    safe.run()
    with office.app.app_context():
        from server.services import moves

        moves.move_customers([moving], office.books["south"], users.SYSTEM)
        erasing.erase(erased, office.users["ada"], asked_by=office.users["eve"])
    assert safe.seal()

    app, told = recovered(safe, tmp_path / "fresh")

    same(safe, app)
    assert told.again.erased == 0, "the segment knows it"
    with app.app_context(), server_reading() as connection:
        assert "To be erased" not in str(connection.execute(sa.select(tables.log_body.c.body)).all())


@on_both_engines
def test_devices_ahead_of_the_archive_give_back_what_it_never_saw(served: Safe, tmp_path: Path) -> None:
    office = served.office
    shop, far = office.customer("north", "Corner Shop"), office.customer("south", "Far Shop")
    li, wang = enrol(office, tmp_path, "li"), enrol(office, tmp_path, "wang")
    work(li, shop, 1)
    sync(li)
    served.run()
    work(li, shop, 2), work(wang, far, 2)
    sync(li), sync(wang)
    served.seal()
    work(li, shop, 3), work(wang, far, 3)
    sync(li), sync(wang)
    with office.app.app_context(), server_reading() as connection:
        known = {row.id: row.state for row in connection.execute(sa.select(tables.change_set))}
        before = {row.id: row.fields for row in connection.execute(sa.select(tables.record))}

    from server.storage.database import db

    with office.app.app_context():
        db.engine.dispose()
    app, told = recovered(served, tmp_path / "fresh")
    office.app.wsgi_app = app.wsgi_app  # the address of the lost server answers from the restored one
    work(wang, far, 4)
    for device in (wang, li, wang):
        assert sync(device).error is None

    with app.app_context(), server_reading() as connection:
        after = {row.id: row.state for row in connection.execute(sa.select(tables.change_set))}
        records = {row.id: row.fields for row in connection.execute(sa.select(tables.record))}
        lost = connection.scalar(sa.select(sa.func.count()).where(tables.blob.c.state != "stored"))
    assert known.items() <= after.items()
    assert {i for i in before if i not in (shop, far) and records.get(i) != before[i]} == set()
    assert lost == 0 and li.settings.get("epoch") == told.epoch


def test_without_an_archive_there_is_no_segment(safe: Safe) -> None:
    with pytest.raises(segments.NeedsArchive, match="no archive yet"):
        safe.seal()


def test_tables_that_changed_since_the_archive_ask_for_a_new_one(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    safe.run()
    with monkeypatch.context() as changed:
        changed.setattr("server.services.backup.schema.fingerprint", lambda: "another")
        with pytest.raises(segments.NeedsArchive, match="changed since"):
            safe.seal()


def test_what_is_noted_is_every_table_or_said_why_not(safe: Safe) -> None:
    from server.storage.database import db

    noted = {table.name for table in capture.noted_tables()}
    assert set(db.metadata.tables) - noted == {
        "backup_dirty", "backup_run", "console_session", "job", "left_book", "log", "log_body", "place", "record",
        "safe", "upload",
    }  # fmt: skip


def test_a_segment_is_due_after_five_minutes_or_a_megabyte(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    safe.run()
    with safe.office.app.app_context():
        assert not segments.is_due()
        safe.office.customer("north", "New")
        assert not segments.is_due()
        with monkeypatch.context() as later:
            now = time.time_ns() // 1_000_000
            later.setattr("server.services.clock.now_ms", lambda: now + 300_000)
            assert segments.is_due()
        monkeypatch.setattr(segments, "ENOUGH_BYTES", 2000)
        assert segments.is_due(), "a change set comes to more than that"


def test_a_segment_whose_writing_was_not_noted_is_followed_by_one_that_holds_the_same(
    safe: Safe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe.run()
    safe.office.customer("north", "First")
    with monkeypatch.context() as killed:
        killed.setattr("server.services.backup.memory.keep_tip", _die)
        with pytest.raises(KeyboardInterrupt):
            safe.seal()
    safe.office.customer("north", "Second")
    assert safe.seal()

    app, told = recovered(safe, tmp_path / "fresh")

    same(safe, app)
    assert told.segments == 2


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_dismissal_after_the_last_segment_stands_where_the_control_journal_survived(
    safe: Safe, tmp_path: Path
) -> None:
    safe.run()
    with safe.office.app.app_context():
        leaving.dismiss(safe.office.users["wang"], users.SYSTEM)
        witness.write()
    shutil.copytree(safe.office.home / "objects", tmp_path / "fresh" / "objects")

    app, told = recovered(safe, tmp_path / "fresh")

    assert told.again.users == 1
    with app.app_context(), writing() as connection:
        witness.refuse_if_behind()  # the witness of the lost server saw more, in a life that ended
        user = tables.user_account
        assert connection.scalar(sa.select(user.c.state).where(user.c.login == "wang")) != "active"
