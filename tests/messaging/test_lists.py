"""Messages to many: who gets what is fixed when the list is drawn up, somebody else approves it, and nobody gets it twice."""

import time

import pytest

from server.services import clock, push, users
from server.services.messaging import lists, opting_out, outbox, overview, sending
from server.services.messaging.lists import ListError, Wish
from server.storage.database import reading, writing
from server.storage.message_tables import message_list
from server.storage.tables import book
from server.storage.typed import typed_table
from sync_protocol.changes import CHANGES_LIMIT
from sync_protocol.messaging.templates import UnknownPlaceholder
from tests.messaging.test_outbox import Scripted


@pytest.fixture(scope="module")
def town(shared_office):
    """A book of 10,000 customers: every tenth has no number, two share one."""
    with shared_office.office.app.app_context():
        book = shared_office.office.book("town", maintainer="li", supervisor="chen")
        changes = []
        for n in range(10_000):
            record = clock.new_id()
            phone = "" if n % 10 == 9 else f"139{n if n != 1 else 0:08d}"
            values = {"store_name": f"Shop {n:05d}", "contact_person": f"Owner {n}", "grade": str(n % 8 + 1)}
            values |= {"contact_phone": phone} if phone else {}
            changes.append(
                {"op": "create", "type": "customer", "record": record, "customer": record, "seat": "maintainer", "term": 0, "set": values}
            )  # fmt: skip
        for start in range(0, len(changes), CHANGES_LIMIT):
            verdict = push.office_push(
                users.SYSTEM, book, "import", changes[start : start + CHANGES_LIMIT], system=True
            )
            assert verdict["state"] == "applied"
        return book


def wish(texting, text="Dear {person}, good news for {store}.", **more):
    return Wish(author=texting.office.users["chen"], name="News", text=text, **more)


def test_ten_thousand_messages_are_queued_in_less_than_five_seconds_without_those_who_opted_out(texting, town):
    with writing() as connection:
        for n in (10, 20, 30):
            opting_out.stop(connection, f"86139{n:08d}", "T")

    began = time.monotonic()
    list_id = lists.draw_up(wish(texting), [town])
    drawn_s = time.monotonic() - began
    began = time.monotonic()
    number = lists.approve(list_id, texting.office.users["boss"])
    queued_s = time.monotonic() - began

    with reading() as connection:
        summary = lists.summary(connection, list_id, [town])
    assert number == summary.recipients == 10_000 - 1000 - 1 - 3
    assert summary.left_out == {"no-number": 1000, "same-number": 1, "opted-out": 3}
    assert summary.cost_minor == number * 5
    assert queued_s < 5, (drawn_s, queued_s)
    assert texting.states() == ["queued"] * number


def test_a_list_is_sent_at_the_rate_of_the_gateway_and_each_person_gets_his_own_text(texting, town):
    list_id = lists.draw_up(wish(texting, equal={"grade": "3"}), [town])
    lists.approve(list_id, texting.office.users["boss"])
    texts = []

    class Reads(Scripted):
        def send(self, message):
            texts.append((message.phone, message.text))
            return super().send(message)

    sending.send_due(Reads(), stretch_s=2)

    assert len(texts) >= 20
    assert len(set(texts)) == len({phone for phone, _ in texts}) == len(texts)
    assert texts[0] == ("8613900000002", "Dear Owner 2, good news for Shop 00002.")


def test_nothing_goes_out_before_somebody_else_has_approved(texting):
    list_id = lists.draw_up(wish(texting), [texting.book])
    assert texting.states() == []

    with pytest.raises(ListError, match="own-list"):
        lists.approve(list_id, texting.office.users["chen"])
    assert lists.approve(list_id, texting.office.users["boss"]) == 1
    with pytest.raises(ListError, match="decided"):
        lists.approve(list_id, texting.office.users["boss"])

    assert texting.states() == ["queued"]


def test_a_declined_list_sends_nothing_and_a_stopped_one_no_more(texting):
    declined = lists.draw_up(wish(texting), [texting.book])
    lists.decline(declined, texting.office.users["boss"])
    with pytest.raises(ListError, match="decided"):
        lists.approve(declined, texting.office.users["boss"])

    stopped = lists.draw_up(wish(texting, send_at=texting.clock.now + 3600_000), [texting.book])
    lists.approve(stopped, texting.office.users["boss"])
    assert lists.cancel(stopped, texting.office.users["chen"]) == 1
    texting.clock.now += 7200_000
    gateway = Scripted()
    sending.send_due(gateway)

    assert gateway.ledger == []


def test_who_joins_the_book_after_a_list_was_drawn_up_is_not_on_it(texting):
    list_id = lists.draw_up(wish(texting), [texting.book])
    late = texting.office.customer("north", "Late Shop", contact_phone="13877777777")
    try:
        assert lists.approve(list_id, texting.office.users["boss"]) == 1
    finally:
        texting.office.write("north", {"op": "remove", "type": "customer", "record": late, "customer": late})


