"""Who may do what to a record (protocol §6): the modes, and the table cell by cell."""

from __future__ import annotations

import pytest

from sync_protocol.records.base import Nature
from sync_protocol.rights import Mode, Treatment, mode_of, treatment
from sync_protocol.state import Residence, SeatState, Tenure, World
from tests.specification.small_office import LICENSING, MAINTAINER, SUPERVISOR, VISIT, SmallOffice, named

HOLDER, AGAIN, LATE, OTHER = Mode.HOLDER, Mode.AGAIN, Mode.LATE, Mode.OTHER
APPLY, MERGE, ASKING, PROPOSE = Treatment.APPLY, Treatment.MERGE, Treatment.MERGE_ASKING, Treatment.PROPOSE
REFUSE = Treatment.REFUSE

# The table of protocol §6: nature, op, whether the author made the record; then holder, again, late, other.
TABLE = [
    (Nature.FACT, "create", False, APPLY, APPLY, Treatment.APPLY_LATE, PROPOSE),
    (Nature.FACT, "edit", True, MERGE, ASKING, ASKING, PROPOSE),
    (Nature.FACT, "edit", False, MERGE, ASKING, PROPOSE, PROPOSE),
    (Nature.FACT, "remove", True, MERGE, ASKING, ASKING, PROPOSE),
    (Nature.FACT, "remove", False, MERGE, ASKING, PROPOSE, PROPOSE),
    (Nature.FILE, "create", False, MERGE, ASKING, PROPOSE, PROPOSE),
    (Nature.FILE, "edit", True, MERGE, ASKING, PROPOSE, PROPOSE),
    (Nature.FILE, "edit", False, MERGE, ASKING, PROPOSE, PROPOSE),
    (Nature.FILE, "remove", True, MERGE, ASKING, PROPOSE, PROPOSE),
    (Nature.FILE, "remove", False, MERGE, ASKING, PROPOSE, PROPOSE),
    (Nature.OWN, "create", False, APPLY, REFUSE, REFUSE, REFUSE),
    (Nature.OWN, "edit", True, REFUSE, REFUSE, REFUSE, REFUSE),
    (Nature.OWN, "remove", True, REFUSE, REFUSE, REFUSE, REFUSE),
    (Nature.OWN, "restore", True, REFUSE, REFUSE, REFUSE, REFUSE),
    (Nature.COMMITMENT, "create", False, MERGE, MERGE, PROPOSE, PROPOSE),
    (Nature.COMMITMENT, "edit", True, MERGE, MERGE, PROPOSE, PROPOSE),
    (Nature.COMMITMENT, "edit", False, MERGE, MERGE, PROPOSE, PROPOSE),
    (Nature.COMMITMENT, "remove", True, MERGE, MERGE, PROPOSE, PROPOSE),
]
CELLS = [
    pytest.param(nature, op, made_it, mode, expected, id=f"{nature}-{op}-{'own' if made_it else 'any'}-{mode}")
    for nature, op, made_it, *row in TABLE
    for mode, expected in zip((HOLDER, AGAIN, LATE, OTHER), row, strict=True)
]


@pytest.mark.parametrize(("nature", "op", "made_it", "mode", "expected"), CELLS)
def test_the_table_of_rights(nature: Nature, op: str, made_it: bool, mode: Mode, expected: Treatment) -> None:
    """§6, cell by cell."""
    assert treatment(nature, op, mode, made_it=made_it) is expected


@pytest.mark.parametrize("nature", [Nature.PROTOCOL, Nature.OFFICE, Nature.REFERENCE])
@pytest.mark.parametrize("mode", list(Mode))
def test_no_seat_gives_a_right_to_what_the_server_or_the_office_writes(nature: Nature, mode: Mode) -> None:
    """§6: rights by seat concern the customer's file and what is below it."""
    assert treatment(nature, "edit", mode, made_it=True) is Treatment.REFUSE


# The modes


def mode(world: World, author: str = "li", **changed: object) -> Mode:
    asked = {"set_book": "north", "record_book": "north", "customer": "shop", "creating": False, "seat": MAINTAINER}
    return mode_of(world, author=author, **{**asked, "term": 2, **changed})  # type: ignore[arg-type]


