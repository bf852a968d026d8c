"""Seats change hands: what the old holder's work becomes, what devices are told (R5, R17, §6; scenarios 12, 13, 30)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.services import books, clock, hand_over_preview, hand_overs, leaving, successors, users
from server.services.books import BookError
from server.storage.database import reading, writing
from server.storage.tables import seat, tenure
from tests.seats.phone import Phone
from tests.seats.round import DAY, Round, states

Later = Callable[[int], None]


def test_r17_a_visit_made_before_a_hand_over_is_applied_late_while_order_and_edit_become_proposals(
    round_: Round,
) -> None:
    customer, product = round_.customer("Corner Shop", needs="ice"), round_.office.product("A1", "Black Velvet", 100)
    li, book = round_.phone("li"), round_.north
    visit, a_visit = li.visit(customer, book)
    order, an_order = li.order(customer, book, product)
    made = li.save(book, a_visit, an_order, li.edit(customer, book, needs="glasses"))
    round_.hand_over(book, "zhou")

    li.sync()

    verdict = li.verdict(made)
    assert (verdict["state"], states(verdict)) == ("proposed", ["applied", "proposed", "proposed"])
    assert verdict["late"] is True
    zhou = round_.phone("zhou")
    assert visit in zhou.records and order not in zhou.records
    assert zhou.records[customer]["fields"]["needs"] == "ice"
    proposals = [change["proposal"] for change in verdict["changes"] if change.get("proposal")]
    assert [zhou.records[p]["fields"]["of"] for p in proposals] == [order, customer]


def test_scenario_12_after_away_and_back_own_edits_merge_and_what_the_other_set_is_asked(round_: Round) -> None:
    customer = round_.customer("Away And Back", needs="ice", contact_phone="515 555 0100")
    li, book = round_.phone("li"), round_.north
    made = li.save(book, li.edit(customer, book, needs="glasses", contact_phone="515 555 0199"))
    round_.hand_over(book, "zhou")
    zhou = round_.phone("zhou")
    zhou.save(book, zhou.edit(customer, book, needs="coolers"))
    zhou.sync()
    round_.hand_over(book, "li")

    li.sync()

    fields = li.records[customer]["fields"]
    assert states(li.verdict(made)) == ["proposed"]
    assert (fields["needs"], fields["contact_phone"]) == ("coolers", "515 555 0199")
    assert li.seat(book)["term"] == 3


def test_r17_the_device_of_the_old_holder_is_told_by_scope_and_keeps_no_record(round_: Round) -> None:
    customer = round_.customer("Taken Away")
    li = round_.phone("li")
    held = li.of(customer)

    round_.hand_over(round_.north, "zhou")
    answer = li.sync()

    assert held == {customer} and li.of(customer) == set()
    assert round_.north not in answer.json["scope"] and round_.north not in li.cursors


def test_r17_a_hand_over_takes_a_position_that_brings_a_device_nothing_but_its_cursor(round_: Round) -> None:
    chen, book = round_.phone("chen"), round_.north
    before = chen.cursors[book]

    term = round_.hand_over(book, "zhou")
    answer = chen.round_trip()

    assert round_.kinds(book)[-1] == "hand-over"
    assert "records" not in answer.json and "left" not in answer.json
    assert int(chen.cursors[book].split(".")[0]) == int(before.split(".")[0]) + 1
    assert answer.json["scope"][book]["seats"]["maintainer"]["term"] == term == 2


def test_r17_the_database_refuses_a_second_open_term_of_a_seat(round_: Round) -> None:
    row = {"book_id": round_.north, "seat": "maintainer", "term": 9, "user_id": round_.user("zhou")}

    with round_.office.app.app_context(), pytest.raises(IntegrityError), writing() as connection:
        connection.execute(sa.insert(tenure), {**row, "from_pos": 99, "began_at": 1, "by": users.SYSTEM})


def test_r17_the_database_refuses_a_second_holder_of_a_seat(round_: Round) -> None:
    row = {"book_id": round_.north, "seat": "maintainer", "user_id": round_.user("zhou"), "since_at": 1}

    with round_.office.app.app_context(), pytest.raises(IntegrityError), writing() as connection:
        connection.execute(sa.insert(seat), row)


def test_scenario_30_a_stand_in_whose_end_passed_while_all_were_offline_falls_back_before_anything_is_judged(
    round_: Round, later: Later
) -> None:
    customer, product = round_.customer("Stood In"), round_.office.product("A2", "Hawkeye Vodka", 100)
    round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)
    zhou, book = round_.phone("zhou"), round_.north
    visit, a_visit = zhou.visit(customer, book)
    order, an_order = zhou.order(customer, book, product)
    made = zhou.save(book, a_visit, an_order)
    later(2 * DAY)

    zhou.sync()

    assert states(zhou.verdict(made)) == ["applied", "proposed"] and zhou.verdict(made)["late"] is True
    assert book not in zhou.scope
    kinds = round_.kinds(book)
    assert kinds[kinds.index("proposed") - 2] == "hand-over", "it fell back in the transaction that judged the set"
    li = round_.phone("li")
    assert visit in li.records and order not in li.records
    assert li.seat(book)["user"] == round_.user("li") and li.seat(book)["term"] == 3


def test_r17_the_holder_gets_his_book_back_at_his_own_sync_though_nobody_touched_it(
    round_: Round, later: Later
) -> None:
    customer = round_.customer("Comes Back")
    li = round_.phone("li")
    round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)
    li.sync()
    without = li.of(customer)
    later(DAY)

    li.sync()

    assert (without, li.of(customer)) == (set(), {customer})
    assert li.scope[round_.north]["access"] == "hold" and "until" not in li.seat(round_.north)
    assert li.seat(round_.north)["user"] == round_.user("li")


def test_r17_a_device_reads_until_when_the_stand_in_stays(round_: Round) -> None:
    until = clock.now_ms() + DAY

    round_.hand_over(round_.north, "zhou", until=until)

    assert round_.phone("zhou").seat(round_.north)["until"] == until


def test_r17_however_many_stand_ins_follow_each_other_the_seat_falls_back_to_its_lasting_holder(
    round_: Round, later: Later
) -> None:
    round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)
    round_.hand_over(round_.north, "wang", until=clock.now_ms() + 2 * DAY)
    later(3 * DAY)

    assert [round_.north in round_.scope(name) for name in ("li", "zhou", "wang")] == [True, False, False]
    round_.phone("li")

    with round_.office.app.app_context():
        terms = [term.user for term in hand_overs.history(round_.north) if term.seat == "maintainer"]
    assert terms == [round_.user(name) for name in ("li", "zhou", "wang", "li")]


def test_r17_a_stand_in_who_is_prolonged_keeps_his_term_and_one_who_stays_for_good_falls_back_no_more(
    round_: Round, later: Later
) -> None:
    first = round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)
    second = round_.hand_over(round_.north, "zhou", until=clock.now_ms() + 3 * DAY)
    later(2 * DAY)
    zhou = round_.phone("zhou")
    third = round_.hand_over(round_.north, "zhou")
    later(9 * DAY)
    zhou.sync()

    assert (first, second, third) == (2, 2, 2)
    assert round_.north in zhou.scope and "until" not in zhou.seat(round_.north)


def test_r17_a_seat_falls_vacant_if_its_lasting_holder_has_left_meanwhile(round_: Round, later: Later) -> None:
    round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)
    with round_.office.app.app_context():
        leaving.dismiss(round_.user("li"), users.SYSTEM)
    later(2 * DAY)

    chen = round_.phone("chen")

    assert chen.seat(round_.north)["user"] is None


@pytest.mark.parametrize(
    ("to", "until", "why"),
    [
        ("li", DAY, "holds the seat already"),
        ("zhou", -1, "in the future"),
        (None, DAY, "is a person"),
        ("gone", None, "has left"),
        ("nobody", None, "no such user"),
    ],
)
def test_r17_a_hand_over_that_cannot_be_is_refused_and_changes_nothing(
    round_: Round, to: str | None, until: int | None, why: str
) -> None:
    before = round_.kinds(round_.north)
    round_.office.user(f"gone{round_.number}")
    round_.office.users[f"nobody{round_.number}"] = clock.new_id()
    with round_.office.app.app_context():
        leaving.dismiss(round_.user("gone"), users.SYSTEM)

    with pytest.raises(BookError, match=why):
        round_.hand_over(round_.north, to, until=None if until is None else clock.now_ms() + until)

    assert round_.kinds(round_.north) == before


def test_r17_handing_a_seat_to_its_holder_changes_nothing(round_: Round) -> None:
    before = round_.kinds(round_.north)

    assert round_.hand_over(round_.north, "li") == 1
    assert round_.kinds(round_.north) == before


def test_r17_a_planned_successor_has_the_book_ahead_and_loads_no_record_twice(round_: Round) -> None:
    customer, book = round_.customer("Loaded Ahead"), round_.north
    zhou = round_.phone("zhou")
    with round_.office.app.app_context():
        successors.plan_successor(book, round_.user("zhou"), users.SYSTEM)
    zhou.sync()
    ahead = (zhou.scope[book]["access"], zhou.of(customer))
    round_.hand_over(book, "zhou")

    answer = zhou.round_trip()

    assert ahead == ("read", {customer})
    assert zhou.scope[book]["access"] == "hold"
    assert "records" not in answer.json and zhou.of(customer) == {customer}


def test_r17_what_a_planned_successor_writes_before_his_time_is_a_proposal(round_: Round) -> None:
    customer, book = round_.customer("Not Yet His"), round_.north
    with round_.office.app.app_context():
        successors.plan_successor(book, round_.user("zhou"), users.SYSTEM)
    zhou = round_.phone("zhou")
    visit, a_visit = zhou.visit(customer, book)
    made = zhou.save(book, a_visit)

    zhou.sync()

    assert zhou.verdict(made)["state"] == "proposed" and visit not in zhou.records


def test_r17_reading_ahead_ends_by_its_date_by_withdrawal_and_with_the_seat(round_: Round, later: Later) -> None:
    book, zhou = round_.north, round_.user("zhou")
    with round_.office.app.app_context():
        successors.plan_successor(book, zhou, users.SYSTEM, clock.now_ms() + DAY)
        timed = round_.scope("zhou")
        later(DAY)
        ended = round_.scope("zhou")
        successors.plan_successor(book, zhou, users.SYSTEM)
        again = round_.scope("zhou")
        successors.withdraw_successor(book, zhou)
        withdrawn = round_.scope("zhou")
        successors.plan_successor(book, zhou, users.SYSTEM)
    round_.hand_over(book, "zhou")
    round_.hand_over(book, "li")

    assert [book in scope for scope in (timed, ended, again, withdrawn)] == [True, False, True, False]
    assert round_.scope("zhou") == set()


def hold(phone: Phone, sets: int, photos: int) -> None:
    """Tell the server what the device still has to send."""
    phone.round_trip(sets=[], holds={"sets": sets, "photos": photos, "since": 7})


def test_r17_the_preview_of_a_hand_over_is_what_then_happens(round_: Round) -> None:
    customer = round_.customer("Previewed")
    round_.customer("Previewed Too")
    li, zhou, chen = (round_.phone(name) for name in ("li", "zhou", "chen"))
    phones = {round_.user("li"): li, round_.user("zhou"): zhou, round_.user("chen"): chen}
    li.save(round_.north, li.edit(customer, round_.north, store_name="Another Name"))
    li.sync()
    hold(li, 3, 2)
    before = {user for user, phone in phones.items() if phone.of(customer)}

    with round_.office.app.app_context():
        found = hand_over_preview.preview(round_.north, "maintainer", round_.user("zhou"))
        deciding = hand_over_preview.preview(round_.north, "supervisor", round_.user("zhou"))
    round_.hand_over(round_.north, "zhou")
    for phone in phones.values():
        phone.sync()

    after = {user for user, phone in phones.items() if phone.of(customer)}
    there = [record for record in zhou.records.values() if record["book"] == round_.north]
    assert (found.before, found.to) == (round_.user("li"), round_.user("zhou"))
    assert (found.gains, found.loses) == (after - before, before - after) != (set(), set())
    assert (found.customers, found.records) == (2, len(there))
    assert (found.proposals, deciding.proposals) == (0, 1)
    assert [(u.device, u.sets, u.photos, u.since) for u in found.unsent] == [(li.device, 3, 2, 7)]


def test_r17_a_holder_of_two_seats_who_gives_one_away_loses_nothing(round_: Round) -> None:
    round_.hand_over(round_.north, "li", seat="supervisor")

    with round_.office.app.app_context():
        found = hand_over_preview.preview(round_.north, "maintainer", round_.user("zhou"))
    round_.hand_over(round_.north, "zhou")

    assert (found.loses, found.gains) == (frozenset(), {round_.user("zhou")})
    assert round_.north in round_.scope("li")


def test_r17_the_console_shows_a_book_to_who_holds_it_by_now_and_to_a_planned_successor(
    round_: Round, later: Later
) -> None:
    def readable(name: str) -> bool:
        user = users.by_id(round_.user(name))
        assert user is not None
        return round_.north in books.readable_books(user)

    round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)
    with round_.office.app.app_context():
        successors.plan_successor(round_.north, round_.user("wang"), users.SYSTEM)
        during = [readable(name) for name in ("li", "zhou", "wang")]
        later(DAY)
        after = [readable(name) for name in ("li", "zhou", "wang")]
        stored = sa.select(seat.c.user_id).where(seat.c.book_id == round_.north, seat.c.seat == "maintainer")
        with reading() as connection:
            assert connection.scalar(stored) == round_.user("zhou"), "reading writes nothing"

    assert (during, after) == ([False, True, True], [True, False, True])
