"""What waits for a decision, and deciding it (R16)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.specification.small_office import LICENSING, MAINTAINER, SUPERVISOR, VISIT, Outcome, SmallOffice, named


@pytest.fixture
def office() -> SmallOffice:
    """Li maintains the north; Chen is supervisor of both books; the south and all licences are nobody's."""
    found = SmallOffice()
    for book, maintainer in (("north", "li"), ("south", None)):
        found.seat(book, MAINTAINER, maintainer)
        found.seat(book, SUPERVISOR, "chen")
        found.seat(book, LICENSING, None)
    return found


def decision(office: SmallOffice, op: str, proposal: str, **members: Any) -> dict[str, Any]:
    return office.change(op, "proposal", proposal, seat=SUPERVISOR, **members)


def accept(office: SmallOffice, by: str, proposal: str, *changes: dict[str, Any], **how: Any) -> Outcome:
    return office.push(by, decision(office, "accept", proposal), *changes, **how)


def rename(office: SmallOffice, shop: str, name: str = "Bar") -> str:
    """Li applies for another name of the shop; the proposal."""
    return office.push("li", office.change("edit", "customer", shop, set={"store_name": name})).proposal


def asked_for(office: SmallOffice, proposal: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(office.record(proposal).fields["change"])
    return found


def test_a_proposal_keeps_the_change_whole_with_base_and_what_its_author_saw(office: SmallOffice) -> None:
    """R16."""
    shop = office.customer("shop")
    change = office.change("edit", "customer", shop, set={"needs": "ice"}, was={"needs": None})
    change["was"] = {"needs": None}

    proposal = office.push("wang", change).proposal

    assert asked_for(office, proposal) == {"n": 1, **change}
    fields = office.record(proposal).fields
    assert (fields["state"], fields["proposer"], fields["base"]) == ("open", "wang", change["base"])
    assert (office.record(proposal).customer, office.record(proposal).book) == (shop, named("north"))


def test_an_accepted_proposal_is_carried_out_by_the_change_behind_it_also_in_a_static_field(
    office: SmallOffice,
) -> None:
    """R16: accept is an ordinary change of the decider, carrying the values that he saw."""
    shop = office.customer("shop")
    proposal = rename(office, shop)

    outcome = accept(office, "chen", proposal, office.change("edit", "customer", shop, set={"store_name": "Bar"}))

    assert (outcome.state, outcome.kinds) == ("applied", ["accept", "edit"])
    assert office.fields(shop)["store_name"] == "Bar" and office.record(shop).stamps["store_name"].user == "chen"
    fields = office.record(proposal).fields
    assert (fields["state"], fields["decided_by"]) == ("accepted", "chen") and fields["decided_at"] > 0


def test_the_decider_may_correct_the_value(office: SmallOffice) -> None:
    """R16."""
    shop = office.customer("shop")

    accept(office, "chen", rename(office, shop), office.change("edit", "customer", shop, set={"store_name": "The Bar"}))

    assert office.fields(shop)["store_name"] == "The Bar"


def test_a_declined_proposal_changes_nothing_and_keeps_the_comment(office: SmallOffice) -> None:
    shop = office.customer("shop")
    proposal = rename(office, shop)

    outcome = office.push("chen", decision(office, "decline", proposal, set={"comment": "no"}))

    assert (outcome.state, outcome.kinds) == ("applied", ["decline"])
    fields = office.record(proposal).fields
    assert (fields["state"], fields["comment"], fields["decided_by"]) == ("declined", "no", "chen")
    assert office.fields(shop)["store_name"] == "shop"


# What a warrant is good for


def test_a_warrant_is_for_the_record_and_the_fields_of_the_proposal_and_no_other(office: SmallOffice) -> None:
    """R16: what goes beyond it is judged as without it."""
    shop, other = office.customer("shop"), office.customer("other")

    for change in (
        office.change("edit", "customer", shop, set={"store_name": "Bar", "region": "R9"}),
        office.change("edit", "customer", other, set={"store_name": "Bar"}),
        office.change("remove", "customer", shop),
    ):
        outcome = accept(office, "chen", rename(office, shop), change)
        assert (outcome.state, outcome.why) == ("refused", [("op", "accept.without-change")])

    right = office.change("edit", "customer", shop, set={"store_name": "Bar"})
    beyond = office.change("edit", "customer", shop, set={"region": "R9"})
    outcome = accept(office, "chen", rename(office, shop, "Bar 2"), right, beyond)
    assert [d.state for d in outcome.decisions] == ["applied", "applied", "proposed"]
    assert "region" not in office.fields(shop)


def test_a_system_field_is_no_deciders_either(office: SmallOffice) -> None:
    new = named("new")
    proposal = office.push(
        "li", office.change("create", "customer", new, set={"store_name": "N"}), book="south"
    ).proposal
    create = office.change("create", "customer", new, set={"store_name": "N", "grade": "AA"})

    assert accept(office, "chen", proposal, create, book="south").why == [("grade", "field.system")]


def test_an_acceptance_without_a_deed_is_refused(office: SmallOffice) -> None:
    """R16: else it would be called accepted while nothing happened; the deed comes behind the word."""
    shop = office.customer("shop")
    proposal = rename(office, shop)
    edit = office.change("edit", "customer", shop, set={"store_name": "Bar"})

    alone = accept(office, "chen", proposal)
    before = office.push("chen", edit, decision(office, "accept", proposal))

    assert alone.why == before.why == [("op", "accept.without-change")]
    assert office.record(proposal).fields["state"] == "open"


def test_the_right_to_accept_ends_with_the_set(office: SmallOffice) -> None:
    shop = office.customer("shop")
    accept(office, "chen", rename(office, shop), office.change("edit", "customer", shop, set={"store_name": "Bar"}))

    later = office.push("chen", office.change("edit", "customer", shop, set={"store_name": "Pub"}))

    assert later.state == "proposed" and office.fields(shop)["store_name"] == "Bar"


def test_several_proposals_about_one_record_are_accepted_in_one_set(office: SmallOffice) -> None:
    shop = office.customer("shop")
    name = rename(office, shop)
    note = office.push("li", office.change("edit", "customer", shop, set={"region": "R2"})).proposal

    outcome = office.push(
        "chen",
        decision(office, "accept", name),
        decision(office, "accept", note),
        office.change("edit", "customer", shop, set={"store_name": "Bar"}),
        office.change("edit", "customer", shop, set={"region": "R2"}),
    )

    assert outcome.state == "applied"
    assert (office.fields(shop)["store_name"], office.fields(shop)["region"]) == ("Bar", "R2")


def test_a_secret_that_the_decider_saw_shortened_is_taken_whole(office: SmallOffice) -> None:
    """Decision 4."""
    shop, account = office.customer("shop"), "6222020000001234"
    proposal = office.push("wang", office.change("edit", "customer", shop, set={"bank_account": account})).proposal

    outcome = accept(office, "li", proposal, office.change("edit", "customer", shop, set={"bank_account": "…1234"}))

    assert outcome.state == "applied" and office.fields(shop)["bank_account"] == account


# Who decides


def test_the_holder_of_the_deciding_seat_decides_and_nobody_else(office: SmallOffice) -> None:
    """§6: refused(not-holder)."""
    shop = office.customer("shop")
    proposal = rename(office, shop)
    edit = office.change("edit", "customer", shop, set={"store_name": "Bar"})

    for stranger, acts in (("li", ()), ("wang", ()), ("boss", ("administer", "accept"))):
        assert accept(office, stranger, proposal, edit, acts=acts).why[0] == ("record", "not-holder")
        declined = office.push(stranger, decision(office, "decline", proposal), acts=acts)
        assert declined.why == [("record", "not-holder")]


def test_who_had_the_seat_when_he_decided_offline_is_not_the_holder_any_more(office: SmallOffice) -> None:
    """§6, last row: late → refused(not-holder); again → applied."""
    shop = office.customer("shop")
    proposal = rename(office, shop)
    edit = office.change("edit", "customer", shop, set={"store_name": "Bar"})
    office.seat("north", SUPERVISOR, "wu")

    assert accept(office, "chen", proposal, edit).why == [
        ("record", "not-holder"),
    ]
    office.seat("north", SUPERVISOR, "chen")
    assert accept(office, "chen", proposal, edit).state == "applied"


def test_a_vacant_seats_proposals_are_decided_by_the_supervisor_and_a_vacant_supervisors_by_an_administrator(
    office: SmallOffice,
) -> None:
    """§6."""
    shop = office.customer("shop")
    change = office.change("edit", "customer", shop, set={"model_household": True}, seat=LICENSING)
    proposals = [office.push("li", change).proposal for _ in range(2)]
    assert office.record(proposals[0]).fields["decider"] == LICENSING

    assert accept(office, "chen", proposals[0], change).state == "applied"
    office.seat("north", SUPERVISOR, None)
    assert accept(office, "chen", proposals[1], change).why[0] == ("record", "not-holder")
    assert accept(office, "boss", proposals[1], change, acts=("accept",)).why[0] == ("record", "not-holder")
    assert accept(office, "boss", proposals[1], change, acts=("administer",)).state == "applied"


# The first decision wins


def test_a_second_decision_alike_is_merged_and_a_contrary_one_refused(office: SmallOffice) -> None:
    """R16, scenario 14."""
    shop = office.customer("shop")
    edit = office.change("edit", "customer", shop, set={"store_name": "Bar"})
    accepted, declined = rename(office, shop), rename(office, shop, "Pub")
    accept(office, "chen", accepted, edit)
    office.push("chen", decision(office, "decline", declined))

    again = accept(office, "chen", accepted, edit, device="tablet")
    contrary = office.push("chen", decision(office, "decline", accepted))
    no_again = office.push("chen", decision(office, "decline", declined))
    yes = accept(office, "chen", declined, office.change("edit", "customer", shop, set={"store_name": "Pub"}))

    assert (again.state, again.kinds) == ("merged", ["nothing", "nothing"])
    assert contrary.why == [("record", "decided")] and yes.why[0] == ("record", "decided")
    assert (no_again.state, no_again.kinds) == ("merged", ["nothing"])
    assert office.fields(shop)["store_name"] == "Bar"


def test_a_creation_accepted_twice_is_made_once_and_a_differing_value_is_a_conflict(office: SmallOffice) -> None:
    """R16; P3: what the second decider corrected is kept."""
    shop, visit = office.customer("shop"), named("visit")
    proposal = office.push("wang", office.change("create", "visit", visit, shop, set=VISIT)).proposal
    create = office.change("create", "visit", visit, shop, set={**VISIT, "situation": "quiet"})
    other = {**create, "set": {**VISIT, "situation": "full"}}

    first = accept(office, "li", proposal, create, device="phone")
    alike = accept(office, "li", proposal, create, device="tablet")
    differs = accept(office, "li", proposal, other, device="tablet", time=1)

    assert (first.state, alike.state, differs.state) == ("applied", "merged", "merged")
    assert office.record(visit).rev == 1 and office.fields(visit)["situation"] == "quiet"
    assert json.loads(office.record(differs.conflict).fields["lost"]) == "full"


# Creations, removals, removed records


def test_an_accepted_creation_lies_where_it_was_proposed_and_stays_its_proposers_work(office: SmallOffice) -> None:
    new = named("new")
    create = office.change("create", "customer", new, set={"store_name": "New"})
    proposal = office.push("li", create, book="south").proposal

    outcome = accept(office, "chen", proposal, create, book="north")

    assert outcome.state == "applied"
    assert (office.record(new).book, office.record(new).made_by) == (named("south"), "li")


def test_what_waited_for_an_accepted_creation_is_applied_and_for_a_declined_one_refused(office: SmallOffice) -> None:
    """R16, scenario 32."""
    yes, no = named("yes"), named("no")
    creations = {r: office.change("create", "customer", r, set={"store_name": "x"}) for r in (yes, no)}
    proposals = {r: office.push("li", c, book="south").proposal for r, c in creations.items()}
    visits = {r: office.change("create", "visit", named(f"visit {r}"), r, set=VISIT) for r in (yes, no)}
    assert {office.push("wang", visit, book="south").state for visit in visits.values()} == {"waiting"}

    accept(office, "chen", proposals[yes], creations[yes], book="south")
    office.push("chen", decision(office, "decline", proposals[no]), book="south")

    assert office.push("wang", visits[yes], book="south").state == "proposed"
    declined = office.push("wang", visits[no], book="south")
    assert (declined.state, declined.why) == ("refused", [("customer", "parent-declined")])


def test_a_declined_customer_may_be_made_by_another_set(office: SmallOffice) -> None:
    new = named("new")
    create = office.change("create", "customer", new, set={"store_name": "New"})
    office.push("chen", decision(office, "decline", office.push("li", create, book="south").proposal), book="south")

    assert office.push("li", create, book="north").state == "applied"
    assert office.push("li", office.change("create", "visit", named("visit"), new, set=VISIT)).state == "applied"


def test_a_proposed_removal_is_accepted_by_removing(office: SmallOffice) -> None:
    """R15, R16."""
    shop = office.customer("shop")
    removal = office.change("remove", "customer", shop)
    office.push("li", office.change("edit", "customer", shop, set={"needs": "ice"}), device="tablet")
    proposal = office.push("li", removal, device="phone").proposal

    outcome = accept(office, "li", proposal, office.change("remove", "customer", shop))

    assert outcome.state == "applied" and office.record(shop).removed


def test_accepting_on_a_removed_record_needs_a_restoration_in_the_same_set(office: SmallOffice) -> None:
    """R16, scenario 14."""
    shop = office.customer("shop")
    proposal = rename(office, shop)
    stale = office.change("edit", "customer", shop, set={"store_name": "Bar"})
    office.push("li", office.change("remove", "customer", shop))
    fresh = office.change("edit", "customer", shop, set={"store_name": "Bar"})

    without = [accept(office, "chen", proposal, edit) for edit in (stale, fresh)]
    outcome = accept(office, "chen", proposal, office.change("restore", "customer", shop), fresh)

    assert [o.why for o in without] == [[("record", "removed")]] * 2
    assert outcome.state == "applied" and not office.record(shop).removed
    assert office.fields(shop)["store_name"] == "Bar"


def test_an_acceptance_on_an_old_version_overwrites_nothing_that_the_decider_had_not_seen(office: SmallOffice) -> None:
    """R16: its base is the record as he saw it; what changed since is settled like any overlap."""
    shop = office.customer("shop", bank_name="A")
    proposal = office.push("wang", office.change("edit", "customer", shop, set={"bank_name": "B"})).proposal
    edit = office.change("edit", "customer", shop, set={"bank_name": "B"}, was={"bank_name": "A"})
    office.push("import", office.change("edit", "customer", shop, set={"bank_name": "X"}), system=True)

    outcome = accept(office, "li", proposal, edit)

    assert outcome.state == "proposed" and office.fields(shop)["bank_name"] == "X"


# What a decision names


def test_a_decision_names_a_proposal_that_is_there_under_its_customer(office: SmallOffice) -> None:
    """R10."""
    shop, other = office.customer("shop"), office.customer("other")
    proposal = rename(office, shop)

    absent = office.push("chen", decision(office, "decline", named("absent"), customer=shop))
    no_proposal = office.push("chen", decision(office, "decline", shop))
    crossed = office.push("chen", decision(office, "decline", proposal, customer=other))
    office.world.erased = frozenset({proposal})
    erased = office.push("chen", decision(office, "decline", proposal))

    assert (absent.state, absent.why) == ("waiting", [("record", "record.unknown")])
    assert no_proposal.why == [("type", "type.differs")]
    assert crossed.why == [("customer", "customer.differs")]
    assert erased.why == [("record", "erased")]


@pytest.mark.parametrize("op", ["accept", "decline"])
def test_an_accept_of_what_is_no_proposal_is_refused(office: SmallOffice, op: str) -> None:
    shop = office.customer("shop")

    assert office.push("chen", decision(office, op, shop)).why == [("type", "type.differs")]