def after_a_hand_over() -> World:
    """Wang had the north up to position 10, Li has it since."""
    return World(
        seats={("north", MAINTAINER): SeatState("li", 2), ("south", MAINTAINER): SeatState("chen", 1)},
        tenures={
            ("north", MAINTAINER, 1): Tenure("wang", 1, 10),
            ("north", MAINTAINER, 2): Tenure("li", 11, None),
            ("south", MAINTAINER, 1): Tenure("chen", 1, None),
        },
        residences={"shop": (Residence("north", 1, None),)},
    )


def test_who_holds_the_seat_under_this_term_is_the_holder() -> None:
    assert mode(after_a_hand_over()) is HOLDER


@pytest.mark.parametrize("term", [1, 3, 999])
def test_who_holds_it_now_and_names_another_term_holds_it_again(term: int) -> None:
    """§6 «again»; R39: an unknown term counts as again for today's holder."""
    assert mode(after_a_hand_over(), term=term) is AGAIN


def test_who_holds_it_where_the_customer_lies_now_and_made_the_set_elsewhere_holds_it_again() -> None:
    assert mode(after_a_hand_over(), author="chen", record_book="south", term=1) is AGAIN


def test_who_held_it_when_he_made_the_set_is_late() -> None:
    assert mode(after_a_hand_over(), author="wang", term=1) is LATE


def test_who_held_it_under_another_term_than_he_names_is_another() -> None:
    assert mode(after_a_hand_over(), author="wang", term=2) is OTHER


def test_who_never_held_it_is_another() -> None:
    """R39: also under a term that nobody knows."""
    assert mode(after_a_hand_over(), author="chen") is OTHER
    assert mode(after_a_hand_over(), author="chen", term=77) is OTHER


def test_a_vacant_seat_has_no_holder() -> None:
    world = World(seats={("north", MAINTAINER): SeatState(None, 2)})

    assert mode(world, author="") is OTHER
    assert mode(world, author="li") is OTHER


@pytest.mark.parametrize(
    ("stay", "expected"),
    [
        (Residence("north", 1, None), LATE),
        (Residence("north", 10, None), LATE),
        (Residence("north", 11, None), OTHER),
        (Residence("north", 1, 3), LATE),
        (Residence("south", 1, None), OTHER),
    ],
    ids=["all the time", "from the last day", "after his time", "left in his time", "elsewhere"],
)
def test_late_needs_the_customer_to_have_lived_there_in_his_time(stay: Residence, expected: Mode) -> None:
    """§6: position decides what is late, never a clock."""
    world = after_a_hand_over()
    world.residences = {"shop": (stay,)}

    assert mode(world, author="wang", term=1) is expected


@pytest.mark.parametrize(("left", "expected"), [(4, OTHER), (5, LATE)])
def test_a_customer_who_left_before_the_tenure_began_does_not_make_it_late(left: int, expected: Mode) -> None:
    world = after_a_hand_over()
    world.tenures = {("north", MAINTAINER, 1): Tenure("wang", 5, 10)}
    world.residences = {"shop": (Residence("north", 1, left),)}

    assert mode(world, author="wang", term=1) is expected


def test_one_of_several_stays_is_enough() -> None:
    world = after_a_hand_over()
    world.residences = {"shop": (Residence("south", 1, 5), Residence("north", 8, 9), Residence("south", 6, None))}

    assert mode(world, author="wang", term=1) is LATE


def test_a_customer_who_is_created_has_no_residence_and_needs_none() -> None:
    assert mode(after_a_hand_over(), author="wang", term=1, customer="new", creating=True) is LATE


def test_who_still_holds_the_book_that_the_customer_left_is_late() -> None:
    """Scenario 13: it was his when he made the set."""
    world = after_a_hand_over()
    world.residences = {"shop": (Residence("north", 1, 20), Residence("south", 3, None))}

    assert mode(world, record_book="south") is LATE


# Through real hand-overs and moves


@pytest.fixture
def office() -> SmallOffice:
    """Li maintains the north under Chen, Zhao does the licences there; Sun maintains the south under Chen."""
    found = SmallOffice()
    for book, maintainer in (("north", "li"), ("south", "sun")):
        found.seat(book, MAINTAINER, maintainer)
        found.seat(book, SUPERVISOR, "chen")
        found.seat(book, LICENSING, "zhao")
    return found


def test_a_visit_made_before_a_hand_over_and_synced_after_it_is_applied_and_marked_late(office: SmallOffice) -> None:
    """Scenario 13."""
    shop = office.customer("shop")
    visit = office.change("create", "visit", named("visit"), shop, set=VISIT)
    office.seat("north", MAINTAINER, "wang")

    outcome = office.push("li", visit)

    assert (outcome.state, outcome.late) == ("applied", True)


