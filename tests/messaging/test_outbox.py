"""The outbox: what becomes of a message, whatever the gateway does and wherever the worker dies."""

import threading
import time

import pytest

from server.services import clock
from server.services.messaging import calls, limits, opting_out, outbox, sending
from server.services.messaging.gateways.base import Gateway, NotTaken, Refused, Sent, Unknown
from server.services.messaging.outbox import NotSendable
from server.storage.database import writing
from tests.messaging.conftest import NOON, at


class Scripted(Gateway):
    """Says what the test has written down; keeps the ledger of what it was handed."""

    name = "scripted"

    def __init__(self, *outcomes):
        self.outcomes, self.ledger = list(outcomes), []

    def send(self, message):
        self.ledger.append(message.id)
        outcome = self.outcomes.pop(0) if self.outcomes else Sent(f"g-{len(self.ledger)}")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class Dies(BaseException):
    """The worker is killed here."""


def test_a_message_goes_out_once_and_is_sent(texting):
    message, gateway = texting.queue(), Scripted()

    sending.send_due(gateway)
    sending.send_due(gateway)

    assert gateway.ledger == [message]
    row = texting.row(message)
    assert (row.state, row.gateway_id, row.attempt, row.encoding, row.parts) == ("sent", "g-1", 1, "gsm7", 1)


def test_sending_is_committed_before_the_gateway_is_called(texting):
    message = texting.queue()

    class Looks(Scripted):
        def send(self, outgoing):
            self.seen = texting.row(outgoing.id).state
            return super().send(outgoing)

    gateway = Looks()
    sending.send_due(gateway)

    assert gateway.seen == "sending"
    assert texting.row(message).state == "sent"


def test_a_worker_that_dies_in_the_call_leaves_an_unknown_outcome_that_nobody_sends_again(texting):
    message, gateway = texting.queue(), Scripted(Dies())
    with pytest.raises(Dies):
        sending.send_due(gateway)

    sending.send_due(gateway)
    assert texting.row(message).state == "sending"
    texting.clock.now += sending.SENDING_MS + 1000
    for _ in range(5):
        sending.send_due(gateway)
        texting.clock.now += 3600_000

    row = texting.row(message)
    assert (row.state, row.error) == ("unknown", "worker-ended")
    assert gateway.ledger == [message]


def test_a_gateway_that_answers_nothing_clear_uses_up_no_list(texting):
    for n in range(40):
        texting.queue(phone=f"139000000{n:02d}", kind="group")
    gateway = Scripted(*[Unknown("500")] * 12)

    for _ in range(4):  # four sweeps of the scheduler
        sending.send_due(gateway)
        texting.clock.now += 18_000

    assert len(gateway.ledger) == 2 * calls.UNKNOWN_MOST
    texting.clock.now += 60_000
    for _ in range(3):
        sending.send_due(gateway)
        texting.clock.now += 60_000
    assert texting.states().count("unknown") == 12
    assert texting.states().count("sent") == 28


@pytest.mark.parametrize(
    ("outcome", "state"), [(Refused("400"), "failed"), (Unknown("no-answer"), "unknown"), (Sent("x"), "sent")]
)
def test_what_the_gateway_says_is_written_down_and_never_tried_again(texting, outcome, state):
    message, gateway = texting.queue(), Scripted(outcome)

    for _ in range(3):
        sending.send_due(gateway)
        texting.clock.now += 3600_000

    assert texting.row(message).state == state
    assert gateway.ledger == [message]


def test_a_message_that_was_certainly_not_taken_waits_and_is_tried_again(texting):
    message, gateway = texting.queue(), Scripted(NotTaken("throttled"), NotTaken("throttled"), Sent("y"))

    sending.send_due(gateway)
    assert texting.row(message).state == "queued"
    sending.send_due(gateway)
    assert len(gateway.ledger) == 1
    for _ in range(2):
        texting.clock.now += 120_000
        sending.send_due(gateway)

    assert (texting.row(message).state, len(gateway.ledger)) == ("sent", 3)