def test_a_list_with_a_key_is_drawn_up_once(texting):
    first = lists.draw_up(wish(texting, unique="birthday/2026-11-25"), [texting.book])
    again = lists.draw_up(wish(texting, unique="birthday/2026-11-25"), [texting.book])

    assert (first is not None, again) == (True, None)
    with reading() as connection:
        assert len(connection.execute(message_list.select()).all()) == 1


def test_what_cannot_be_drawn_up_says_why(texting):
    for wrong, reason in [({"text": " "}, "no-text"), ({"equal": {"grade": "99"}}, "nobody")]:
        with pytest.raises(ListError, match=reason):
            lists.draw_up(wish(texting, **wrong), [texting.book])
    with pytest.raises(UnknownPlaceholder):
        lists.draw_up(wish(texting, text="Dear {name}"), [texting.book])
    with pytest.raises(ListError, match="nobody"):
        lists.draw_up(wish(texting), [])


def test_a_message_goes_out_once_more_only_by_a_persons_hand_and_only_once(texting):
    from server.services.messaging.gateways.base import Unknown

    message, gateway = texting.queue(), Scripted(Unknown("no-answer"))
    sending.send_due(gateway)
    boss = texting.office.users["boss"]

    assert overview.send_again([texting.book], message, boss)
    assert not overview.send_again([texting.book], message, boss)
    assert not overview.send_again([], message, boss)
    sending.send_due(gateway)

    assert len(gateway.ledger) == 2
    assert texting.row(message).state == "unknown"
    assert texting.row(gateway.ledger[1]).kind == outbox.ONE
    assert texting.row(gateway.ledger[1]).again_of == message


def test_who_has_left_and_a_closed_business_get_nothing_unless_the_list_is_for_those_who_left(texting):
    shops = {
        "Left": {"customer_status": "left", "contact_phone": "13866600001"},
        "Closed": {"business_status": "closed", "contact_phone": "13866600002"},
        "Successor": {"contact_phone": "13866600001"},
    }
    ids = [texting.office.customer("north", name, **fields) for name, fields in shops.items()]
    try:
        list_id = lists.draw_up(wish(texting), [texting.book])
        back = lists.preview(wish(texting, equal={"customer_status": "left"}), [texting.book])
        with reading() as connection:
            summary = lists.summary(connection, list_id, [texting.book])
    finally:
        for record in ids:
            texting.office.write("north", {"op": "remove", "type": "customer", "record": record, "customer": record})

    assert summary.left_out == {"left": 1, "closed": 1}
    assert summary.recipients == 2, "the shop with the number of the one who left is written to"
    assert (back.recipients, dict(back.left_out)) == (1, {})


def test_of_a_list_each_sees_the_part_about_his_books_and_who_has_none_on_it_sees_nothing(texting):
    other = texting.office.books.get("other") or texting.office.book("other", maintainer="li")
    there = texting.office.customer("other", "Other Shop", contact_phone="13855550000")
    try:
        list_id = lists.draw_up(wish(texting), [texting.book, other])
        lists.approve(list_id, texting.office.users["boss"])
        seen = {
            scope: overview.list_page(scope, list_id) for scope in ((texting.book,), (other,), (texting.book, other))
        }
    finally:
        texting.office.write("other", {"op": "remove", "type": "customer", "record": there, "customer": there})

    assert {scope: [one["name"] for one in page.people] for scope, page in seen.items()} == {
        (texting.book,): ["Lucky Star"],
        (other,): ["Other Shop"],
        (texting.book, other): ["Lucky Star", "Other Shop"],
    }
    assert [(page.summary.recipients, dict(page.counts)) for page in seen.values()] == [
        (1, {"queued": 1}),
        (1, {"queued": 1}),
        (2, {"queued": 2}),
    ]
    assert overview.list_page([], list_id) is None
    assert overview.all_lists([])[0] == []
    assert [row["id"] for row in overview.all_lists([other])[0]] == [list_id]


def test_an_archived_customer_is_on_no_list(texting):
    with writing() as connection:
        archive = clock.new_id()
        row = {column.name: None for column in book.c} | {"kind": "archive", "name": "archive", "id": archive}
        copied = connection.execute(book.select().where(book.c.id == texting.book)).mappings().one()
        connection.execute(book.insert().values({**copied, **{k: v for k, v in row.items() if v is not None}}))
        connection.execute(
            typed_table("customer").update().where(typed_table("customer").c.id == texting.shop).values(book_id=archive)
        )
    try:
        with pytest.raises(ListError, match="nobody"):
            lists.draw_up(wish(texting), [texting.book, archive])
    finally:
        with writing() as connection:
            connection.execute(
                typed_table("customer")
                .update()
                .where(typed_table("customer").c.id == texting.shop)
                .values(book_id=texting.book)
            )
            connection.execute(book.delete().where(book.c.id == archive))
