"""Customers go from book to book: what devices are told, what stale work becomes, what a preview promises.

R16, R18, R27; scenarios 9, 10, 11, 25.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.services import books, moves
from server.services.books import BookError
from server.storage.database import reading
from server.storage.tables import book
from tests.seats.round import Round, states
from tests.wire.stranger import uuid7


def test_r18_a_customer_moves_with_all_below_it_and_each_side_is_told(round_: Round) -> None:
    customer, stays = round_.customer("Moving Shop"), round_.customer("Staying Shop")
    li, wang = round_.phone("li"), round_.phone("wang")
    visit, a_visit = li.visit(customer, round_.north)
    li.save(round_.north, a_visit)
    li.sync()
    before = {i: li.records[i] for i in (customer, visit)}

    round_.move([customer], round_.south)
    li.sync()
    wang.sync()

    assert [(gone["record"], gone["why"], gone["book"]) for gone in li.left] == [
        (customer, "moved", round_.north),
        (visit, "moved", round_.north),
    ]
    assert (li.of(customer), li.of(stays)) == (set(), {stays})
    assert wang.of(customer) == {customer, visit}
    for record_id, old in before.items():
        new = wang.records[record_id]
        assert (new["rev"], new["fields"], new["by"], new["at"]) == (
            old["rev"] + 1,
            old["fields"],
            old["by"],
            old["at"],
        )
        assert new["ver"] != old["ver"] and new["book"] == round_.south


def test_r18_each_record_has_an_entry_in_both_logs_and_the_book_left_knows_its_last_departure(round_: Round) -> None:
    customer = round_.customer("Logged Shop")
    li = round_.phone("li")
    li.save(round_.north, li.visit(customer, round_.north)[1])
    li.sync()

    [moved] = round_.move([customer], round_.south)

    assert round_.kinds(round_.north)[-2:] == ["out", "out"] and round_.kinds(round_.south)[-2:] == ["in", "in"]
    with round_.office.app.app_context(), reading() as connection:
        left = connection.scalar(sa.select(book.c.left_pos).where(book.c.id == round_.north))
    assert left == moved.pos[round_.north] == len(round_.kinds(round_.north))


def test_scenario_9_moved_away_and_back_while_offline_the_device_keeps_it_and_an_edit_applies(round_: Round) -> None:
    customer = round_.customer("There And Back", needs="ice")
    li = round_.phone("li")
    made = li.save(round_.north, li.edit(customer, round_.north, needs="glasses"))
    round_.move([customer], round_.south)
    round_.move([customer], round_.north)

    li.sync()

    assert li.verdict(made)["state"] == "applied"
    assert li.left == [] and li.records[customer]["fields"]["needs"] == "glasses"
    assert li.records[customer]["rev"] == 4


def test_scenario_10_a_stale_edit_of_what_was_moved_and_edited_there_is_no_silent_win(round_: Round) -> None:
    for number in range(5):
        round_.customer(f"Makes The Positions Of North Larger {number}")
    customer = round_.customer("Smaller Position", needs="ice")
    phone = round_.phone("li")
    stale = phone.save(round_.north, phone.edit(customer, round_.north, needs="glasses"))
    [moved] = round_.move([customer], round_.south)
    wang = round_.phone("wang")
    wang.save(round_.south, wang.edit(customer, round_.south, needs="coolers"))
    wang.sync()
    round_.hand_over(round_.south, "li")

    phone.sync()

    assert wang.records[customer]["pos"] < moved.pos[round_.north]
    assert states(phone.verdict(stale)) == ["proposed"]
    proposal = phone.records[phone.verdict(stale)["changes"][0]["proposal"]]
    assert proposal["fields"]["reason"] == "overlap" and proposal["book"] == round_.south
    assert phone.records[customer]["fields"]["needs"] == "coolers"


def test_scenario_11_a_device_that_holds_both_books_has_the_customer_once_and_in_its_new_book(round_: Round) -> None:
    customer = round_.customer("Both In Scope")
    chen = round_.phone("chen")
    saw = customer in chen.records

    round_.move([customer], round_.south)
    chen.sync()
    there = chen.records[customer]["book"]
    round_.move([customer], round_.north)
    chen.sync()

    assert saw and (there, chen.records[customer]["book"]) == (round_.south, round_.north)
    assert [gone["book"] for gone in chen.left] == [round_.north, round_.south]


def test_scenario_25_a_set_that_names_two_customers_of_which_one_moved_is_one_transaction_over_both_books(
    round_: Round,
) -> None:
    stays, goes = round_.customer("Stays"), round_.customer("Goes")
    li = round_.phone("li")
    (visit_a, a), (visit_b, b) = li.visit(stays, round_.north), li.visit(goes, round_.north)
    made = li.save(round_.north, a, b, li.edit(goes, round_.north, needs="ice"))
    round_.move([goes], round_.south)

    li.sync()

    verdict = li.verdict(made)
    assert states(verdict) == ["applied", "applied", "proposed"] and verdict["late"] is True
    assert set(verdict["at"]) == {round_.north, round_.south}
    wang = round_.phone("wang")
    assert visit_a in li.records and visit_b not in li.records
    assert visit_b in wang.records and verdict["changes"][2]["proposal"] in wang.records


def test_scenario_25_if_one_of_its_changes_is_refused_nothing_of_it_is_written_in_either_book(round_: Round) -> None:
    stays, goes = round_.customer("Stays Whole"), round_.customer("Goes Whole")
    li = round_.phone("li")
    _, a = li.visit(stays, round_.north)
    taken, b = li.visit(goes, round_.north)
    made = li.save(round_.north, a, b, {**b, "record": a["record"]})
    round_.move([goes], round_.south)
    before = round_.kinds(round_.north), round_.kinds(round_.south)

    li.sync()

    assert li.verdict(made)["state"] == "refused" and taken not in li.records
    assert (round_.kinds(round_.north), round_.kinds(round_.south)) == before


def test_r18_a_removed_record_moves_and_stays_removed(round_: Round) -> None:
    customer = round_.customer("Closed Shop")
    li = round_.phone("li")
    visit, a_visit = li.visit(customer, round_.north)
    li.save(round_.north, a_visit)
    li.sync()
    li.save(round_.north, li.change("remove", "visit", visit, customer, round_.north))
    li.sync()

    round_.move([customer], round_.south)

    assert round_.phone("wang").records[visit]["removed"] is True


def test_r16_an_open_proposal_moves_and_is_decided_by_who_holds_the_seat_there(round_: Round) -> None:
    customer = round_.customer("Old Name")
    round_.hand_over(round_.south, "zhou", seat="supervisor")
    li = round_.phone("li")
    made = li.save(round_.north, li.edit(customer, round_.north, store_name="New Name"))
    li.sync()
    proposal = li.verdict(made)["changes"][0]["proposal"]

    round_.move([customer], round_.south)
    outcomes = []
    for name, held in (("chen", round_.north), ("zhou", round_.south)):
        phone = round_.phone(name)
        on = {"customer": customer, "seat": "supervisor", "term": 2}
        accept = {"op": "accept", "type": "proposal", "record": proposal, **on}
        carried = {"op": "edit", "type": "customer", "record": customer, "set": {"store_name": "New Name"}, **on}
        if customer in phone.records:
            carried["base"] = phone.records[customer]["ver"]
        decided = phone.save(held, accept, carried)
        phone.sync()
        outcomes.append(phone.verdict(decided)["state"])

    assert outcomes == ["refused", "applied"]


def test_r18_the_preview_of_a_move_is_what_then_happens(round_: Round) -> None:
    goes, also, there = round_.customer("One"), round_.customer("Two"), round_.customer("Three", round_.south)
    li, wang, chen = (round_.phone(name) for name in ("li", "wang", "chen"))
    phones = {round_.user("li"): li, round_.user("wang"): wang, round_.user("chen"): chen}
    li.photo(goes, round_.north)
    li.save(round_.north, li.visit(also, round_.north)[1])
    li.save(round_.north, li.edit(also, round_.north, store_name="Two And A Half"))
    li.sync()
    li.round_trip(sets=[], holds={"sets": 4, "photos": 1, "since": 9})
    before = {user for user, phone in phones.items() if phone.of(goes)}
    wanted = [goes, also, there]

    with round_.office.app.app_context():
        found = moves.preview(wanted, round_.south)
    done = round_.move(wanted, round_.south)
    for phone in phones.values():
        phone.sync()

    after = {user for user, phone in phones.items() if phone.of(goes)}
    arrived = wang.of(goes) | wang.of(also)
    types = [wang.records[i]["type"] for i in arrived]
    told = (found.counts.records, found.counts.photos, found.counts.proposals)
    assert (found.customers, found.there_already) == ((goes, also), (there,))
    assert [moved.customer for moved in done] == [goes, also]
    assert found.counts == sum((moved.counts for moved in done), moves.Counts())
    assert told == (len(arrived), types.count("photo"), types.count("proposal")) == (5, 1, 1)
    assert (found.gains, found.loses) == (after - before, before - after) != (set(), set())
    assert [(u.device, u.sets, u.photos) for u in found.unsent] == [(li.device, 4, 1)]


def test_r18_moving_again_moves_nothing(round_: Round) -> None:
    customer = round_.customer("Moved Once")
    round_.move([customer], round_.south)
    before = round_.kinds(round_.south)

    assert round_.move([customer, customer], round_.south) == []
    assert round_.kinds(round_.south) == before


def test_r18_nothing_moves_if_one_is_not_there_or_has_too_many_records(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, large = round_.customer("Small"), round_.customer("Large")
    li = round_.phone("li")
    li.save(round_.north, li.visit(large, round_.north)[1])
    li.sync()
    monkeypatch.setattr(moves, "RECORDS_LIMIT", 1)
    before = round_.kinds(round_.north)

    for wanted, to, why in (
        ([customer, uuid7()], round_.south, "no customer"),
        ([customer, large], round_.south, "more than 1 records"),
        ([customer], uuid7(), "to the book of a round"),
    ):
        with pytest.raises(BookError, match=why):
            round_.move(wanted, to)

    assert round_.kinds(round_.north) == before


def test_r19_a_customer_that_moves_to_an_archive_is_on_no_device(round_: Round) -> None:
    customer = round_.customer("Closed Years Ago")
    li = round_.phone("li")
    with round_.office.app.app_context():
        archive = books.create_book(f"Old {round_.number}", "archive")

    round_.move([customer], archive)
    li.sync()

    assert [(gone["record"], gone["why"]) for gone in li.left] == [(customer, "archived")]
    assert li.of(customer) == set()


def test_r18_customers_are_found_by_id_and_by_code_and_never_by_a_code_that_two_have(round_: Round) -> None:
    code = f"C{round_.number}"
    customer, other = round_.customer("By Code", customer_code=code), round_.customer("By Id")
    round_.customer("Twin", customer_code=f"T{code}")
    round_.customer("Twin", round_.south, customer_code=f"T{code}")

    with round_.office.app.app_context():
        assert moves.find_customers([code, other, customer]) == [customer, other]
        with pytest.raises(BookError, match="several customers are"):
            moves.find_customers([f"T{code}"])
        with pytest.raises(BookError, match="no customer is"):
            moves.find_customers(["X"])
