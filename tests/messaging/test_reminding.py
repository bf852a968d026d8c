"""Reminders at head office are those of the device; greetings are drawn up once, approved, and go out on their day."""

import dataclasses
import random
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from benchmarks.messages import same_reminders
from server.services.messaging import lists, sending, templates
from server.services.messaging.lists import ListError
from server.services.reminding import due, editing, greetings
from server.storage.database import reading, writing
from server.storage.message_tables import message_list, message_recipient
from tests.messaging.conftest import at
from tests.messaging.test_outbox import Scripted

ZONE = ZoneInfo("Asia/Shanghai")


def test_device_and_head_office_remind_of_the_same_for_random_customers_and_days(texting):
    """Ten thousand of them are in `make soak-messages`."""
    found = same_reminders.compare(texting.office, customers=60, days=5, seed=7)

    assert found["compared"] == 300
    assert found["different"] == 0
    assert found["reminders"] > 100
    assert len(found["kinds"]) >= 8


def test_a_rule_that_head_office_changes_holds_at_once_and_one_out_of_force_reminds_of_nothing(texting):
    boss = texting.office.users["boss"]
    day = date(2026, 11, 25)

    def kinds():
        return {one.reminder.rule for one in due.page(texting.book, ("maintainer",), day)}

    assert "contact-open" in kinds() or "contact-completed" in kinds()
    rule = "contact-open" if "contact-open" in kinds() else "contact-completed"
    assert editing.change(boss, rule, {"active": False})["state"] == "applied"
    assert rule not in kinds()
    assert not next(one for one in editing.all_rules() if one.key == rule).active
    assert editing.change(boss, rule, {"active": True, "every_days": 14})["state"] in ("applied", "merged")
    assert rule in kinds()
    assert next(one for one in editing.all_rules() if one.key == rule).every_days == 14
    assert editing.change(boss, "no-such-rule", {"active": False}) is None


@pytest.fixture
def birthday(texting):
    """A shop whose owner has a lunar birthday in a leap month; a template in use."""
    shop = texting.office.customer(
        "north", "Leap Month Shop", contact_phone="13866660000", contact_person="Mr Run", birthday="1987-07-30",
        birthday_calendar="lunar",
    )  # fmt: skip
    values = {"template_name": "B", "purpose": "birthday", "content": "Happy birthday, {person}!", "active": True}
    assert templates.save(texting.office.users["boss"], values)["state"] == "refused", "it is no act of his role"
    texting.reference("message_template", {**values, "language": "en"})
    yield shop
    texting.office.write("north", {"op": "remove", "type": "customer", "record": shop, "customer": shop})


def drawn():
    with reading() as connection:
        return connection.execute(message_list.select().order_by(message_list.c.created_at)).all()


def people(list_id):
    with reading() as connection:
        return [
            row.name
            for row in connection.execute(message_recipient.select().where(message_recipient.c.list_id == list_id))
            if row.left_out is None
        ]


def test_a_lunar_birthday_in_a_leap_month_gets_its_greeting_once_on_its_day_after_approval(texting, birthday):
    from sync_protocol.reminders import next_birthday

    on = next_birthday(date(1987, 7, 30), "lunar", date(2026, 6, 1))
    made = sum(greetings.draw_up(on - timedelta(days=ahead)) for ahead in (5, 4, 3, 2, 1, 0))

    (row,) = drawn()
    assert (made, row.unique_key, people(row.id)) == (1, f"birthday/{on}", ["Leap Month Shop"])
    texting.clock.now = at(f"{on - timedelta(days=2)} 10:00")
    assert lists.approve(row.id, texting.office.users["boss"]) == 1
    gateway = Scripted()
    sending.send_due(gateway)
    assert gateway.ledger == []
    texting.clock.now = at(f"{on} 09:00")
    sending.send_due(gateway)
    assert len(gateway.ledger) == 1


