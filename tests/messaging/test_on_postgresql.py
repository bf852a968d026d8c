"""The same on the other database: the outbox under two workers at once, lists, reports, reminders, figures."""

import threading
from datetime import date

import pytest

from server.services import clock, computed, metrics, users
from server.services.messaging import filing, lists, outbox, overview, replies, reports, sending
from server.services.messaging.gateways.base import Reply, Report
from server.services.messaging.lists import Wish
from server.services.messaging.outbox import New
from server.services.reminding import due, greetings
from server.services.reporting import drafting, weekly
from server.storage.database import reading, writing
from tests.messaging.conftest import Clock, at, texting_office
from tests.messaging.test_outbox import Scripted
from tests.postgres import serving_postgres


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory):
    with (
        serving_postgres() as server,
        texting_office(tmp_path_factory.mktemp("office"), Clock(), DATABASE_URL=server.database("messages")) as found,
    ):
        found.use(gateway="console")
        yield found


@pytest.fixture
def texting(on_postgresql, the_clock):
    on_postgresql.clock = the_clock
    return on_postgresql


def test_two_workers_at_once_send_each_message_once_and_no_person_gets_more_than_a_day_allows(texting):
    with writing() as connection:
        for n in range(40):
            phone = f"139{n % 8:08d}"
            outbox.queue(connection, New(author=users.SYSTEM, phone=phone, text=f"Number {n}"))
    ledgers = [Scripted(), Scripted()]

    def work(gateway):
        with texting.office.app.app_context():
            sending.send_due(gateway, stretch_s=20)

    threads = [threading.Thread(target=work, args=(gateway,)) for gateway in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    sent = ledgers[0].ledger + ledgers[1].ledger
    assert len(sent) == len(set(sent)) == 8 * 3
    assert sorted(texting.states()).count("queued") == 40 - 24


def test_reports_replies_lists_and_the_register(texting):
    message = texting.queue("To the register", "13877770000")
    sending.send_due(Scripted())
    with writing() as connection:
        reports.take(connection, "scripted", Report("delivered", "1", message, message))
        first = replies.take(connection, "x", Reply("13800138000", "Thank you", "mo-1"))
        again = replies.take(connection, "x", Reply("13800138000", "Thank you", "mo-1"))
    filing.file_all()
    list_id = lists.draw_up(Wish(author=texting.office.users["chen"], name="N", text="Dear {person}"), [texting.book])

    assert (first is not None, again) == (True, None)
    assert texting.row(message).state == texting.row(message).filed == "delivered"
    assert lists.approve(list_id, texting.office.users["boss"]) == 1
    assert overview.list_page([texting.book], list_id).summary.recipients == 1
    assert overview.page([texting.book]).rows
    assert {row["content"] for row in texting.records("contact_record")} == {"Thank you"}


def test_reminders_reports_and_figures(texting):
    order = {
        "ordered_at": at("2026-11-18 12:00"),
        "lines": [{"product_name": "x", "quantity": "3", "amount_minor": 900}],
    }
    for name, values in (("order", order), ("visit", {"checked_in_at": at("2026-11-18 12:00"), "state": "done"})):
        texting.office.write(
            "north", {"op": "create", "type": name, "record": clock.new_id(), "customer": texting.shop, "set": values}
        )

    assert due.page(texting.book, ("maintainer", "supervisor"), date(2026, 12, 30))
    assert greetings.draw_up(date(2026, 12, 30)) == 0
    assert drafting.draft(date(2026, 11, 25)) == 1
    (report,) = weekly.all_reports([texting.book])
    assert (report.totals["amount_minor"], report.state) == (900, "draft")
    computed.recompute([texting.book], today=date(2026, 12, 2))
    assert computed.explain(texting.book, texting.shop).figures["purchase_quantity"] == "3"
    assert b"roundbook_messages{" in metrics.page()
    with reading() as connection:
        assert sending.is_time_to_listen(connection, 0) is False
