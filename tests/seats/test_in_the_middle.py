"""A seat changes hands while a request of its holder is on its way through the server: the seat at the moment of judging counts,
and the answer holds nothing of what is out of scope by then (R5, R8, R17, R23)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from server.services import hand_overs, round_trip, users
from server.storage.database import writing
from tests.seats.phone import Phone
from tests.seats.round import Round, states

HERE_S = 30


@contextmanager
def beside(round_: Round, work: Callable[[], None]) -> Iterator[threading.Thread]:
    """Something that another process of head office does at the same time, on a connection of its own."""

    def run() -> None:
        with round_.office.app.app_context():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    yield thread
    thread.join(HERE_S)
    assert not thread.is_alive()


def between(
    monkeypatch: pytest.MonkeyPatch, round_: Round, step: str, *, before: bool, work: Callable[[], None]
) -> None:
    """Let `work` be done, elsewhere, once: before or after this step of the next request."""
    real, done = getattr(round_trip, step), []

    def once() -> None:
        if not done:
            done.append(True)
            with beside(round_, work):
                pass

    def stepped(*args: Any, **more: Any) -> Any:
        if before:
            once()
        found = real(*args, **more)
        if not before:
            once()
        return found

    monkeypatch.setattr(round_trip, step, stepped)


def to_zhou(round_: Round) -> None:
    hand_overs.hand_over(round_.north, "maintainer", round_.user("zhou"), users.SYSTEM)
    round_.office.customer(round_.north, "Not for Li", home_address="12 Elm Street")


def a_day(li: Phone, customer: str, book: str, product: str) -> tuple[str, str]:
    """A visit, an order and an edit in one set. Returns: the set, the visit."""
    visit, a_visit = li.visit(customer, book)
    an_order = li.order(customer, book, product)[1]
    return li.save(book, a_visit, an_order, li.edit(customer, book, needs="glasses")), visit


def assert_nothing_of(book: str, answer: dict[str, Any]) -> None:
    assert book not in answer["scope"] and book not in answer.get("cursors", {}) and book not in answer.get("check", {})
    assert [told for told in answer.get("records", []) if told["book"] == book] == []
    assert [told for told in answer.get("own", []) if told["book"] == book] == []
    assert "Not for Li" not in str(answer) and "Elm Street" not in str(answer)


@pytest.mark.parametrize(
    ("step", "before"), [("refuse", True), ("refuse", False), ("judge", True)], ids=["known", "let in", "to be judged"]
)
def test_a_hand_over_after_the_device_was_recognised_counts_for_its_work_and_its_answer(
    round_: Round, monkeypatch: pytest.MonkeyPatch, step: str, before: bool
) -> None:
    customer, product = round_.customer("Corner Shop", needs="ice"), round_.office.product("A1", "Black Velvet", 100)
    li = round_.phone("li")
    made, visit = a_day(li, customer, round_.north, product)
    between(monkeypatch, round_, step, before=before, work=lambda: to_zhou(round_))

    answer = li.round_trip(own=True).json

    verdict = li.verdict(made)
    assert (verdict["state"], states(verdict)) == ("proposed", ["applied", "proposed", "proposed"])
    assert verdict["late"] is True
    assert_nothing_of(round_.north, answer)
    zhou = round_.phone("zhou")
    assert visit in zhou.records and zhou.records[customer]["fields"]["needs"] == "ice"


def test_a_hand_over_that_holds_the_book_when_the_work_comes_is_waited_for(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The push waits for the lock, and then sees the seat as the other left it (R8)."""
    customer, product = round_.customer("Corner Shop", needs="ice"), round_.office.product("A1", "Black Velvet", 100)
    li = round_.phone("li")
    made, _ = a_day(li, customer, round_.north, product)
    held, judged, real = threading.Event(), threading.Event(), round_trip.judge

    def hand_over() -> None:
        with writing() as connection:
            hand_overs._hand_over(connection, round_.north, "maintainer", round_.user("zhou"), users.SYSTEM, None)
            held.set()
            assert judged.wait(HERE_S)
            time.sleep(0.3)  # so that it does wait; it comes to the same if it need not

    def judge(*args: Any, **more: Any) -> Any:
        judged.set()
        return real(*args, **more)

    monkeypatch.setattr(round_trip, "judge", judge)
    with beside(round_, hand_over):
        assert held.wait(HERE_S)
        answer = li.round_trip(own=True).json

    assert states(li.verdict(made)) == ["applied", "proposed", "proposed"] and li.verdict(made)["late"] is True
    assert_nothing_of(round_.north, answer)


def test_a_hand_over_between_the_judgement_and_the_page_changes_the_answer_alone(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, product = round_.customer("Corner Shop", needs="ice"), round_.office.product("A1", "Black Velvet", 100)
    li = round_.phone("li")
    made, visit = a_day(li, customer, round_.north, product)
    between(monkeypatch, round_, "judge", before=False, work=lambda: to_zhou(round_))

    answer = li.round_trip(own=True).json

    assert states(li.verdict(made)) == ["applied", "applied", "applied"] and "late" not in li.verdict(made)
    assert_nothing_of(round_.north, answer)
    zhou = round_.phone("zhou")
    assert visit in zhou.records and zhou.records[customer]["fields"]["needs"] == "glasses"


def test_each_set_of_a_request_is_judged_by_the_seat_of_its_own_moment(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = round_.customer("Corner Shop", needs="ice")
    li = round_.phone("li")
    first = li.save(round_.north, li.edit(customer, round_.north, needs="glasses"))
    second = li.save(round_.north, li.edit(customer, round_.north, needs="coolers"))
    real, seen = round_trip.push.push, []

    def push(*args: Any, **more: Any) -> Any:
        found = real(*args, **more)
        if not seen:
            seen.append(args[1])
            with beside(round_, lambda: to_zhou(round_)):
                pass
        return found

    monkeypatch.setattr(round_trip.push_together, "groups", lambda sender, sets: [
        [round_trip.push_together.Numbered(seq, wire)] for seq, wire in sets
    ])  # fmt: skip
    monkeypatch.setattr(round_trip.push, "push", push)

    answer = li.round_trip().json

    assert [li.verdict(made)["state"] for made in (first, second)] == ["applied", "proposed"]
    assert_nothing_of(round_.north, answer)
