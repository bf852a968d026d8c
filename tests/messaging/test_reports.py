"""Reports and replies: in any order, twice, before the answer, for a message that is given up: a state only moves forward."""

from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.services import jobs
from server.services.messaging import filing, opting_out, outbox, replies, reports, sending
from server.services.messaging.gateways.base import Refused, Reply, Report, Sent, Unknown
from server.storage.database import reading, writing
from server.storage.message_tables import message_in, message_report
from sync_protocol.messaging.states import FORWARD
from tests.messaging.test_outbox import Scripted

G = "scripted"
EVENTS = {
    "answer": lambda m: ("settle", Sent("g-1")),
    "no answer": lambda m: ("settle", Unknown("no-answer")),
    "sent": lambda m: ("report", Report("sent", "8", "g-1", m)),
    "failed": lambda m: ("report", Report("failed", "16", "g-1", m)),
    "delivered": lambda m: ("report", Report("delivered", "1", "g-1", m)),
    "delivered, by the gateway's id": lambda m: ("report", Report("delivered", "1", "g-1")),
}
SAYS = {"answer": "sent", "no answer": "unknown", "sent": "sent", "failed": "failed", "delivered": "delivered"}


def tell(message, event):
    what, value = EVENTS[event](message)
    with writing() as connection:
        if what == "settle":
            outbox.settle(connection, message, 1, value)
            reports.apply_early(connection, G, message)
        else:
            reports.take(connection, G, value)


@pytest.mark.parametrize("order", list(permutations(["answer", "sent", "delivered"])))
def test_reports_that_come_before_the_answer_or_after_it_end_in_the_same(texting, order):
    message = texting.queue()
    with writing() as connection:
        sending.take_one(connection, G)

    for event in order:
        tell(message, event)

    assert texting.row(message).state == "delivered"
    assert texting.row(message).gateway_id == "g-1"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from([name for name in EVENTS if name in SAYS]), min_size=1, max_size=8))
def test_whatever_is_told_in_whatever_order_the_state_is_the_furthest_that_was_told(texting, events):
    message = texting.queue(phone=f"139{texting.clock.now % 10**8:08d}")
    with writing() as connection:
        sending.take_one(connection, G)
    seen = []

    for event in events:
        tell(message, event)
        seen.append(FORWARD.index(texting.row(message).state))

    assert seen == sorted(seen)
    assert seen[-1] == max(FORWARD.index(SAYS[event]) for event in events)


def test_a_report_that_names_only_the_gateways_id_counts_as_soon_as_that_id_is_known(texting):
    message = texting.queue()
    with writing() as connection:
        sending.take_one(connection, G)

    tell(message, "delivered, by the gateway's id")
    assert texting.row(message).state == "sending"
    tell(message, "answer")

    assert texting.row(message).state == "delivered"


def test_a_report_that_comes_twice_is_kept_once(texting):
    message = texting.queue()
    with writing() as connection:
        sending.take_one(connection, G)

    for _ in range(3):
        tell(message, "delivered")

    with reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(message_report)) == 1


def test_a_report_about_a_message_of_nobody_changes_nothing(texting):
    message = texting.queue()

    with writing() as connection:
        known = reports.take(connection, G, Report("delivered", "1", "somebody-elses"))

    assert known is False
    assert texting.row(message).state == "queued"


def test_what_became_of_a_message_stands_in_the_customers_register_and_moves_on_with_it(texting):
    message = texting.queue("Your order is on its way")
    sending.send_due(Scripted(Sent("g-1")))

    filing.file_all()
    (first,) = [row for row in texting.records("message") if row["id"] == message]
    tell(message, "delivered")
    filing.file_all()
    (second,) = [row for row in texting.records("message") if row["id"] == message]
    rev = second["pos"]
    filing.file_all()
    (third,) = [row for row in texting.records("message") if row["id"] == message]

    assert (first["content"], first["state"], first["customer"]) == ("Your order is on its way", "sent", texting.shop)
    assert second["state"] == "delivered"
    assert third["pos"] == rev, "an equal value writes no log entry"


def test_a_message_that_cannot_be_filed_holds_up_no_other(texting):
    lost = texting.queue("to nobody's file", customer="018f0000-0000-7000-8000-00000000dead")
    good = texting.queue("to a file")
    sending.send_due(Scripted(Refused("x"), Refused("x")))

    filing.file_all()
    filing.file_all()

    assert {row["id"] for row in texting.records("message")} & {lost, good} == {good}
    with reading() as connection:
        assert not filing.has_work(connection, 0)


def take(reply):
    with writing() as connection:
        return replies.take(connection, G, reply)


def test_a_reply_is_filed_into_the_register_of_the_customer_with_that_number_once(texting):
    first = take(Reply("+86 13800138000", "请明天送货", "mo-1"))
    again = take(Reply("+86 13800138000", "请明天送货", "mo-1"))
    with reading() as connection:
        assert jobs.is_open(connection, "file_messages")

    filing.file_all()
    filing.file_all()

    assert (first is not None, again) == (True, None)
    (found,) = [row for row in texting.records("contact_record") if row["content"] == "请明天送货"]
    assert (found["channel"], found["initiative"], found["customer"]) == ("sms", "theirs", texting.shop)


def test_a_reply_from_nobody_known_goes_to_the_tray_and_from_there_to_a_customer_by_hand(texting):
    message = take(Reply("13911112222", "who is this", "mo-2"))
    with reading() as connection:
        assert [row["text"] for row in replies.tray(connection)] == ["who is this"]

    with writing() as connection:
        assert replies.assign(connection, message, texting.shop, texting.office.users["li"])
        assert not replies.assign(connection, message, texting.shop, texting.office.users["li"])
    filing.file_all()

    with reading() as connection:
        assert replies.tray(connection) == []
    assert "who is this" in {row["content"] for row in texting.records("contact_record")}


@pytest.mark.parametrize("word", ["STOP", "stop", " T ", "td.", "退订"])
def test_a_word_that_means_no_more_ends_it_at_once(texting, word):
    waiting = texting.queue(due_at=texting.clock.now + 3600_000)

    take(Reply("13800138000", word, f"mo-{word}"))

    assert (texting.row(waiting).state, texting.row(waiting).error) == ("failed", "opted-out")
    with reading() as connection:
        assert opting_out.has_opted_out(connection, "8613800138000")


def test_a_reply_that_only_holds_such_a_word_among_others_ends_nothing(texting):
    take(Reply("13800138000", "Please stop by tomorrow", "mo-3"))

    with reading() as connection:
        assert not opting_out.has_opted_out(connection, "8613800138000")


def test_a_reply_with_what_no_field_may_hold_is_filed_without_it(texting):
    take(Reply("13800138000", "ok\x00\x07 thanks \ud83d", "mo-4"))
    filing.file_all()

    with reading() as connection:
        states = dict(connection.execute(sa.select(message_in.c.text, message_in.c.state)).all())
    assert states == {"ok thanks ": "filed"}
