"""Erasure: two people, then nothing of the customer is left but ids and hashes, on no device either (R20, R35)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import control_journal, parts, restoring, users
from server.services.books import BookError
from server.services.operations import erasing_elsewhere, erasure_requests
from server.services.operations.erasing import preview
from server.storage.database import db, reading, writing
from server.storage.tables import change_set, left_book, log, log_body, record
from server.storage.typed import typed_table
from tests.seats.phone import PHOTO
from tests.seats.round import DAY, Round

SECRET = "Nobody Must Read This Any More"


@pytest.fixture
def people(round_: Round) -> tuple[str, str]:
    """One who asks and one who agrees."""
    asks, agrees = f"asks{round_.number}", f"agrees{round_.number}"
    return round_.office.user(asks, "administrator"), round_.office.user(agrees, "administrator")


def erase(round_: Round, customer: str, people: tuple[str, str]) -> Any:
    with round_.office.app.app_context():
        return erasure_requests.consent(erasure_requests.ask(customer, people[0], "he asked for it"), people[1])


def traces(round_: Round, *words: str) -> list[str]:
    """Where one of these words stands in the database."""
    found = []
    with round_.office.app.app_context(), reading() as connection:
        tables = [
            *db.metadata.tables.values(),
            *(typed_table(name) for name in ("customer", "visit", "notice", "photo")),
        ]
        for table in tables:
            for row in connection.execute(sa.select(table)).mappings():
                found += [f"{table.name}.{name}" for name, value in row.items() if any(w in str(value) for w in words)]
    return found


def test_r20_an_erased_customer_is_gone_from_the_database_the_files_and_the_devices(
    round_: Round, people: tuple[str, str]
) -> None:
    customer, other = round_.customer(SECRET), round_.customer("Stays")
    li, chen = round_.phone("li"), round_.phone("chen")
    visit, a_visit = li.visit(customer, round_.north)
    a_visit["set"]["situation"] = SECRET
    li.save(round_.north, a_visit)
    made, photo, sha256 = li.photo(customer, round_.north)
    li.sync()
    li.upload(round_.north, made, PHOTO)
    with round_.office.app.app_context():
        assert sha256 in str(parts.objects().keys("photos"))
    chen.sync()

    done = erase(round_, customer, people)
    li.sync()
    chen.sync()

    assert (done.customer, done.book, done.records, done.photos) == (customer, round_.north, 3, 1)
    assert traces(round_, SECRET, sha256) == []
    with round_.office.app.app_context():
        assert sha256 not in str(parts.objects().keys("photos"))
    for phone in (li, chen):
        assert phone.of(customer) == set() and phone.of(other) == {other}
    gone = [(each["record"], each["why"]) for each in li.left]
    assert set(gone) == {(name, "erased") for name in (customer, visit, photo)}


def test_r20_the_chain_of_the_log_outlives_the_bodies(round_: Round, people: tuple[str, str]) -> None:
    customer = round_.customer(SECRET)
    with round_.office.app.app_context(), reading() as connection:
        which = sa.select(log).where(log.c.record == customer)
        before = [(row.pos, row.digest, row.hash) for row in connection.execute(which)]

    erase(round_, customer, people)

    with round_.office.app.app_context(), reading() as connection:
        after = [(row.pos, row.digest, row.hash) for row in connection.execute(which.where(log.c.kind != "erase"))]
        bodies = set(connection.scalars(sa.select(log_body.c.pos).where(log_body.c.book_id == round_.north)))
    assert after == before != []
    assert not bodies & {pos for pos, _, _ in before}


def test_r10_what_still_comes_of_an_erased_customer_is_refused_and_not_kept(
    round_: Round, people: tuple[str, str]
) -> None:
    customer = round_.customer("Gone")
    li = round_.phone("li")
    late, edit = li.visit(customer, round_.north)[1], li.edit(customer, round_.north, contact_phone="515 555 0100")
    sets = [li.save(round_.north, late), li.save(round_.north, edit)]

    erase(round_, customer, people)
    li.sync()

    for made in sets:
        verdict = li.verdict(made)
        assert (verdict["state"], verdict["changes"][0]["why"][0]["code"]) == ("refused", "erased")
    with round_.office.app.app_context(), reading() as connection:
        kept = connection.scalars(sa.select(change_set.c.body).where(change_set.c.id.in_(sets))).all()
    assert kept == [None, None]


def test_r20_what_waited_for_an_erased_customer_is_refused_and_forgotten(
    round_: Round, people: tuple[str, str]
) -> None:
    customer = round_.customer("Gone")
    li = round_.phone("li")
    count, a_count = li.visit(customer, round_.north)
    a_count |= {
        "type": "stock_count",
        "set": {"visit": count, "quantity": "1", "counted_at": 1, "product_name": SECRET},
    }
    a_count["record"] = count[:-4] + "0000"
    waits = li.save(round_.north, a_count)
    li.sync()
    assert li.verdict(waits)["state"] == "waiting"

    erase(round_, customer, people)
    li.sync()

    assert li.verdict(waits)["state"] == "refused"
    assert traces(round_, SECRET) == []


def test_r20_a_photo_that_another_customer_shows_as_well_is_kept(round_: Round, people: tuple[str, str]) -> None:
    gone, stays = round_.customer("Gone"), round_.customer("Stays")
    li = round_.phone("li")
    made, _, sha256 = li.photo(gone, round_.north)
    li.photo(stays, round_.north)
    li.sync()
    li.upload(round_.north, made, PHOTO)

    assert erase(round_, gone, people).photos == 0

    with round_.office.app.app_context():
        assert parts.objects().read(f"photos/{round_.north}/{sha256}") == PHOTO


def test_r20_who_asks_cannot_agree_and_who_may_not_erase_can_do_neither(round_: Round, people: tuple[str, str]) -> None:
    customer = round_.customer("Stays")
    manager = round_.user("li")
    with round_.office.app.app_context():
        asked = erasure_requests.ask(customer, people[0], "he asked for it")
        for who in (people[0], manager, users.SYSTEM):
            with pytest.raises(BookError):
                erasure_requests.consent(asked, who)
        with pytest.raises(BookError):
            erasure_requests.ask(customer, manager, "not my right")
        with pytest.raises(BookError, match="already"):
            erasure_requests.ask(customer, people[1], "twice")
        assert preview(customer).records == 1


def test_r20_a_consent_is_used_once_and_a_request_ends_by_itself(
    round_: Round, people: tuple[str, str], later: Callable[[int], None]
) -> None:
    customer, other = round_.customer("Gone"), round_.customer("Stays")
    with round_.office.app.app_context():
        asked = erasure_requests.ask(customer, people[0], "he asked for it")
        erasure_requests.consent(asked, people[1])
        with pytest.raises(BookError):
            erasure_requests.consent(asked, people[1])
        old = erasure_requests.ask(other, people[0], "too slow")
        later(15 * DAY)
        with pytest.raises(BookError, match="too old"):
            erasure_requests.consent(old, people[1])
        withdrawn = erasure_requests.ask(other, people[0], "again")
        erasure_requests.withdraw(withdrawn, people[0])
        with pytest.raises(BookError):
            erasure_requests.consent(withdrawn, people[1])
        states = {r.id: r.state for r in erasure_requests.requests(only_open=False)}
    assert [states[name] for name in (asked, old, withdrawn)] == ["done", "expired", "withdrawn"]


def test_r20_an_asker_who_left_cannot_be_agreed_with(round_: Round, people: tuple[str, str]) -> None:
    customer = round_.customer("Stays")
    with round_.office.app.app_context():
        asked = erasure_requests.ask(customer, people[0], "a last wish")
        users.change_user(people[0], name="Left", roles=["administrator"], language="en", active=False)
        with pytest.raises(BookError, match="active user"):
            erasure_requests.consent(asked, people[1])


def test_r35_a_restored_backup_does_not_bring_an_erased_customer_back(round_: Round, people: tuple[str, str]) -> None:
    customer = round_.customer(SECRET)
    erase(round_, customer, people)
    with round_.office.app.app_context():
        told = control_journal.entries(control_journal.ERASURE, customer)
        assert told[0]["records"] == [customer] and told[0]["asked_by"] == people[0]
    change = {
        "op": "create",
        "type": "customer",
        "record": customer,
        "customer": customer,
        "set": {"store_name": SECRET},
    }
    with round_.office.app.app_context(), writing() as connection:  # as in a backup from before the erasure
        connection.execute(sa.delete(left_book).where(left_book.c.record == customer))
    round_.office.write(round_.north, change)
    assert traces(round_, SECRET) != []

    with round_.office.app.app_context():
        restored = restoring.after_restore("backup of last week")

    assert restored.erased >= 1
    assert traces(round_, SECRET) == []
    with round_.office.app.app_context(), reading() as connection:
        assert connection.scalar(sa.select(record.c.id).where(record.c.id == customer)) is None
        why = connection.scalars(sa.select(left_book.c.why).where(left_book.c.record == customer)).all()
    assert why == ["erased"]


def test_r35_what_a_restored_backup_never_knew_stays_refused_when_devices_offer_it_again(
    round_: Round, people: tuple[str, str]
) -> None:
    with round_.office.app.app_context():
        unknown = "0199f3a0-7c00-7000-8000-00000000" + f"{round_.number:04d}"
        entry = {"by": people[1], "asked_by": people[0], "book": round_.north, "records": [unknown]}
        control_journal.append(control_journal.ERASURE, unknown, entry)
        restoring.after_restore("backup from before he was known")
    li = round_.phone("li")
    change = li.change("create", "customer", unknown, unknown, round_.north, set={"store_name": SECRET})
    made = li.save(round_.north, change)
    li.sync()

    assert li.verdict(made)["changes"][0]["why"][0]["code"] == "erased"
    assert traces(round_, SECRET) == []


def test_r20_every_table_with_a_customer_says_what_an_erasure_makes_of_it() -> None:
    with_customers = {name for name, table in db.metadata.tables.items() if "customer" in table.c}

    assert set(erasing_elsewhere.KEPT) <= with_customers
    assert {"record", "message_out"} <= with_customers - set(erasing_elsewhere.KEPT)
