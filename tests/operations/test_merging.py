"""Two files of one outlet become one: nothing of either is lost, and what still comes finds its way (R21)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.services import users
from server.services.books import BookError
from server.services.operations import merging
from server.storage.database import reading
from server.storage.tables import log
from tests.seats.phone import PHOTO
from tests.seats.round import Round, states


def merge(round_: Round, loser: str, winner: str, **options: object) -> merging.Merged:
    with round_.office.app.app_context():
        return merging.merge_customers(loser, winner, users.SYSTEM, **options)  # type: ignore[arg-type]


def test_r21_what_lay_below_the_one_lies_below_the_other_on_every_device(round_: Round) -> None:
    loser, winner = round_.customer("Corner Shop Inc."), round_.customer("Corner Shop")
    li, chen = round_.phone("li"), round_.phone("chen")
    visit, a_visit = li.visit(loser, round_.north)
    li.save(round_.north, a_visit)
    made, photo, _ = li.photo(loser, round_.north)
    li.sync()
    li.upload(round_.north, made, PHOTO)
    chen.sync()

    done = merge(round_, loser, winner)
    li.sync()
    chen.sync()

    assert (done.book, done.records) == (round_.north, 3)
    for phone in (li, chen):
        assert phone.of(winner) == {winner, loser, visit, photo}
        assert phone.of(loser) == set()
        gone = phone.records[loser]
        assert (gone["removed"], gone["fields"]["merged_into"]) == (True, winner)
        assert not phone.records[winner]["removed"]


def test_r21_a_customer_of_another_book_comes_over_with_all_he_has(round_: Round) -> None:
    loser, winner = round_.customer("In The North"), round_.customer("In The South", round_.south)
    li, wang = round_.phone("li"), round_.phone("wang")
    visit, a_visit = li.visit(loser, round_.north)
    li.save(round_.north, a_visit)
    made, photo, sha256 = li.photo(loser, round_.north)
    li.sync()
    li.upload(round_.north, made, PHOTO)

    with round_.office.app.app_context():
        seen = merging.preview(loser, winner)
    done = merge(round_, loser, winner)
    li.sync()
    wang.sync()

    assert (seen.records, seen.photos, done.records) == (3, 1, 3)
    assert (seen.gains, seen.loses) == (frozenset({round_.user("wang")}), frozenset({round_.user("li")}))
    assert wang.of(winner) == {winner, loser, visit, photo}
    assert li.records.keys().isdisjoint({loser, visit, photo})
    assert wang.want == []


def test_r21_both_histories_are_kept(round_: Round) -> None:
    loser, winner = round_.customer("One"), round_.customer("Two", round_.south)

    merge(round_, loser, winner)

    with round_.office.app.app_context(), reading() as connection:
        query = (
            sa.select(log.c.record, log.c.kind).where(log.c.record.in_((loser, winner))).order_by(log.c.rev, log.c.kind)
        )
        told = [tuple(row) for row in connection.execute(query)]
    assert [kind for record, kind in told if record == loser] == ["out", "create", "in", "merge"]
    assert [kind for record, kind in told if record == winner] == ["create"]


def test_r21_a_visit_that_still_comes_for_the_file_that_went_lands_below_the_one_that_stays(round_: Round) -> None:
    loser, winner = round_.customer("One"), round_.customer("Two")
    li = round_.phone("li")
    visit, a_visit = li.visit(loser, round_.north)
    made = li.save(round_.north, a_visit)

    merge(round_, loser, winner)
    li.sync()

    assert li.verdict(made)["state"] == "applied"
    assert li.records[visit]["customer"] == winner


def test_r21_work_for_a_customer_of_a_book_that_was_left_by_the_merger_is_late_not_lost(round_: Round) -> None:
    loser, winner = round_.customer("One"), round_.customer("Two", round_.south)
    li, wang = round_.phone("li"), round_.phone("wang")
    visit, a_visit = li.visit(loser, round_.north)
    order, an_order = li.order(loser, round_.north, round_.office.product("A1", "Something", 100))
    made = li.save(round_.north, a_visit, an_order)

    merge(round_, loser, winner)
    li.sync()
    wang.sync()

    verdict = li.verdict(made)
    assert (verdict["state"], verdict["late"], states(verdict)) == ("proposed", True, ["applied", "proposed"])
    assert wang.records[visit]["customer"] == winner
    proposed = [record for record in wang.records.values() if record["type"] == "proposal"]
    assert [record["fields"]["of"] for record in proposed] == [order]


def test_r21_a_late_edit_of_the_file_that_went_overwrites_nothing_of_the_one_that_stays(round_: Round) -> None:
    loser = round_.customer("One", contact_phone="515 555 0101")
    winner = round_.customer("Two", contact_phone="515 555 0202")
    li = round_.phone("li")
    made = li.save(round_.north, li.edit(loser, round_.north, contact_phone="515 555 0303"))

    merge(round_, loser, winner)
    li.sync()

    assert li.verdict(made)["state"] == "proposed"
    assert li.records[winner]["fields"]["contact_phone"] == "515 555 0202"


def test_r21_a_late_edit_of_a_field_that_the_other_file_has_not_is_taken_there(round_: Round) -> None:
    loser, winner = round_.customer("One"), round_.customer("Two")
    li = round_.phone("li")
    made = li.save(round_.north, li.edit(loser, round_.north, contact_phone="515 555 0303"))

    merge(round_, loser, winner)
    li.sync()

    assert li.verdict(made)["state"] == "applied"
    assert li.records[winner]["fields"]["contact_phone"] == "515 555 0303"
    assert "contact_phone" not in li.records[loser]["fields"]


@pytest.mark.parametrize("op", ["remove", "restore"])
def test_r21_a_file_that_went_is_neither_removed_twice_nor_brought_back(round_: Round, op: str) -> None:
    loser, winner = round_.customer("One"), round_.customer("Two")
    li = round_.phone("li")
    made = li.save(round_.north, li.change(op, "customer", loser, loser, round_.north))

    merge(round_, loser, winner)
    li.sync()

    assert li.verdict(made)["state"] == "applied"
    assert li.records[loser]["removed"] and not li.records[winner]["removed"]


def test_r21_a_customer_merged_twice_leads_to_the_last_who_stayed(round_: Round) -> None:
    first, second, third = (round_.customer(name) for name in ("One", "Two", "Three"))
    li = round_.phone("li")
    visit, a_visit = li.visit(first, round_.north)
    li.save(round_.north, a_visit)

    merge(round_, first, second)
    merge(round_, second, third)
    li.sync()

    assert li.records[visit]["customer"] == third
    assert li.records[first]["customer"] == li.records[second]["customer"] == third


def test_r21_what_is_to_be_taken_over_is_written_onto_the_file_that_stays(round_: Round) -> None:
    loser = round_.customer("One", contact_phone="515 555 0101", business_tags=["evening"])
    winner = round_.customer("Two", business_tags=["morning"])
    li = round_.phone("li")

    with round_.office.app.app_context():
        seen = {d.field: (d.winner, d.loser) for d in merging.preview(loser, winner).differing}
    done = merge(round_, loser, winner, take=["contact_phone", "business_tags", "store_name"])
    li.sync()

    assert seen["contact_phone"] == (None, "515 555 0101") and seen["store_name"] == ("Two", "One")
    fields = li.records[winner]["fields"]
    assert done.verdict == "applied"
    assert (fields["contact_phone"], fields["store_name"]) == ("515 555 0101", "One")
    assert sorted(fields["business_tags"]) == ["evening", "morning"]


def test_r21_nothing_is_merged_while_something_stands_in_the_way(round_: Round) -> None:
    loser, winner = round_.customer("One"), round_.customer("Two")
    li = round_.phone("li")
    li.save(round_.north, li.edit(loser, round_.north, store_name="Another Name"))
    li.sync()
    before = round_.kinds(round_.north)

    for one, other, why in (
        (loser, winner, "proposals"),
        (winner, winner, "himself"),
        (loser, "0199f3a0-7c00-7000-8000-000000000000", "no customer"),
    ):
        with pytest.raises(BookError, match=why):
            merge(round_, one, other)
    with pytest.raises(BookError, match="no field"):
        merge(round_, winner, loser, take=["grade"])
    assert round_.kinds(round_.north) == before


def test_r18_a_merged_customer_moves_with_the_one_that_stayed(round_: Round) -> None:
    loser, winner = round_.customer("One"), round_.customer("Two")
    merge(round_, loser, winner)

    round_.move([winner], round_.south)

    wang = round_.phone("wang")
    assert wang.of(winner) == {loser, winner}
