"""R35: what waited in a backup may have gone out since it was made; nobody sends it again by himself."""

import pytest

from server.services import clock, restoring
from server.services.messaging import outbox, overview, sending, wanted
from server.storage.database import writing
from tests.messaging.conftest import Clock, texting_office
from tests.messaging.test_outbox import Scripted


@pytest.fixture
def restored(tmp_path, monkeypatch):
    """An office of its own, whose history is lost in the test."""
    the_clock = Clock()
    monkeypatch.setattr(clock, "now_ms", the_clock)
    with texting_office(tmp_path, the_clock) as found:
        found.use(gateway="console")
        yield found


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
