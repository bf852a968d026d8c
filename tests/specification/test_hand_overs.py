"""Modes, removals, decisions and notices through real seats and a real database, on both engines (§6, R15, R16)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from server.services import books, clock, push, users
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, change_set, stored
from tests.specification.small_office import VISIT

ORDER = {"ordered_at": 1, "lines": [{"quantity": "2", "product_name": "gin"}]}
NUMBERS = itertools.count(1)


@pytest.fixture
def round_book(office: HeadOffice) -> str:
    """A book of its own for the test: Li maintains it under Chen. Its name."""
    name = f"round {next(NUMBERS)}"
    office.book(name, maintainer="li", supervisor="chen")
    return name


def hand_over(office: HeadOffice, book: str, to: str | None, seat: str = "maintainer") -> None:
    books.assign_seat(office.books[book], seat, office.users[to] if to else None, users.SYSTEM)


def accept(
    desk: Desk, by: str, proposal: str, *changes: dict[str, Any], book: str, op: str = "accept"
) -> dict[str, Any]:
    """Decide at head office."""
    record = stored(proposal)
    assert record is not None
    decision = {
        "op": op,
        "type": "proposal",
        "record": proposal,
        "customer": record["customer"],
        "seat": "supervisor",
        "term": 1,
    }
    return push.office_push(desk.office.users[by], desk.book(book), "decide", [decision, *changes])


def test_a_visit_made_before_a_hand_over_is_late_and_the_order_beside_it_proposed(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """Scenario 13."""
    shop, li = office.customer(round_book, "Shop"), desk.pocket("li")
    visit, order = li.visit(shop), li.change("create", "order", clock.new_id(), shop, set=ORDER)
    hand_over(office, round_book, "wang")

    verdict = li.push(visit, order, book=round_book)

    assert [change["state"] for change in verdict["changes"]] == ["applied", "proposed"] and verdict["late"] is True
    assert stored(visit["record"]) and not stored(order["record"])
    desk.verify(desk.book(round_book))


def test_who_gets_the_seat_back_is_asked_about_what_the_other_set(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """Scenario 12."""
    shop, li, wang = office.customer(round_book, "Shop", needs="ice"), desk.pocket("li"), desk.pocket("wang")
    edit = li.edit(shop, needs="glasses", display_form="shelf")
    hand_over(office, round_book, "wang")
    assert wang.push({**wang.edit(shop, needs="chairs"), "term": 2}, book=round_book)["state"] == "applied"
    hand_over(office, round_book, "li")

    verdict = li.push(edit, book=round_book)

    record = stored(shop)
    assert verdict["state"] == "proposed" and record is not None
    assert (record["fields"]["needs"], record["fields"]["display_form"]) == ("chairs", "shelf")


def test_who_never_had_the_seat_proposes(desk: Desk, office: HeadOffice, round_book: str) -> None:
    """§6, other."""
    shop = office.customer(round_book, "Shop")

    verdict = desk.pocket("wang").push(desk.pocket("wang").visit(shop), book=round_book)

    assert verdict["state"] == "proposed" and "late" not in verdict


def test_a_removal_and_an_edit_that_had_not_seen_each_other_lose_nothing_in_either_order(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """R15, scenario 15."""
    first, second = office.customer(round_book, "A"), office.customer(round_book, "B")
    phone, tablet = desk.pocket("li"), desk.pocket("li")
    removals = [phone.change("remove", "customer", shop, shop) for shop in (first, second)]
    edits = [tablet.edit(shop, needs="ice") for shop in (first, second)]

    edited, removed = tablet.push(edits[0], book=round_book), phone.push(removals[0], book=round_book)
    removed_first, edited_then = phone.push(removals[1], book=round_book), tablet.push(edits[1], book=round_book)

    assert (edited["state"], removed["state"]) == ("applied", "proposed")
    assert (removed_first["state"], edited_then["state"]) == ("applied", "merged")
    for shop in (first, second):
        record = stored(shop)
        assert record is not None and (record["removed"], record["fields"]["needs"]) == (False, "ice")
    assert "conflict" in edited_then["changes"][0]
    desk.verify(desk.book(round_book))


# Decisions


def test_an_application_is_accepted_at_head_office_with_the_values_that_were_seen(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """R16."""
    shop, li = office.customer(round_book, "Shop"), desk.pocket("li")
    proposal = li.push(li.edit(shop, store_name="Bar"), book=round_book)["changes"][0]["proposal"]
    edit = {**li.edit(shop, store_name="The Bar")}

    stranger = accept(desk, "wang", proposal, edit, book=round_book)
    verdict = accept(desk, "chen", proposal, edit, book=round_book)
    again = accept(desk, "chen", proposal, edit, book=round_book)
    contrary = accept(desk, "chen", proposal, book=round_book, op="decline")

    assert [v["state"] for v in (stranger, verdict, again, contrary)] == ["refused", "applied", "merged", "refused"]
    assert contrary["changes"][0]["why"] == [{"field": "record", "code": "decided"}]
    record, decided = stored(shop), stored(proposal)
    assert record is not None and record["fields"]["store_name"] == "The Bar"
    assert decided is not None and (decided["fields"]["state"], decided["rev"]) == ("accepted", 2)
    desk.verify(desk.book(round_book))


def test_an_administrator_decides_while_seat_and_supervisor_are_vacant(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """§6."""
    shop, li = office.customer(round_book, "Shop"), desk.pocket("li")
    proposal = li.push(li.edit(shop, store_name="Bar"), book=round_book)["changes"][0]["proposal"]
    edit = li.edit(shop, store_name="Bar")

    early = accept(desk, "ada", proposal, edit, book=round_book)
    hand_over(office, round_book, None, "supervisor")
    verdict = accept(desk, "ada", proposal, edit, book=round_book)

    assert (early["state"], verdict["state"]) == ("refused", "applied")


def test_what_waited_for_a_declined_customer_is_refused_and_for_an_accepted_one_applied(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """R16, scenario 32."""
    li, wang = desk.pocket("li"), desk.pocket("wang")
    outcomes = {}
    for op in ("accept", "decline"):
        new = clock.new_id()
        create = {**wang.change("create", "customer", new, new, set={"store_name": "New"})}
        proposal = wang.push(create, book=round_book)["changes"][0]["proposal"]
        wire = li.set(li.visit(new), book=round_book)
        assert li.send(wire)["state"] == "waiting"

        decided = accept(desk, "li", proposal, *([create] if op == "accept" else []), book=round_book, op=op)
        li.retry()

        assert decided["state"] == "applied", decided
        outcomes[op] = li.send(wire, seq=li.seq)
    assert outcomes["accept"]["state"] == "applied"
    assert outcomes["decline"]["changes"][0]["why"] == [{"field": "customer", "code": "parent-declined"}]
    row = change_set(outcomes["decline"]["id"])
    assert row is not None and row["body"]
    desk.verify(desk.book(round_book))


def test_a_creation_that_is_still_open_is_waited_for_whatever_was_decided_about_its_edits(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """R16: only the declined creation refuses what waits for it."""
    li, wang, new = desk.pocket("li"), desk.pocket("wang"), clock.new_id()
    create = wang.change("create", "customer", new, new, set={"store_name": "New"})
    made, edited = wang.push(create, wang.edit(new, needs="ice"), book=round_book)["changes"]
    assert accept(desk, "li", edited["proposal"], book=round_book, op="decline")["state"] == "applied"

    wire = li.set(li.visit(new), book=round_book)

    assert li.send(wire)["state"] == "waiting"
    assert accept(desk, "li", made["proposal"], create, book=round_book)["state"] == "applied"
    assert li.send(wire, seq=li.seq)["state"] == "applied"


def test_the_bytes_of_an_accepted_photo_are_wanted_from_the_device_that_took_it(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """R16, R42."""
    from server.services import pull
    from server.storage.database import reading

    shop, wang = office.customer(round_book, "Shop"), desk.pocket("wang")
    values = {
        "sha256": clock.new_id().replace("-", "") * 2,
        "size_bytes": 5,
        "media_type": "image/jpeg",
        "taken_at": 1,
        "step": "display",
    }
    photo = wang.change("create", "photo", clock.new_id(), shop, set=values)
    proposal = wang.push(photo, book=round_book)["changes"][0]["proposal"]

    assert accept(desk, "li", proposal, photo, book=round_book)["state"] == "applied"

    with reading() as connection:
        wanted = pull.pull(connection, {}, {}, device=wang.device).want
    assert {"book": desk.book(round_book), "sha256": values["sha256"]} in wanted


# The desk


def test_who_lacks_the_book_reads_on_his_desk_what_became_of_his_work(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """§5, last: a notice in the same transaction; the desk is a book like any other."""
    shop, li = office.customer(round_book, "Shop"), desk.pocket("li")
    sets = [li.set(li.visit(shop), book=round_book), li.set(li.edit(shop, grade="AA"), book=round_book)]
    sets.append(li.set({**li.visit(clock.new_id())}, book=round_book))
    hand_over(office, round_book, "wang")
    before = len(desk.notices("li"))

    verdicts = [li.send(wire) for wire in sets]
    repeated = li.send(sets[0], seq=1)

    assert [v["state"] for v in verdicts] == ["applied", "refused", "waiting"] and repeated["repeat"]
    told = desk.notices("li")[before:]
    assert [(n["set"], n["outcome"]) for n in told] == [(sets[0]["id"], "applied"), (sets[1]["id"], "refused")]
    assert told[0]["of"] == sets[0]["changes"][0]["record"] and told[0]["text"] == "Visit: Applied"
    assert all(set(verdict["at"]) <= {desk.book(round_book)} for verdict in verdicts)
    desk.verify(books.desk(li.user))


def test_who_holds_the_book_finds_nothing_on_his_desk(office: HeadOffice, desk: Desk, round_book: str) -> None:
    shop, li = office.customer(round_book, "Shop"), desk.pocket("li")
    before = desk.notices("li")

    li.push(li.visit(shop), book=round_book)
    push.office_push(li.user, desk.book("south"), "work", [li.visit(office.customer("south", "S"))])

    assert desk.notices("li") == before


def test_a_proposer_who_lacks_the_book_reads_on_his_desk_how_it_was_decided(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """§2: the desk tells him the fate of work in books that he does not hold."""
    shop, wang = office.customer(round_book, "Shop"), desk.pocket("wang")
    wire = wang.set(wang.edit(shop, needs="ice"), book=round_book)
    proposal = wang.send(wire)["changes"][0]["proposal"]
    before = len(desk.notices("wang"))
    record = stored(proposal)
    assert record is not None
    decline = {
        "op": "decline",
        "type": "proposal",
        "record": proposal,
        "customer": shop,
        "seat": "maintainer",
        "term": 1,
        "set": {"comment": "there is ice"},
    }

    first = desk.pocket("li").push(decline, book=round_book)
    desk.pocket("li").push(decline, book=round_book)

    assert first["state"] == "applied"
    (notice,) = desk.notices("wang")[before:]
    assert (notice["of"], notice["set"], notice["outcome"]) == (shop, wire["id"], "declined")
    assert notice["text"] == "Customer: Declined: there is ice"


def test_a_proposer_who_holds_the_book_finds_nothing_on_his_desk(
    office: HeadOffice, desk: Desk, round_book: str
) -> None:
    """He has the proposal itself."""
    shop, li = office.customer(round_book, "Shop"), desk.pocket("li")
    proposal = li.push(li.edit(shop, store_name="Bar"), book=round_book)["changes"][0]["proposal"]
    before = desk.notices("li")

    assert accept(desk, "chen", proposal, book=round_book, op="decline")["state"] == "applied"

    assert desk.notices("li") == before


def test_a_notice_is_written_with_its_set_or_not_at_all(
    office: HeadOffice, desk: Desk, round_book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§5: in the same transaction."""
    shop, wang = office.customer(round_book, "Shop"), desk.pocket("wang")
    before = desk.notices("wang")

    def broken(*args: Any, **members: Any) -> None:
        raise RuntimeError("a fault after the log was written")

    monkeypatch.setattr(push.push_verdict, "finish", broken)
    with pytest.raises(RuntimeError):
        wang.push(wang.visit(shop), book=round_book)

    assert desk.notices("wang") == before
    desk.verify(books.desk(wang.user))


def test_a_notice_speaks_its_readers_language(office: HeadOffice, desk: Desk, round_book: str) -> None:
    office.user(f"mei{next(NUMBERS)}", language="zh_Hans")
    login = next(reversed(office.users))
    books.desk(office.users[login])
    shop, mei = office.customer(round_book, "Shop"), desk.pocket(login)

    mei.push({**mei.visit(shop), "set": VISIT}, book=round_book)

    assert desk.notices(login)[0]["text"] == "拜访: 待决定"
