"""A set meets the state of the server: what becomes of its changes, and what they leave in log, proposals and conflicts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.specification.small_office import LICENSING, MAINTAINER, SUPERVISOR, VISIT, SmallOffice, named

ORDER = {"ordered_at": 1, "lines": [{"quantity": "2", "product_name": "gin"}]}


def an_office() -> SmallOffice:
    """Li maintains the north under Chen; the south has no maintainer."""
    found = SmallOffice()
    for book, maintainer in (("north", "li"), ("south", None)):
        found.seat(book, MAINTAINER, maintainer)
        found.seat(book, SUPERVISOR, "chen")
        found.seat(book, LICENSING, None)
    return found


@pytest.fixture
def office() -> SmallOffice:
    return an_office()


# R6, R7: sets


def test_one_refused_change_refuses_the_set(office: SmallOffice) -> None:
    """R6."""
    shop = office.customer("shop")
    good = office.change("create", "visit", named("visit"), shop, set=VISIT)
    bad = office.change("edit", "customer", shop, set={"grade": "AA"})

    outcome = office.push("li", good, bad)

    assert outcome.state == "refused" and named("visit") not in office.world.places


def test_one_waiting_change_holds_the_set(office: SmallOffice) -> None:
    """R6."""
    shop = office.customer("shop")
    good = office.change("create", "visit", named("visit"), shop, set=VISIT)
    early = office.change("create", "visit", named("other"), named("nobody"), set=VISIT)

    outcome = office.push("li", good, early)

    assert outcome.state == "waiting" and named("visit") not in office.world.places


def test_later_changes_of_a_set_see_earlier_ones(office: SmallOffice) -> None:
    """§5: a set makes a customer, his visit, and edits what it has just made; nothing of it conflicts with itself."""
    new = named("new")
    visit = office.change("create", "visit", named("visit"), new, set=VISIT)
    create = office.change("create", "customer", new, set={"store_name": "New", "needs": "ice"})
    edit = office.change("edit", "customer", new, set={"needs": "glasses"})

    outcome = office.push("li", create, visit, edit)

    assert outcome.state == "applied" and outcome.kinds == ["create", "create", "edit"]
    assert office.fields(new)["needs"] == "glasses"


@pytest.mark.parametrize("op", ["edit", "remove", "restore"])
def test_a_change_that_changes_nothing_takes_one_position(office: SmallOffice, op: str) -> None:
    """R7."""
    shop = office.customer("shop", needs="ice")
    if op == "remove":
        office.push("li", office.change("remove", "customer", shop))
    before = office.record(shop)

    outcome = office.push("li", office.change(op, "customer", shop, set={"needs": "ice"} if op == "edit" else {}))

    assert (outcome.state, outcome.kinds) == ("applied", ["nothing"])
    assert office.record(shop) == before


# R10: names


def test_an_id_in_use_is_refused_and_says_nothing_of_where(office: SmallOffice) -> None:
    """R10, scenario 24."""
    shop, far = office.customer("shop"), office.customer("far", "south")

    outcomes = [
        office.push("li", office.change("create", "customer", record, set={"store_name": "x"}, base=None))
        for record in (shop, far)
    ]

    assert [(o.state, o.why) for o in outcomes] == [("refused", [("record", "id-taken")])] * 2


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("customer", ("customer", "customer.unknown")),
        ("parent", ("set", "parent.unknown")),
        ("record", ("record", "record.unknown")),
    ],
)
def test_what_names_something_that_has_not_come_waits(
    office: SmallOffice, member: str, reason: tuple[str, str]
) -> None:
    """R10."""
    shop, absent = office.customer("shop"), named("absent")
    change = {
        "customer": office.change("create", "visit", named("v"), absent, set=VISIT),
        "parent": office.change(
            "create", "stock_count", named("s"), shop, set={"visit": absent, "quantity": "1", "counted_at": 1}
        ),
        "record": office.change("edit", "visit", absent, shop, set={"situation": "x"}),
    }[member]

    outcome = office.push("li", change)

    assert (outcome.state, outcome.why) == ("waiting", [reason])


def test_what_was_erased_stays_erased(office: SmallOffice) -> None:
    """R10, R20, scenario 29."""
    shop = office.customer("shop")
    office.world.erased = frozenset({shop})

    for change in (
        office.change("edit", "customer", shop, set={"needs": "ice"}),
        office.change("create", "visit", named("v"), shop, set=VISIT),
    ):
        assert office.push("li", change).why == [("record", "erased")]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"type": "visit"}, ("type", "type.differs")),
        ({"customer": named("far")}, ("customer", "customer.itself")),
        ({"customer": None}, ("customer", "customer.itself")),
    ],
)
def test_a_customer_is_what_it_is_and_his_own(
    office: SmallOffice, changed: dict[str, Any], reason: tuple[str, str]
) -> None:
    """R21: devices never change `customer`."""
    shop = office.customer("shop")
    change = {**office.change("edit", "customer", shop, set={}), **changed}

    assert office.push("li", change).why == [reason]


def test_a_fact_belongs_to_one_customer_for_ever_and_what_it_refers_to_is_his(office: SmallOffice) -> None:
    """R21."""
    shop, other = office.customer("shop"), office.customer("other")
    visit = named("visit")
    office.push("li", office.change("create", "visit", visit, shop, set=VISIT))
    count = {"visit": visit, "quantity": "1", "counted_at": 1}

    moved = office.push("li", office.change("edit", "visit", visit, other, set={"situation": "x"}))
    crossed = office.push("li", office.change("create", "stock_count", named("s"), other, set=count))
    nobody = office.push("li", office.change("create", "visit", named("v"), None, set=VISIT))
    under = office.push("li", office.change("create", "visit", named("v"), visit, set=VISIT))

    assert moved.why == [("customer", "customer.differs")]
    assert crossed.why == [("set", "parent.other-customer")]
    assert nobody.why == [("customer", "required")]
    assert under.why == [("customer", "customer.other-type")]


@pytest.mark.parametrize("type_name", ["proposal", "conflict", "duplicate", "notice"])
def test_what_the_server_writes_is_written_by_nobody_else(office: SmallOffice, type_name: str) -> None:
    shop = office.customer("shop")

    outcome = office.push("li", office.change("create", type_name, named("x"), shop, set={}))

    assert (outcome.state, outcome.why) == ("refused", [("type", "type.server-only")])


def test_a_product_belongs_to_no_customer(office: SmallOffice) -> None:
    shop = office.customer("shop")
    office.world.kinds = {named("reference"): "reference"}
    values = {"product_code": "1", "product_name": "Gin", "unit_price_minor": 1}
    product = office.change("create", "product", named("gin"), shop, set=values)

    outcome = office.push("li", product, book="reference", acts=("edit_catalogue",))

    assert outcome.why == [("customer", "customer.none-here")]


# What a set could only propose, and what it builds on that


def test_what_builds_on_a_customer_that_the_same_set_can_only_propose_is_proposed_with_him(office: SmallOffice) -> None:
    """R6: it must not wait for what stands beside it, or it would wait for ever."""
    new, visit = named("new"), named("visit")
    create = office.change("create", "customer", new, set={"store_name": "New"})
    come = office.change("create", "visit", visit, new, set=VISIT)
    count = office.change(
        "create", "stock_count", named("count"), new, set={"visit": visit, "quantity": "1", "counted_at": 1}
    )
    edit = office.change("edit", "visit", visit, new, set={"situation": "x"})

    outcome = office.push("li", create, come, count, edit, book="south")

    assert [decision.state for decision in outcome.decisions] == ["proposed"] * 4
    assert {proposal.book for proposal in office.of_type("proposal")} == {named("south")}


def test_a_record_is_proposed_once_in_a_set(office: SmallOffice) -> None:
    """R10."""
    create = office.change("create", "customer", named("new"), set={"store_name": "New"})

    assert office.push("li", create, create, book="south").why == [("record", "id-taken")]


def test_what_came_in_another_set_waits_for_the_decision(office: SmallOffice) -> None:
    """R10: only in an open proposal → waiting."""
    new = named("new")
    office.push("li", office.change("create", "customer", new, set={"store_name": "New"}), book="south")

    outcome = office.push("li", office.change("create", "visit", named("visit"), new, set=VISIT), book="south")

    assert (outcome.state, outcome.why) == ("waiting", [("customer", "customer.unknown")])
