"""Verified backups tell devices what they may drop from their journals (R37)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from field_app.device import Device
from server.services import epochs
from server.services.recovery import safe
from server.storage.database import reading
from server.storage.tables import book
from tests.device.builders import sync
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet
from tests.recovery.copies import Copies
from tests.recovery.test_lost_history import on_both_engines, work
from tests.wire.stranger import Stranger


def heads(office: HeadOffice) -> dict[str, int]:
    with office.app.app_context(), reading() as connection:
        return {row.id: row.pos for row in connection.execute(sa.select(book.c.id, book.c.pos))}


def verified(office: HeadOffice, positions: dict[str, int], epoch: str | None = None) -> int:
    with office.app.app_context():
        with reading() as connection:
            now = epochs.current(connection)
        return safe.record_verified(positions, epoch=epoch or now)


def marks(office: HeadOffice) -> dict[str, int]:
    with office.app.app_context(), reading() as connection:
        return safe.positions(connection, heads(office))


@on_both_engines
def test_r37_a_device_drops_from_its_journal_what_a_verified_backup_holds_and_nothing_else(
    office: HeadOffice, fleet: Fleet
) -> None:
    office.product("A1", "Black Velvet", 1299)
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    work(li, shop, 1)
    sync(li)
    backed_up = heads(office)
    before = li.journal.count()
    work(li, shop, 2)
    sync(li)
    assert li.journal.count() > before > 0, "nothing is safe yet"

    assert verified(office, backed_up) > 0
    work(li, shop, 3)
    sync(li)

    with li.database.transaction():
        kept = [row[0] for row in li.database.rows("SELECT outcome FROM change_set WHERE state = 'settled'")]
    assert len(kept) == 2 * before


def test_r37_a_mark_only_rises_and_never_beyond_the_book(office: HeadOffice) -> None:
    office.customer("north", "Corner Shop")
    north = office.books["north"]
    head = heads(office)[north]

    assert verified(office, {north: head}) == 1
    assert verified(office, {north: head - 1}) == 0
    assert verified(office, {north: head + 1}) == 0
    assert verified(office, {north: head}, epoch="0199f3a0-7c00-7000-8000-000000000000") == 0

    assert marks(office) == {north: head}


def test_r37_a_device_without_news_is_told_nothing_and_the_answer_stays_small(office: HeadOffice) -> None:
    office.customer("north", "Corner Shop")
    li = Stranger(office.invitation("li"))
    li.enrol()
    assert "safe" not in li.sync().json
    verified(office, heads(office))

    assert "safe" not in li.sync().json
    office.customer("north", "Another Shop")
    assert li.sync().json["safe"][office.books["north"]] == heads(office)[office.books["north"]] - 1


def test_r38_what_was_safe_in_a_life_that_ended_is_safe_up_to_the_fork(office: HeadOffice) -> None:
    office.customer("north", "Corner Shop")
    office.customer("south", "Far Shop")
    north, south = office.books["north"], office.books["south"]
    verified(office, heads(office))

    with office.app.app_context():
        epochs.begin_epoch("a failover lost the last seconds", {north: 1})

    assert marks(office) == {**dict.fromkeys(marks(office), 0), north: 1}
    assert south in marks(office)


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_r37_what_is_not_safe_yet_comes_back_after_a_restore_although_older_work_was_dropped(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    office.product("A1", "Black Velvet", 1299)
    shop = office.customer("north", "Corner Shop")
    li: Device = fleet.enrol("li")
    work(li, shop, 1)
    sync(li)
    copies.take()
    verified(office, heads(office))
    work(li, shop, 2)
    sync(li)
    said = heads(office)[office.books["north"]]

    copies.put_back()
    assert heads(office)[office.books["north"]] < said
    sync(li), sync(li)

    assert heads(office)[office.books["north"]] >= said
