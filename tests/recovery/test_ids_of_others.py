"""Nobody takes a set's id away from its owner by using it first (P6; scenarios 3 and 24)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.storage.database import reading
from server.storage.tables import change_set, log
from tests.head_office import HeadOffice
from tests.recovery.copies import Copies
from tests.recovery.test_lost_history import on_both_engines
from tests.seats.phone import PHOTO, Phone


def phone(office: HeadOffice, login: str) -> Phone:
    found = Phone(office.invitation(login))
    assert found.enrol().status == 200
    found.sync()
    return found


def squat(other: Phone, set_id: str, customer: str, book: str) -> str:
    """Somebody else's own work, sent under this id."""
    visit, change = other.visit(customer, book)
    made = other.save(book, change)
    other.outbox[-1]["set"]["id"] = set_id
    other.sync()
    assert other.verdict(set_id)["state"] == "applied" and made != set_id
    return visit


@on_both_engines
def test_p6_what_was_acknowledged_comes_back_although_somebody_used_its_id_after_the_restore(
    office: HeadOffice, copies: Copies
) -> None:
    north_shop, south_shop = office.customer("north", "Corner Shop"), office.customer("south", "Far Shop")
    north, south = office.books["north"], office.books["south"]
    li, wang = phone(office, "li"), phone(office, "wang")
    copies.take()
    visit, a_visit = li.visit(north_shop, north)
    sets = [li.save(north, a_visit)]
    made, photo, sha256 = li.photo(north_shop, north)
    li.sync()
    offered = [{"seq": n, "set": li.made[name]} for n, name in enumerate([*sets, made], 1)]
    li.sync()

    copies.put_back()
    theirs = squat(wang, sets[0], south_shop, south)
    squat(wang, made, south_shop, south)
    li.epoch, li.cursors = None, {}
    answer: dict[str, Any] = li.round_trip(sets=offered).json
    again = li.round_trip(sets=offered).json

    told, repeated = ({v["id"]: v for v in a["verdicts"]} for a in (answer, again))
    assert {name: told[name]["state"] for name in (*sets, made)} == dict.fromkeys((*sets, made), "applied")
    assert all(repeated[name]["repeat"] and repeated[name]["receipt"] == told[name]["receipt"] for name in told)
    assert li.round_trip(sets=[], pending=sets).json["verdicts"][0]["state"] == "applied"
    assert li.upload(north, made, PHOTO).status == 204
    wang.sync()
    assert wang.round_trip(sets=[], pending=sets).json["verdicts"][0]["at"].keys() == {south}
    with office.app.app_context(), reading() as connection:
        where = {row.record: row.book_id for row in connection.execute(sa.select(log.c.record, log.c.book_id))}
        authors = connection.scalars(sa.select(change_set.c.author).where(change_set.c.id.in_([*sets, made])))
        assert set(authors) == {wang.user}
    assert (where[visit], where[photo], where[theirs]) == (north, north, south)


def test_r5_the_same_author_cannot_use_an_id_twice_for_two_things(office: HeadOffice) -> None:
    shop, north = office.customer("north", "Corner Shop"), office.books["north"]
    li, also_li = phone(office, "li"), phone(office, "li")
    made = li.save(north, li.visit(shop, north)[1])
    li.sync()
    also_li.save(north, also_li.visit(shop, north)[1])
    also_li.outbox[-1]["set"]["id"] = made

    verdict = also_li.round_trip().json["verdicts"][0]

    assert (verdict["state"], verdict["changes"][0]["why"][0]["code"]) == ("refused", "id-reused")


def test_what_waits_under_an_id_that_somebody_had_used_is_applied_when_its_turn_comes(office: HeadOffice) -> None:
    shop, north = office.customer("north", "Corner Shop"), office.books["north"]
    far, south = office.customer("south", "Far Shop"), office.books["south"]
    li, wang = phone(office, "li"), phone(office, "wang")
    visit, a_visit = li.visit(shop, north)
    values = {"visit": visit, "quantity": "1", "counted_at": 1}
    count = {"op": "create", "type": "stock_count", "record": visit[:-4] + "0000", "customer": shop, "set": values}
    first = li.save(north, a_visit)
    second = li.save(north, {**count, "seat": "maintainer", "term": li.seat(north)["term"]})
    squat(wang, second, far, south)

    li.round_trip(sets=[li.outbox[1]])
    assert li.verdict(second)["state"] == "waiting"
    li.round_trip(sets=[li.outbox[0]], pending=[second])

    assert (li.verdict(first)["state"], li.verdict(second)["state"]) == ("applied", "applied")