def test_a_gateway_that_is_away_costs_no_attempt_and_stops_the_run(texting):
    for _ in range(5):
        texting.queue()
    gateway = Scripted(*[NotTaken("unreachable", away=True)] * 90)

    for _ in range(30):
        sending.send_due(gateway)
        texting.clock.now += 31_000

    assert len(gateway.ledger) == 30 * calls.AWAY_MOST
    assert texting.states() == ["queued"] * 5


def test_a_message_that_is_never_taken_fails_in_the_end(texting):
    message, gateway = texting.queue(), Scripted(*[NotTaken("throttled")] * 50)

    for _ in range(50):
        sending.send_due(gateway)
        texting.clock.now += 7200_000

    assert (texting.row(message).state, len(gateway.ledger)) == ("failed", outbox.ATTEMPTS_MOST)


def test_an_answer_that_comes_after_the_message_was_given_up_says_what_became_of_it(texting):
    message = texting.queue()
    with writing() as connection:
        taken = sending.take_one(connection, "scripted")
    texting.clock.now += sending.SENDING_MS + 1
    sending.send_due(Scripted())
    assert texting.row(message).state == "unknown"

    sending._settle(taken, Sent("late"), "scripted")

    assert (texting.row(message).state, texting.row(message).gateway_id) == ("sent", "late")


def test_in_the_quiet_hours_nothing_goes_out_and_in_the_morning_all_does(texting):
    texting.clock.now = at("2026-11-25 21:00")
    message, gateway = texting.queue(), Scripted()

    sending.send_due(gateway)
    assert gateway.ledger == []
    assert texting.row(message).due_at == at("2026-11-26 08:00")
    texting.clock.now = at("2026-11-26 07:59")
    sending.send_due(gateway)
    assert gateway.ledger == []
    texting.clock.now = at("2026-11-26 08:00")
    sending.send_due(gateway)

    assert gateway.ledger == [message]


def test_when_the_quiet_hours_begin_in_the_midst_of_a_run_the_rest_waits(texting):
    texting.clock.now = at("2026-11-25 20:59")
    first, second = texting.queue(), texting.queue()

    class Slow(Scripted):
        def send(self, message):
            texting.clock.now = at("2026-11-25 21:01")
            return super().send(message)

    gateway = Slow()
    sending.send_due(gateway)

    assert gateway.ledger == [first]
    assert (texting.row(second).state, texting.row(second).due_at) == ("queued", at("2026-11-26 08:00"))


def test_a_message_for_later_waits_for_its_time(texting):
    message, gateway = texting.queue(due_at=at("2026-11-25 15:00")), Scripted()

    sending.send_due(gateway)
    assert gateway.ledger == []
    texting.clock.now = at("2026-11-25 15:00")
    sending.send_due(gateway)

    assert gateway.ledger == [message]


def test_a_person_gets_no_more_in_a_day_than_the_rules_say_however_his_number_is_written(texting):
    phones = ("13800138000", "+86 138 0013 8000", "0086-138-0013-8000", "138 0013 8000", "13800138000")
    for phone in phones:
        texting.queue(phone=phone)
    gateway = Scripted()

    sending.send_due(gateway)
    assert len(gateway.ledger) == 3
    texting.clock.now = at("2026-11-26 08:00")
    sending.send_due(gateway)

    assert len(gateway.ledger) == 5


def test_a_second_greeting_on_one_day_is_not_sent_and_says_why(texting):
    texting.queue("Happy birthday", kind="greeting")
    second = texting.queue("Happy new year", kind="greeting")
    gateway = Scripted()

    sending.send_due(gateway)

    assert len(gateway.ledger) == 1
    assert (texting.row(second).state, texting.row(second).error) == ("failed", "greeted-today")


def test_who_opted_out_gets_nothing_and_what_waits_for_him_fails(texting):
    waiting, gateway = texting.queue(due_at=at("2026-11-25 15:00")), Scripted()
    with writing() as connection:
        opting_out.stop(connection, "8613800138000", "T")

    with pytest.raises(NotSendable, match="opted-out"):
        texting.queue(phone="+8613800138000")
    texting.clock.now = at("2026-11-25 15:00")
    sending.send_due(gateway)

    assert gateway.ledger == []
    assert (texting.row(waiting).state, texting.row(waiting).error) == ("failed", "opted-out")


