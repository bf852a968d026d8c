"""Old facts leave the devices for an archive that the console shows; nothing that is still to be decided does (R19)."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from server.services import books, parts, users
from server.services.books import BookError
from server.services.operations import archiving
from server.storage.database import reading
from server.storage.tables import blob
from tests.seats.phone import PHOTO, Phone
from tests.seats.round import Round

OLD, NEW = 1_500_000_000_000, 1_790_000_000_000  # 2017, 2026
BEFORE = date(2020, 1, 1)


def visit(phone: Phone, customer: str, book: str, at: int) -> str:
    name, change = phone.visit(customer, book)
    change["set"]["checked_in_at"] = at
    phone.save(book, change)
    return name


def archive(round_: Round) -> list[archiving.Archived]:
    with round_.office.app.app_context():
        return archiving.archive(BEFORE, users.SYSTEM, [round_.north, round_.south])


def test_r19_old_visits_leave_the_devices_and_recent_ones_stay(round_: Round) -> None:
    customer = round_.customer("Old Friend")
    li = round_.phone("li")
    old, new = visit(li, customer, round_.north, OLD), visit(li, customer, round_.north, NEW)
    li.sync()

    with round_.office.app.app_context():
        planned = archiving.preview(BEFORE, [round_.north, round_.south])
    done = archive(round_)
    li.sync()

    assert [(p.book, p.customers, p.records) for p in planned] == [(round_.north, 1, 1)]
    assert [(d.book, d.customers, d.records) for d in done] == [(round_.north, 1, 1)]
    assert li.of(customer) == {customer, new}
    assert li.left[-1] == {"book": round_.north, "record": old, "why": "archived"}
    assert done[0].archive not in li.scope


def test_r19_an_archive_is_read_by_those_who_read_the_book_and_by_nobody_else(round_: Round) -> None:
    visit_of = round_.customer("Old Friend")
    li = round_.phone("li")
    visit(li, visit_of, round_.north, OLD)
    li.sync()

    done = archive(round_)

    with round_.office.app.app_context():
        readers = {name: books.readable_books(users.by_id(round_.user(name))) for name in ("li", "wang", "chen")}  # type: ignore[arg-type]
        assert archiving.archive_of(round_.north) == done[0].archive
    assert {name for name, found in readers.items() if done[0].archive in found} == {"li", "chen"}


def test_r19_photos_go_with_their_records_and_can_still_be_read(round_: Round) -> None:
    customer = round_.customer("Old Friend")
    li = round_.phone("li")
    now, li.clock_ms = li.clock_ms, lambda: OLD
    made, _, sha256 = li.photo(customer, round_.north)
    li.clock_ms = now
    li.sync()
    li.upload(round_.north, made, PHOTO)

    done = archive(round_)

    with round_.office.app.app_context(), reading() as connection:
        rows = connection.execute(sa.select(blob).where(blob.c.sha256 == sha256, blob.c.book_id != "")).mappings().all()
        mine = {row["book_id"]: row for row in rows if row["book_id"] in (round_.north, done[0].archive)}
        assert mine.keys() == {done[0].archive}
        assert parts.objects().read(mine[done[0].archive]["object_key"]) == PHOTO


def test_r19_what_is_still_to_be_decided_stays_however_old_it_is(round_: Round) -> None:
    customer = round_.customer("Old Friend")
    li, wang = round_.phone("li"), round_.phone("wang")
    complaint = {"received_at": OLD, "description": "never answered"}
    name = customer[:-4] + "cccc"
    li.save(round_.north, li.change("create", "complaint", name, customer, round_.north, set=complaint))
    asked = visit(li, customer, round_.north, OLD)
    li.sync()
    round_.hand_over(round_.north, "wang")
    wang.sync()
    proposal = wang.change("remove", "visit", asked, customer, round_.north)
    round_.hand_over(round_.north, "li")
    wang.save(round_.north, {**proposal, "term": 2})
    wang.sync()

    assert archive(round_) == []


def test_r19_a_closed_complaint_goes_with_its_review(round_: Round) -> None:
    customer = round_.customer("Old Friend")
    li = round_.phone("li")
    name, review = customer[:-4] + "cccc", customer[:-4] + "eeee"
    complaint = {"received_at": OLD, "description": "answered"}
    li.save(round_.north, li.change("create", "complaint", name, customer, round_.north, set=complaint))
    li.sync()
    about = {"op": "create", "type": "review", "record": review, "customer": customer}
    round_.office.write(round_.north, {**about, "seat": "supervisor", "set": {"of": name, "outcome": "close"}})

    done = archive(round_)
    li.sync()

    assert done[0].records == 2
    assert li.of(customer) == {customer}


def test_r19_clearing_again_moves_nothing_and_a_large_book_is_cleared_in_steps(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = round_.customer("Old Friend")
    li = round_.phone("li")
    for _ in range(7):
        visit(li, customer, round_.north, OLD)
    li.sync()
    monkeypatch.setattr(archiving, "STEP", 3)

    assert [d.records for d in archive(round_)] == [7]
    assert archive(round_) == []


def test_r19_what_still_comes_for_an_archived_visit_is_taken_there(round_: Round) -> None:
    customer = round_.customer("Old Friend")
    li = round_.phone("li")
    old = visit(li, customer, round_.north, OLD)
    li.sync()
    edit = li.change(
        "edit", "visit", old, customer, round_.north, set={"situation": "remembered"}, was={"situation": None}
    )
    made = li.save(round_.north, edit)

    archive(round_)
    li.sync()

    assert li.verdict(made)["state"] == "applied"


def test_r19_recent_work_is_not_archived(round_: Round) -> None:
    with round_.office.app.app_context(), pytest.raises(BookError, match="younger than 2 years"):
        archiving.archive(date(2026, 1, 1), users.SYSTEM)