def test_an_order_made_before_a_hand_over_is_proposed_and_mixes_with_an_applied_visit(office: SmallOffice) -> None:
    """Scenario 13, R6: applied and proposed may mix in one set."""
    shop = office.customer("shop")
    visit = office.change("create", "visit", named("visit"), shop, set=VISIT)
    values = {"ordered_at": 1, "lines": [{"quantity": "2", "product_name": "gin"}]}
    order = office.change("create", "order", named("order"), shop, set=values)
    office.seat("north", MAINTAINER, "wang")

    outcome = office.push("li", visit, order)

    assert [decision.state for decision in outcome.decisions] == ["applied", "proposed"]
    assert named("visit") in office.world.places and named("order") not in office.world.places


def test_own_edits_merge_after_a_hand_over_away_and_back_and_what_the_other_set_is_asked(office: SmallOffice) -> None:
    """Scenario 12."""
    shop = office.customer("shop", needs="ice", display_form="none")
    edit = office.change("edit", "customer", shop, set={"needs": "glasses", "display_form": "weekly"})
    office.seat("north", MAINTAINER, "wang")
    office.push("wang", office.change("edit", "customer", shop, set={"needs": "chairs"}, term=2))
    office.seat("north", MAINTAINER, "li")

    outcome = office.push("li", edit)

    assert outcome.state == "proposed"
    assert (office.fields(shop)["needs"], office.fields(shop)["display_form"]) == ("chairs", "weekly")
    assert office.record(outcome.proposal).fields["reason"] == "overlap"


def test_an_edit_of_a_seat_that_one_does_not_hold_is_proposed_to_that_seat(office: SmallOffice) -> None:
    """P4: at most one user maintains a field; what anybody else wrote is a proposal."""
    shop = office.customer("shop")

    outcome = office.push("li", office.change("edit", "customer", shop, set={"vip": True}, seat=SUPERVISOR))

    assert outcome.state == "proposed" and "vip" not in office.fields(shop)
    assert office.record(outcome.proposal).fields["decider"] == SUPERVISOR


def test_a_change_names_fields_of_one_seat_only(office: SmallOffice) -> None:
    """R5."""
    shop = office.customer("shop")

    outcome = office.push("li", office.change("edit", "customer", shop, set={"needs": "ice", "vip": True}))

    assert (outcome.state, outcome.why) == ("refused", [("vip", "field.other-seat")])


def test_a_system_field_is_nobodys(office: SmallOffice) -> None:
    """Decision 1."""
    shop = office.customer("shop")

    outcome = office.push("li", office.change("edit", "customer", shop, set={"grade": "AA"}))

    assert (outcome.state, outcome.why) == ("refused", [("grade", "field.system")])


@pytest.mark.parametrize("seat", [SUPERVISOR, LICENSING])
def test_a_customer_is_removed_by_the_maintainers_seat_and_no_other(office: SmallOffice, seat: str) -> None:
    """R5: who holds another seat of the book cannot remove what he does not maintain."""
    shop = office.customer("shop")
    author = {SUPERVISOR: "chen", LICENSING: "zhao"}[seat]

    outcome = office.push(author, office.change("remove", "customer", shop, seat=seat))

    assert (outcome.state, outcome.why) == ("refused", [("seat", "field.other-seat")])


def test_a_static_field_is_an_application_and_the_rest_of_the_edit_applies(office: SmallOffice) -> None:
    """Decision 1: a holder's edit of a static field is decided by the supervisor's seat."""
    shop = office.customer("shop")

    outcome = office.push("li", office.change("edit", "customer", shop, set={"store_name": "Bar", "needs": "ice"}))

    assert outcome.state == "proposed"
    assert (office.fields(shop)["store_name"], office.fields(shop)["needs"]) == ("shop", "ice")
    assert office.record(outcome.proposal).fields["decider"] == SUPERVISOR


def test_a_static_field_is_an_application_for_the_supervisor_too_and_in_a_restoration(office: SmallOffice) -> None:
    shop = office.customer("shop")
    office.push("li", office.change("remove", "customer", shop))

    outcome = office.push("li", office.change("restore", "customer", shop, set={"store_name": "Bar"}))

    assert outcome.state == "proposed"
    assert not office.record(shop).removed and office.fields(shop)["store_name"] == "shop"


