"""Whatever happens in whatever order: one holder, one place, one history (P4; R2, R8, R17, R18, R30)."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.services import books, clock, hand_overs, moves, successors, users
from server.services.books import BookError
from server.services.push import office_push
from sync_protocol.fields import Seat
from tests.head_office import HeadOffice
from tests.seats.checks import faults_of
from tests.seats.round import DAY

PEOPLE, BOOKS = 4, 3
who = st.integers(0, PEOPLE - 1)
which = st.integers(0, BOOKS - 1)
steps = st.one_of(
    st.tuples(
        st.just("hand over"), which, st.sampled_from([s.value for s in Seat]), st.none() | who, st.none() | which
    ),
    st.tuples(st.just("move"), st.lists(which, min_size=1, max_size=2, unique=True), which),
    st.tuples(st.just("visit"), which),
    st.tuples(st.just("sync"), who),
    st.tuples(st.just("succeed"), which, who),
    st.tuples(st.just("give back"), which, who),
    st.tuples(st.just("wait"), st.integers(1, 2)),
)
Step = tuple[object, ...]


@pytest.fixture(scope="module")
def people(office: HeadOffice) -> list[str]:
    return [office.user(f"person{n}") for n in range(PEOPLE)]


def visit(office: HeadOffice, customer: str, book: str) -> None:
    """A visit that the product itself writes, wherever the customer lies by now."""
    values = {"state": "open", "checked_in_at": 1}
    change = {"op": "create", "type": "visit", "record": clock.new_id(), "customer": customer, "set": values}
    with office.app.app_context():
        verdict = office_push(users.SYSTEM, book, "import", [{**change, "seat": "maintainer", "term": 0}], system=True)
    assert verdict["state"] == "applied", verdict


def carry_out(step: Step, rounds: list[str], customers: list[str], people: list[str]) -> None:
    """One step. Raises: BookError for one that cannot be; it must have changed nothing."""
    match step:
        case ("hand over", int(book), str(seat), to, days):
            until = clock.now_ms() + days * DAY + 1 if isinstance(days, int) else None
            hand_overs.hand_over(rounds[book], seat, people[to] if isinstance(to, int) else None, users.SYSTEM, until)
        case ("move", list(numbers), int(book)):
            moves.move_customers([customers[n] for n in numbers], rounds[book], users.SYSTEM)
        case ("sync", int(person)):
            hand_overs.settle_due_of(people[person])
        case ("succeed", int(book), int(person)):
            successors.plan_successor(rounds[book], people[person], users.SYSTEM)
        case ("give back", int(book), int(person)):
            hand_overs.give_back(rounds[book], "maintainer", people[person], users.SYSTEM)


@given(plan=st.lists(steps, min_size=1, max_size=12))
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_p4_any_sequence_of_hand_overs_and_moves_leaves_one_holder_one_place_and_a_whole_history(
    office: HeadOffice, people: list[str], later: Callable[[int], None], plan: list[Step]
) -> None:
    with office.app.app_context():
        rounds = [books.create_book(clock.new_id()) for _ in range(BOOKS)]
        customers = [office.customer(book, "A Shop") for book in rounds]

        for step in plan:
            match step:
                case ("wait", int(days)):
                    later(days * DAY)
                case ("visit", int(number)):
                    visit(office, customers[number], rounds[number])
                case _:
                    with contextlib.suppress(BookError):
                        carry_out(step, rounds, customers, people)

        assert faults_of() == []


def all_at_once(*works: Callable[[], None]) -> list[BaseException]:
    """Do these in threads. Returns: what any of them raised."""
    raised: list[BaseException] = []

    def caught(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=caught, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_r8_work_written_while_customers_move_to_and_fro_leaves_no_gap_and_no_record_in_two_books(
    office: HeadOffice,
) -> None:
    with office.app.app_context():
        rounds = [books.create_book(clock.new_id()) for _ in range(2)]
    customers = [office.customer(book, "Busy Shop") for book in rounds]

    def write(chance: random.Random) -> None:
        for _ in range(12):
            visit(office, chance.choice(customers), chance.choice(rounds))

    def move(chance: random.Random) -> None:
        for _ in range(12):
            with office.app.app_context():
                moves.move_customers([chance.choice(customers)], chance.choice(rounds), users.SYSTEM)

    raised = all_at_once(
        *(lambda work=work, seed=seed: work(random.Random(seed)) for work in (write, move) for seed in (1, 2))
    )

    assert raised == []
    with office.app.app_context():
        assert faults_of() == []


def test_p4_when_all_take_one_seat_at_once_all_succeed_one_behind_the_other(
    office: HeadOffice, people: list[str]
) -> None:
    with office.app.app_context():
        book = books.create_book(clock.new_id())
    terms: list[int] = []

    def give(to: str) -> None:
        with office.app.app_context():
            terms.append(hand_overs.hand_over(book, "maintainer", to, users.SYSTEM))

    raised = all_at_once(*(lambda to=to: give(to) for to in people))

    assert raised == [] and sorted(terms) == [1, 2, 3, 4]
    with office.app.app_context():
        assert faults_of() == []
        assert {term.user for term in hand_overs.history(book)} == set(people)
