"""R11: a rule that head office changes refuses nothing: an order beyond the customer's credit goes to the supervisor, with that reason."""

from __future__ import annotations

from typing import Any

import pytest

from sync_protocol import credit
from tests.console.browser import Person, shown
from tests.head_office import HeadOffice
from tests.rules.conftest import Enrolled
from tests.seats.phone import Phone
from tests.specification.small_office import LICENSING, MAINTAINER, SUPERVISOR, SmallOffice, named
from tests.wire.stranger import uuid7

LINE = {"product_name": "gin", "quantity": "2", "unit_price_minor": 1000}


@pytest.fixture
def small() -> SmallOffice:
    """Li maintains the north under Chen."""
    found = SmallOffice()
    for seat, user in ((MAINTAINER, "li"), (SUPERVISOR, "chen"), (LICENSING, None)):
        found.seat("north", seat, user)
    return found


def order(small: SmallOffice, shop: str, name: str = "order", **values: Any) -> dict[str, Any]:
    return small.change("create", "order", named(name), shop, set={"ordered_at": 1, "lines": [LINE], **values})


@pytest.mark.parametrize(
    ("limit", "owes", "values", "state"),
    [
        (None, 10**9, {"total_minor": 10**9}, "applied"),
        (5000, 3000, {"total_minor": 2000}, "applied"),
        (5000, 3000, {"total_minor": 2001}, "proposed"),
        (5000, None, {"total_minor": 5001}, "proposed"),
        (1999, None, {}, "proposed"),  # two at ten
        (1999, None, {"lines": [{**LINE, "discount_minor": 1}]}, "applied"),
        (1999, None, {"lines": [{**LINE, "amount_minor": 2000}], "total_minor": 1}, "proposed"),
        (0, None, {"lines": [{"product_name": "gin", "quantity": "2"}]}, "applied"),  # without a price
        (0, None, {"total_minor": 1}, "proposed"),
    ],
)
def test_an_order_is_judged_by_the_limit_and_what_the_customer_owes(
    small: SmallOffice, limit: int | None, owes: int | None, values: dict[str, Any], state: str
) -> None:
    known = {"credit_limit_minor": limit, "owes_minor": owes}
    shop = small.customer("shop", **{name: value for name, value in known.items() if value is not None})

    outcome = small.push("li", order(small, shop, **values))

    assert outcome.state == state
    if state == "proposed":
        proposal = small.record(outcome.proposal).fields
        assert (proposal["reason"], proposal["decider"], proposal["state"]) == ("credit", SUPERVISOR, "open")
        assert named("order") not in small.world.places


def test_an_edit_that_raises_an_order_beyond_the_limit_is_proposed_and_one_that_lowers_it_is_not(
    small: SmallOffice,
) -> None:
    shop = small.customer("shop", credit_limit_minor=5000)
    small.push("li", order(small, shop, total_minor=4000))

    raised = small.push("li", small.change("edit", "order", named("order"), set={"total_minor": 6000}))
    assert raised.state == "proposed" and small.record(named("order")).fields["total_minor"] == 4000

    small.push("office", small.change("edit", "customer", shop, set={"owes_minor": 9000}, seat=SUPERVISOR), system=True)
    lowered = small.push("li", small.change("edit", "order", named("order"), set={"total_minor": 3000}))
    noted = small.push("li", small.change("edit", "order", named("order"), set={"note": "in the morning"}))
    removed = small.push("li", small.change("remove", "order", named("order")))
    back = small.push("li", small.change("restore", "order", named("order")))

    assert [one.state for one in (lowered, noted, removed)] == ["applied"] * 3
    assert back.state == "proposed"  # it comes back as if it were new


def test_what_an_import_writes_and_what_was_accepted_is_not_asked_again(small: SmallOffice) -> None:
    shop = small.customer("shop", credit_limit_minor=100)
    assert small.push("office", order(small, shop, "imported", total_minor=900), system=True).state == "applied"
    asked = order(small, shop, total_minor=900)
    proposal = small.push("li", asked).proposal

    accept = small.change("accept", "proposal", proposal, shop, seat=SUPERVISOR, base=None)
    outcome = small.push("chen", accept, asked)

    assert outcome.state == "applied" and small.record(named("order")).made_by == "li"


def test_only_the_supervisor_accepts_it(small: SmallOffice) -> None:
    shop = small.customer("shop", credit_limit_minor=100)
    asked = order(small, shop, total_minor=900)
    proposal = small.push("li", asked).proposal

    accept = small.change("accept", "proposal", proposal, shop, base=None)

    assert ("record", "not-holder") in small.push("li", accept, asked).why and named("order") not in small.world.places


def test_a_visit_in_the_same_set_is_applied_and_what_hangs_on_the_order_waits_with_it(small: SmallOffice) -> None:
    shop = small.customer("shop", credit_limit_minor=100)
    visit = small.change("create", "visit", named("visit"), shop, set={"state": "open", "checked_in_at": 1})

    outcome = small.push("li", visit, order(small, shop, total_minor=900, visit=named("visit")))

    assert [decision.state for decision in outcome.decisions] == ["applied", "proposed"]
    assert named("visit") in small.world.places


def test_a_line_without_anything_costs_nothing() -> None:
    assert credit.total_minor({"lines": [{}], "total_minor": None}) == 0 and credit.total_minor({}) == 0


def test_on_the_wire_it_goes_to_the_supervisor_who_lets_it_count(office: HeadOffice, enrolled: Enrolled) -> None:
    li, north = enrolled("li"), office.books["north"]
    shop = office.customer("north", "Deep in debt", credit_limit_minor=5000, owes_minor=4900)
    li.sync()
    small_one, small_set = order_of(li, shop, north, 100)
    beyond, beyond_set = order_of(li, shop, north, 101)
    li.sync()

    assert li.verdict(small_set)["state"] == "applied" and li.verdict(beyond_set)["state"] == "proposed"
    proposal = next(r for r in li.records.values() if r["type"] == "proposal" and r["fields"]["of"] == beyond)
    assert proposal["fields"]["reason"] == "credit" and small_one in li.records and beyond not in li.records
    chen = Person(office.app, "chen")
    page = chen.page(f"/inbox/{proposal['id']}")
    assert "beyond the credit limit" in shown(page)
    chen.post(f"/inbox/{proposal['id']}/accept", {"base": ""})
    li.sync()

    assert li.records[beyond]["fields"]["total_minor"] == 101
    assert li.records[proposal["id"]]["fields"]["state"] == "accepted"


def order_of(phone: Phone, shop: str, book: str, total_minor: int) -> tuple[str, str]:
    """An order of one line. Returns: itself and its set."""
    made, values = uuid7(), {"ordered_at": phone.clock_ms(), "total_minor": total_minor}
    lines = [{"product_name": "gin", "quantity": "1", "amount_minor": total_minor}]
    return made, phone.save(book, phone.change("create", "order", made, shop, book, set={**values, "lines": lines}))
