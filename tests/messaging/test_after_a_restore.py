"""R35: what waited in a backup may have gone out since it was made; nobody sends it again by himself."""

import pytest

from server.services import clock, restoring
from server.services.messaging import lists, opting_out, outbox, overview, sending, wanted
from server.services.messaging.lists import Wish
from server.services.messaging.outbox import NotSendable
from server.storage.database import reading, writing
from server.storage.message_tables import message_list, opt_out
from tests.messaging.conftest import Clock, texting_office
from tests.messaging.test_outbox import Scripted
from tests.messaging.test_pages import Person


@pytest.fixture
def restored(tmp_path, monkeypatch):
    """An office of its own, whose history is lost in the test."""
    the_clock = Clock()
    monkeypatch.setattr(clock, "now_ms", the_clock)
    with texting_office(tmp_path, the_clock) as found:
        found.use(gateway="console")
        yield found


def drawn_up(texting, **more):
    """A list that waits for approval."""
    return lists.draw_up(Wish(author=texting.office.users["chen"], name="News", text="News", **more), [texting.book])


def written(texting, at):
    """A message that a device sent, written at this instant."""
    record = clock.new_id()
    values = {"content": "Written on the round", "person_phone": "13900000002", "written_at": at}
    texting.office.write(
        "north", {"op": "create", "type": "message", "record": record, "customer": texting.shop, "set": values}
    )
    with writing() as connection:
        from server.storage.typed import typed_table

        table = typed_table("message")
        connection.execute(table.update().where(table.c.id == record).values(made_by=texting.office.users["li"]))
    return record


def test_r35_what_waited_is_held_what_was_being_sent_is_unknown_and_a_person_lets_it_go(restored):
    waiting, timed = restored.queue(), restored.queue(phone="13900000001", due_at=restored.clock.now + 60_000)
    first = restored.queue(phone="13900000003")
    with writing() as connection:
        row = {"id": first}
        assert outbox.begin(connection, row, "scripted", restored.clock.now + 90_000)

    restoring.after_restore("backup of last week")
    gateway = Scripted()
    for _ in range(3):
        sending.send_due(gateway)
        restored.clock.now += 3600_000

    assert gateway.ledger == []
    assert [restored.row(one).held for one in (waiting, timed)] == ["restored"] * 2
    assert (restored.row(first).state, restored.row(first).error) == ("unknown", "restored")
    later = restored.queue("New", "13900000009")
    assert overview.release([restored.book], waiting, restored.office.users["boss"])
    sending.send_due(gateway)
    assert sorted(gateway.ledger) == sorted([waiting, later])


def test_r35_a_message_that_a_device_offers_again_is_held_and_one_written_since_goes(restored):
    written_at = restored.clock.now
    restoring.after_restore("backup of last week")
    restored.clock.now += 60_000
    again, new = written(restored, written_at), written(restored, restored.clock.now)

    wanted.take_up()
    gateway = Scripted()
    sending.send_due(gateway)

    assert (restored.row(again).state, restored.row(again).held) == ("queued", "restored")
    assert gateway.ledger == [new]


def test_r35_a_message_for_later_that_is_let_go_goes_when_it_was_to_go(restored):
    timed = restored.queue(due_at=restored.clock.now + 2 * 3600_000)
    restoring.after_restore("backup of last week")

    assert overview.release([restored.book], timed, restored.office.users["boss"])
    gateway = Scripted()
    sending.send_due(gateway)
    before = list(gateway.ledger)
    restored.clock.now += 2 * 3600_000
    sending.send_due(gateway)

    assert (before, gateway.ledger) == ([], [timed])


def test_r35_who_wanted_no_more_messages_gets_none_after_the_restore_and_who_wanted_them_again_gets_them(restored):
    stopped, resumed = "8613900000001", "8613900000002"
    with writing() as connection:
        for number in (stopped, resumed):
            opting_out.stop(connection, number, "TD")
        assert opting_out.resume(connection, resumed)
        connection.execute(opt_out.delete())  # the backup is older than all of that
        opting_out._stop(connection, resumed, "TD", None)  # but for one

    done = restoring.after_restore("backup of last week")

    assert done.opt_outs == 2
    with pytest.raises(NotSendable, match="opted-out"):
        restored.queue(phone="139 0000 0001")
    assert restored.row(restored.queue(phone="139 0000 0002")).state == "queued"
    assert restoring.after_restore("once more").opt_outs == 0


def test_r35_a_list_that_waited_in_the_backup_asks_who_approves_it_and_one_drawn_up_since_does_not(restored):
    waited = drawn_up(restored)
    restored.clock.now += 60_000
    restoring.after_restore("backup of last week")
    restored.clock.now += 60_000
    since = drawn_up(restored)
    greeting_before = drawn_up(restored, kind=outbox.GREETING, send_at=restored.clock.now - 3600_000)
    greeting_after = drawn_up(restored, kind=outbox.GREETING, send_at=restored.clock.now + 3600_000)

    with reading() as connection:
        asks = [
            lists.may_have_gone_out(
                connection, connection.execute(message_list.select().where(message_list.c.id == one)).mappings().one()
            )
            for one in (waited, since, greeting_before, greeting_after)
        ]
    assert asks == [True, False, True, False]
    boss = Person(restored.office.app, "boss")
    assert ["may have gone out already" in boss.page(f"/messages/lists/{one}") for one in (waited, since)] == [
        True,
        False,
    ]
    lists.approve(waited, restored.office.users["boss"])
    assert not overview.list_page([restored.book], waited).may_have_gone_out
