"""What follows a hand-over or a move behind the request, and writers who are in the way (R17, R18)."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa

from server.services import jobs, users, waiting
from server.services.push import office_push
from server.storage import database
from server.storage.database import db, reading, writing
from server.storage.tables import book, job
from server.storage.typed import typed_table
from tests.seats.round import Round
from tests.wire.stranger import uuid7
from workers.registry import JOBS


def work_off(round_: Round) -> int:
    """Do what is on the queue for the books of this test."""
    mine = (job.c.state == jobs.DUE, job.c.name == "recompute_fields", job.c.argument.in_((round_.north, round_.south)))
    with round_.office.app.app_context():
        with reading() as connection:
            rows = connection.execute(sa.select(job.c.id, job.c.argument).where(*mine)).all()
        for row in rows:
            JOBS["recompute_fields"].function(row.argument)
            with writing() as connection:
                connection.execute(sa.update(job).where(job.c.id == row.id).values(state=jobs.DONE))
    return len(rows)


def account_manager(round_: Round, customer: str) -> str | None:
    table = typed_table("customer")
    with round_.office.app.app_context(), reading() as connection:
        found: str | None = connection.scalar(sa.select(table.c.account_manager).where(table.c.id == customer))
    return found


def test_r17_the_account_manager_of_each_customer_follows_a_hand_over_and_a_move(round_: Round) -> None:
    shop, other = round_.customer("Follows"), round_.customer("Follows Too")
    work_off(round_)
    round_.hand_over(round_.north, "zhou")
    round_.hand_over(round_.north, "zhou", seat="licensing")
    assert work_off(round_) == 1, "one job for the hand-over of the maintainer, none for the other seat"
    assert account_manager(round_, shop) == round_.user("zhou")

    round_.move([shop, other], round_.south)
    assert work_off(round_) == 1, "one job for both customers"

    assert account_manager(round_, shop) == account_manager(round_, other) == round_.user("wang")
    assert work_off(round_) == 0


def test_what_the_office_wrote_too_early_is_applied_once_its_record_has_come(round_: Round) -> None:
    shop = round_.customer("Reviewed")
    li = round_.phone("li")
    visit, a_visit = li.visit(shop, round_.north)
    values = {"of": visit, "outcome": "accept"}
    review = {"op": "create", "type": "review", "record": uuid7(), "customer": shop, "seat": "supervisor", "term": 1}
    with round_.office.app.app_context():
        early = office_push(round_.user("chen"), round_.north, "review", [{**review, "set": values}])
        assert (early["state"], waiting.retry_office()) == ("waiting", 0)
        li.save(round_.north, a_visit)
        li.sync()

        assert waiting.retry_office() == 1
        assert waiting.retry_office() == 0
    li.sync()

    assert [r["fields"]["outcome"] for r in li.records.values() if r["type"] == "review"] == ["accept"]


@pytest.mark.parametrize("office", ["postgresql"], indirect=True)
def test_r17_a_hand_over_and_a_move_wait_for_a_writer_who_takes_longer_than_a_lock_is_waited_for(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 100)
    shop = round_.customer("Waits")
    has_it, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with round_.office.app.app_context(), writing() as connection:
            connection.execute(sa.select(book.c.id).where(book.c.id == round_.north).with_for_update())
            has_it.set()
            may_go.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert has_it.wait(10)
    began = time.monotonic()
    threading.Timer(0.3, may_go.set).start()

    assert round_.hand_over(round_.north, "zhou") == 2
    assert time.monotonic() - began > 0.2
    assert len(round_.move([shop], round_.south)) == 1
    holder.join(10)


@pytest.mark.parametrize("office", ["postgresql"], indirect=True)
def test_r8_pushes_moves_and_hand_overs_of_the_same_books_never_wait_for_each_other_in_a_circle(
    round_: Round,
) -> None:
    shops = [round_.customer(f"Busy {n}", book) for n in range(4) for book in (round_.north, round_.south)]
    phones = {name: round_.phone(name) for name in ("li", "wang")}
    stopping, faults = threading.Event(), list[BaseException]()

    def until_told(work: object) -> None:
        try:
            while not stopping.is_set():
                work()  # type: ignore[operator]
        except BaseException as error:
            faults.append(error)

    def push(name: str, here: str) -> None:
        phone = phones[name]
        changes = [phone.visit(shop, here)[1] for shop in shops[:: 1 if name == "li" else -1][:3]]
        phone.save(here, *changes)
        assert phone.round_trip(sets=phone.outbox[-1:], cursors={}, scope_tag=None).status == 200

    def move() -> None:
        for to in (round_.north, round_.south):
            round_.move(shops[:3], to)

    def hand_over() -> None:
        for name in ("zhou", "wang"):
            round_.hand_over(round_.south, name, seat="licensing")
            round_.hand_over(round_.north, name, seat="licensing")

    works = [lambda: push("li", round_.north), lambda: push("wang", round_.south), move, hand_over]
    threads = [threading.Thread(target=until_told, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    time.sleep(4)
    stopping.set()
    for thread in threads:
        thread.join(30)

    assert faults == []
    time.sleep(0.6)  # PostgreSQL tells its figures with a delay
    with round_.office.app.app_context(), reading() as connection:
        told = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert connection.scalar(told) == 0
        assert db.engine.dialect.name == "postgresql" and users.SYSTEM