def test_a_new_customer_of_the_maintainer_applies_with_its_static_fields(office: SmallOffice) -> None:
    """Decision 2."""
    new = named("new")

    outcome = office.push("li", office.change("create", "customer", new, set={"store_name": "New", "region": "R1"}))

    assert outcome.state == "applied" and office.fields(new)["region"] == "R1"
    assert office.record(new).book == named("north")


def test_a_customer_edit_made_before_a_move_is_proposed_where_the_customer_lies_now(office: SmallOffice) -> None:
    shop = office.customer("shop")
    edit = office.change("edit", "customer", shop, set={"needs": "ice"})
    office.move(shop, "south")

    outcome = office.push("li", edit)

    assert outcome.state == "proposed" and office.record(outcome.proposal).book == named("south")


def test_a_fact_edited_late_is_merged_if_the_author_made_it_and_else_proposed(office: SmallOffice) -> None:
    """§6, second row."""
    shop = office.customer("shop")
    office.push("li", office.change("create", "visit", named("mine"), shop, set=VISIT))
    office.push("import", office.change("create", "visit", named("theirs"), shop, set=VISIT), system=True)
    edits = [office.change("edit", "visit", named(which), set={"situation": "x"}) for which in ("mine", "theirs")]
    office.seat("north", MAINTAINER, "wang")

    outcomes = [office.push("li", edit) for edit in edits]

    assert [(o.state, o.late) for o in outcomes] == [("applied", True), ("proposed", False)]


# The office


def test_reference_records_are_edited_by_those_whose_roles_say_so(office: SmallOffice) -> None:
    """Decision 8: the maintainer role is catalogue editor."""
    office.world.kinds = {named("reference"): "reference"}
    product = office.change(
        "create", "product", named("gin"), None, set={"product_code": "1", "product_name": "Gin", "unit_price_minor": 1}
    )

    without = office.push("li", product, book="reference")
    another = office.push("li", product, book="reference", acts=("accept", "return"))
    editor = office.push("li", product, book="reference", acts=("edit_catalogue",))

    assert [o.state for o in (without, another, editor)] == ["refused", "refused", "applied"]


@pytest.mark.parametrize(
    ("of_type", "outcome", "act"),
    [
        ("visit", "accept", "accept"),
        ("visit", "return", "return"),
        ("complaint", "close", "handle_complaint"),
        ("order", "accept", "confirm_order"),
        ("knowledge_case", "accept", "edit_catalogue"),
    ],
)
def test_reviews_are_made_by_those_whose_roles_say_so(
    office: SmallOffice, of_type: str, outcome: str, act: str
) -> None:
    """Decision 5: rights by role."""
    shop, of = office.customer("shop"), named("of")
    values = {
        "visit": VISIT,
        "complaint": {"received_at": 1, "description": "late"},
        "order": {"ordered_at": 1, "lines": [{"quantity": "2", "product_name": "gin"}]},
        "knowledge_case": {"question": "is it genuine?", "answer": "look at the seal"},
    }[of_type]
    assert office.push("li", office.change("create", of_type, of, shop, set=values)).state == "applied"
    review = office.change(
        "create", "review", named("review"), shop, set={"of": of, "outcome": outcome}, seat=SUPERVISOR
    )

    others = tuple(a for a in ("accept", "return", "confirm_order", "handle_complaint", "edit_catalogue") if a != act)

    assert office.push("chen", review, acts=others).why == [("record", "not-holder")]
    assert office.push("chen", review, acts=(act,)).state == "applied"


@pytest.mark.parametrize(("kind", "type_name"), [("desk", "customer"), ("reference", "customer"), ("round", "product")])
def test_customers_are_made_in_rounds_and_products_in_the_reference_book(
    office: SmallOffice, kind: str, type_name: str
) -> None:
    """A proposal in the reference book would travel to every device."""
    office.world.kinds = {named("other"): kind}
    values = {
        "customer": {"store_name": "x"},
        "product": {"product_code": "1", "product_name": "x", "unit_price_minor": 1},
    }[type_name]
    record = named("new")
    made = office.change("create", type_name, record, record if type_name == "customer" else None, set=values)

    outcome = office.push("li", made, book="other", acts=("edit_catalogue",))

    assert (outcome.state, outcome.why) == ("refused", [("book", "book.other-kind")])