def test_a_greeting_is_not_approved_after_its_day(texting, birthday):
    from sync_protocol.reminders import next_birthday

    on = next_birthday(date(1987, 7, 30), "lunar", date(2026, 6, 1))
    greetings.draw_up(on)
    (row,) = drawn()
    texting.clock.now = at(f"{on + timedelta(days=1)} 08:30")

    with pytest.raises(ListError, match="too-late"):
        lists.approve(row.id, texting.office.users["boss"])

    assert texting.states() == []


def test_an_important_customer_who_waits_too_long_is_the_supervisors_to_know(texting):
    shop = texting.office.customer(
        "north", "Important Shop", vip=True, customer_state="completed", file_opened_on="2026-01-01"
    )
    texting.office.write(
        "north",
        {"op": "create", "type": "contact_record", "record": _id(texting), "customer": shop, "set": {"contacted_at": at("2026-06-01 10:00")}},
    )  # fmt: skip

    found = due.page(texting.book, ("supervisor",), date(2026, 11, 25), only="escalation")

    assert [one.name for one in found] == ["Important Shop"]
    assert due.page(texting.book, ("maintainer",), date(2026, 11, 25), only="escalation") == []


def _id(texting):
    from server.services import clock

    return clock.new_id()


def test_random_customers_are_random():
    assert same_reminders.random_file(random.Random(1)) != same_reminders.random_file(random.Random(2))
    assert dataclasses.is_dataclass(same_reminders.Kind)


def test_nothing_is_drawn_up_twice_for_one_holiday(texting):
    texting.reference(
        "message_template",
        {"template_name": "H", "purpose": "holiday", "content": "{company} wishes you a happy {holiday}.", "language": "en", "active": True},
    )  # fmt: skip

    greetings.draw_up(date(2026, 12, 29))
    greetings.draw_up(date(2026, 12, 30))
    with writing():
        pass

    assert [row.unique_key for row in drawn() if row.unique_key.startswith("holiday")] == [
        "holiday-new-year/2027-01-01"
    ]


@pytest.mark.parametrize(("later", "kept"), [("2026-11-10", True), ("2026-11-09", False), (None, False)])
def test_a_callback_is_kept_by_another_contact_on_its_day_or_later_on_both_sides(texting, later, kept):
    from server.services.reminding import facts
    from sync_protocol.reminders import history_of

    shop = texting.office.customer("north", "Callback Shop")
    agreed = {"contacted_at": at("2026-11-01 10:00"), "callback_at": at("2026-11-10 09:00"), "callback_content": "Ask"}
    records = [(_id(texting), "contact_record", agreed)]
    if later:
        records.append((_id(texting), "visit", {"checked_in_at": at(f"{later} 15:00"), "state": "done"}))
    for record, name, values in records:
        texting.office.write("north", {"op": "create", "type": name, "record": record, "customer": shop, "set": values})

    with reading() as connection:
        ours = facts.histories(connection, texting.book)[shop]

    assert ours == history_of(records, ZONE)
    assert [one.content for one in ours.callbacks] == ([] if kept else ["Ask"])


def test_a_signed_check_of_the_register_ends_its_reminder_until_it_is_due_again(texting):
    from server.storage.console_tables import register_check

    def is_due(day):
        return "register_check" in {one.reminder.kind for one in due.page(texting.book, ("supervisor",), day)}

    assert is_due(date(2026, 11, 25))
    with writing() as connection:
        signed_at = at("2026-11-25 10:00")
        row = {
            "book_id": texting.book,
            "id": _id(texting),
            "from_at": 0,
            "until_at": signed_at,
            "visits": 0,
            "digest": "",
        }
        connection.execute(register_check.insert().values(**row, records="[]", by="x", signed_at=signed_at))
    try:
        assert not is_due(date(2026, 11, 25))
        assert is_due(date(2026, 12, 2))
    finally:
        with writing() as connection:
            connection.execute(register_check.delete())