def test_messages_of_somebody_who_was_dismissed_are_held(texting):
    from server.storage.tables import user_account

    message, gateway = texting.queue(), Scripted()
    with writing() as connection:
        connection.execute(
            user_account.update().where(user_account.c.id == texting.office.users["li"]).values(state="disabled")
        )

    sending.send_due(gateway)

    assert gateway.ledger == []
    assert (texting.row(message).state, texting.row(message).held) == ("queued", "author-left")


def test_what_a_person_wrote_goes_before_what_a_list_sends(texting):
    group = [texting.queue(phone=f"1390000000{n}", kind="group") for n in range(3)]
    one = texting.queue()
    gateway = Scripted()

    sending.send_due(gateway)

    assert gateway.ledger == [one, *group]


def test_the_gateway_gets_no_more_in_a_second_than_it_takes(texting, monkeypatch):
    texting.use(gateway="console", per_second=10)
    for n in range(21):
        texting.queue(phone=f"139000000{n:02d}")
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        texting.clock.now += int(seconds * 1000) + 1

    monkeypatch.setattr(sending.time, "sleep", sleep)
    began = texting.clock.now
    gateway = Scripted()
    sending.send_due(gateway)

    assert len(gateway.ledger) == 21
    assert texting.clock.now - began >= 2000
    assert sum(slept) >= 1.5


@pytest.mark.parametrize(
    ("phone", "text", "reason"),
    [("12", "x", "no-number"), ("13800138000", "  ", "no-text"), ("13800138000", "字" * 600, "too-long")],
)
def test_what_can_never_be_sent_is_not_queued(texting, phone, text, reason):
    with pytest.raises(NotSendable, match=reason):
        texting.queue(text, phone)

    assert texting.states() == []


def test_a_message_with_the_same_key_is_queued_once(texting):
    texting.queue(unique="birthday/1/2026")
    with pytest.raises(AssertionError):
        texting.queue(unique="birthday/1/2026")

    assert texting.states() == ["queued"]


def test_rules_that_make_no_sense_are_not_put_in_force(texting):
    for wrong in ({"quiet_from": "25:00"}, {"per_day": 0}, {"stop_words": ()}):
        with writing() as connection, pytest.raises(limits.LimitsError):
            limits.save(connection, limits.Limits(**wrong))


class Slow(Scripted):
    """Answers a call after some time, several at once; keeps how many there were."""

    at_once = 4

    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.now, self.most, self.lock = seconds, 0, 0, threading.Lock()

    def send(self, message):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
            return super().send(message)


def test_a_gateway_that_answers_slowly_still_gets_as_much_as_it_takes(texting, monkeypatch):
    noon_at = time.monotonic()
    monkeypatch.setattr(clock, "now_ms", lambda: NOON + int((time.monotonic() - noon_at) * 1000))
    texting.use(gateway="console", per_second=20)
    for n in range(24):
        texting.queue(phone=f"139000001{n:02d}", kind="group")
    gateway, began = Slow(0.15), time.monotonic()  # one after the other: 3.6 s

    sending.send_due(gateway)

    took_s = time.monotonic() - began
    assert len(set(gateway.ledger)) == len(gateway.ledger) == 24
    assert set(texting.states()) == {"sent"}
    assert gateway.most >= 2
    assert 1.1 <= took_s < 3.5, "24 at 20 a second"


def test_of_several_calls_at_once_each_has_its_own_outcome_and_a_broken_one_ends_the_run(texting):
    for n in range(12):
        texting.queue(phone=f"139000001{n:02d}", kind="group")
    gateway = Slow(0.02)
    gateway.outcomes = [Sent("a"), ValueError("a bug"), Refused("400"), Unknown("500"), *[Sent("b")] * 8]

    with pytest.raises(ValueError, match="a bug"):
        sending.send_due(gateway)

    states = texting.states()
    assert (states.count("sending"), states.count("failed"), states.count("unknown")) == (1, 1, 1)
    assert states.count("queued") >= 4, "no further call was made after it"
    texting.clock.now += sending.SENDING_MS + 1000
    sending.send_due(gateway)
    assert sorted(set(texting.states())) == ["failed", "sent", "unknown"]
    assert len(gateway.ledger) == 12
