"""Edits of what somebody else changed meanwhile, removals, the product itself, and what holds for all histories (R12-R15, R22)."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from sync_protocol.state import REMOVAL, Residence
from tests.specification.small_office import MAINTAINER, SUPERVISOR, VISIT, SmallOffice, named
from tests.specification.test_decide import an_office as an_office
from tests.specification.test_decide import office as office

# R12, R13, R22: edits


def test_a_conflict_record_keeps_the_value_that_lost(office: SmallOffice) -> None:
    """P3, scenario 7."""
    shop = office.customer("shop", needs="ice")
    edit = office.change("edit", "customer", shop, set={"needs": "glasses"})
    office.push("li", office.change("edit", "customer", shop, set={"needs": "chairs"}), device="tablet", time=10**7)

    outcome = office.push("li", edit, device="phone", time=10**7 + 1)

    conflict = office.record(outcome.conflict)
    assert (outcome.state, office.fields(shop)["needs"]) == ("merged", "glasses")
    assert (json.loads(conflict.fields["kept"]), json.loads(conflict.fields["lost"])) == ("glasses", "chairs")
    assert (conflict.customer, conflict.book, conflict.fields["rule"]) == (shop, named("north"), "latest")


def test_two_edits_on_one_device_with_an_edit_of_the_office_between(office: SmallOffice) -> None:
    """Scenario 8: the second is judged against the office's edit, not against the first."""
    shop = office.customer("shop", bank_name="A")
    first = office.change("edit", "customer", shop, set={"bank_name": "B"}, was={"bank_name": "A"})
    second = office.change("edit", "customer", shop, set={"bank_name": "C"}, was={"bank_name": "B"})
    office.push("li", first)
    office.push("import", office.change("edit", "customer", shop, set={"bank_name": "X"}), system=True)

    outcome = office.push("li", second)

    assert outcome.state == "proposed" and office.fields(shop)["bank_name"] == "X"


def test_a_stale_edit_after_a_move_to_a_book_with_smaller_positions_is_no_silent_win(office: SmallOffice) -> None:
    """Scenario 10: rev counts on, whatever the positions of the book are."""
    office.seat("south", MAINTAINER, "li")
    for n in range(5):
        office.customer(f"filler {n}")
    shop = office.customer("shop", needs="ice")
    stale = office.change("edit", "customer", shop, set={"needs": "glasses"})
    office.move(shop, "south")
    office.push(
        "li", office.change("edit", "customer", shop, set={"needs": "chairs"}, term=2), book="south", device="tablet"
    )

    outcome = office.push("li", stale, time=1)

    assert outcome.state == "merged" and office.fields(shop)["needs"] == "chairs"


def test_a_customer_moved_away_and_back_keeps_his_bases(office: SmallOffice) -> None:
    """Scenario 9, R18: stamps stay."""
    shop = office.customer("shop", bank_name="A")
    edit = office.change("edit", "customer", shop, set={"bank_name": "B"})
    office.move(shop, "south")
    office.move(shop, "north")

    assert office.push("li", edit).state == "applied"


def test_a_base_of_a_lost_history_has_seen_nothing_and_is_settled_by_was(office: SmallOffice) -> None:
    """R39."""
    shop = office.customer("shop", bank_name="A")
    lost = {"base": "1-ffffffffffff", "set": {"bank_name": "B"}}

    without = office.push("li", office.change("edit", "customer", shop, **lost))
    with_was = office.push("li", office.change("edit", "customer", shop, **lost, was={"bank_name": "A"}))

    assert (without.state, with_was.state) == ("proposed", "applied")


def test_an_edit_overtaken_by_a_later_one_of_its_device_is_kept_in_the_log(office: SmallOffice) -> None:
    """R13: dropped, logged `superseded`, scenario 21; P3: the value is not lost."""
    shop = office.customer("shop", needs="ice")
    office.push("li", office.change("edit", "customer", shop, set={"needs": "second"}), seq=9)

    outcome = office.push("li", office.change("edit", "customer", shop, set={"needs": "first"}, base=None), seq=5)

    (entry,) = outcome.decisions[0].entries
    assert (outcome.state, entry.kind, dict(entry.values)) == ("merged", "superseded", {"needs": "first"})
    assert outcome.why == [("needs", "superseded")] and office.fields(shop)["needs"] == "second"


def test_a_stamp_is_never_before_what_its_author_had_seen(office: SmallOffice) -> None:
    """R22: a clock of 1970 does not lose against what it has seen."""
    shop = office.customer("shop", needs="ice")
    seen = office.record(shop).stamps["needs"].time

    office.push("li", office.change("edit", "customer", shop, set={"needs": "glasses"}), time=5)

    assert office.record(shop).stamps["needs"].time == seen


def test_a_value_set_to_nothing_leaves_the_record_and_keeps_its_stamp(office: SmallOffice) -> None:
    shop = office.customer("shop", needs="ice")

    office.push("li", office.change("edit", "customer", shop, set={"needs": None}))

    assert "needs" not in office.fields(shop) and office.record(shop).stamps["needs"].user == "li"


# R15: removals


def test_a_removal_that_saw_everything_applies_and_keeps_the_content(office: SmallOffice) -> None:
    """R15."""
    shop = office.customer("shop", needs="ice")

    outcome = office.push("li", office.change("remove", "customer", shop))

    assert outcome.kinds == ["remove"] and office.record(shop).removed and office.fields(shop)["needs"] == "ice"


def test_a_removal_that_had_not_seen_an_edit_is_a_proposal(office: SmallOffice) -> None:
    """R15, scenario 15."""
    shop = office.customer("shop")
    removal = office.change("remove", "customer", shop)
    office.push("li", office.change("edit", "customer", shop, set={"needs": "ice"}), device="tablet")

    outcome = office.push("li", removal, device="phone")

    assert outcome.state == "proposed" and not office.record(shop).removed
    assert office.record(outcome.proposal).fields["reason"] == "removal"


def test_an_edit_that_had_not_seen_the_removal_restores_with_a_conflict_record(office: SmallOffice) -> None:
    """R15, scenario 15."""
    shop = office.customer("shop")
    edit = office.change("edit", "customer", shop, set={"needs": "ice"})
    office.push("li", office.change("remove", "customer", shop), device="tablet")

    outcome = office.push("li", edit, device="phone")

    assert (outcome.state, outcome.kinds) == ("merged", ["restore", "create"])
    assert not office.record(shop).removed and office.fields(shop)["needs"] == "ice"
    assert office.record(outcome.conflict).fields["rule"] == "removal"


def test_an_edit_that_restores_and_changes_nothing_else_restores(office: SmallOffice) -> None:
    """R15."""
    shop = office.customer("shop", needs="ice")
    edit = office.change("edit", "customer", shop, set={"needs": "ice"})
    office.push("li", office.change("remove", "customer", shop), device="tablet")

    assert office.push("li", edit, device="phone").kinds == ["restore", "create"]


def test_an_edit_that_had_seen_the_removal_is_refused(office: SmallOffice) -> None:
    """R15."""
    shop = office.customer("shop")
    office.push("li", office.change("remove", "customer", shop))

    outcome = office.push("li", office.change("edit", "customer", shop, set={"needs": "ice"}))

    assert (outcome.state, outcome.why) == ("refused", [("record", "removed")])


def test_restore_undoes_and_its_values_are_merged_like_any(office: SmallOffice) -> None:
    """R15; P3: a restoration does not overwrite what it had not seen."""
    shop = office.customer("shop", bank_name="A", needs="ice")
    restore = office.change("restore", "customer", shop, set={"bank_name": "B", "needs": "glasses"})
    office.push("import", office.change("edit", "customer", shop, set={"bank_name": "X"}), system=True)
    office.push("li", office.change("remove", "customer", shop), device="tablet")

    outcome = office.push("li", restore, device="phone")

    assert outcome.state == "proposed" and not office.record(shop).removed
    assert (office.fields(shop)["bank_name"], office.fields(shop)["needs"]) == ("X", "glasses")
    assert office.record(shop).stamps[REMOVAL].device == "phone"


def test_removing_a_customer_changes_nothing_below_and_a_fact_for_him_is_applied_and_marked(
    office: SmallOffice,
) -> None:
    """R15."""
    shop = office.customer("shop")
    office.push("li", office.change("create", "visit", named("before"), shop, set=VISIT))
    below = office.record(named("before"))
    office.push("li", office.change("remove", "customer", shop))

    outcome = office.push("li", office.change("create", "visit", named("after"), shop, set=VISIT))

    assert office.record(named("before")) == below
    assert (outcome.state, outcome.why) == ("applied", [("customer", "customer.removed")])


# The product itself


def test_the_product_sets_every_field_and_needs_no_seat(office: SmallOffice) -> None:
    """Decision 7: imports and computed fields."""
    shop = office.customer("shop", "south", region="R1")
    values = {"grade": "AA", "vip": True, "region": "R2"}

    outcome = office.push("import", office.change("edit", "customer", shop, set=values), book="south", system=True)

    assert outcome.state == "applied" and office.fields(shop).items() >= values.items()


def test_what_a_device_was_shown_of_a_secret_does_not_become_the_secret(office: SmallOffice) -> None:
    """Decision 4."""
    shop = office.customer("shop", bank_account="6222020000001234")

    outcome = office.push("li", office.change("edit", "customer", shop, set={"bank_account": "…1234"}))

    assert (outcome.state, outcome.why) == ("refused", [("bank_account", "value.shortened")])
    assert office.fields(shop)["bank_account"] == "6222020000001234"


# What holds for all histories

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["phone", "tablet", "chen"]),
        st.sampled_from(["edit", "edit", "edit", "remove", "restore"]),
        st.dictionaries(
            st.sampled_from(["needs", "bank_name", "store_name"]), st.sampled_from(["a", "b", "c"]), min_size=1
        ),
        st.booleans(),
        st.integers(0, 3_000_000),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150)
@given(STEPS)
def test_no_value_that_anybody_set_vanishes(steps: list[tuple[str, str, dict[str, str], bool, int]]) -> None:
    """P3: every value of a set that was not refused is in a record, a proposal, a conflict, or the log of what was superseded."""
    office = an_office()
    shop = office.customer("shop", needs="ice", bank_name="A")
    stale = office.record(shop).ver

    for number, (device, op, values, is_fresh, time) in enumerate(steps):
        values = {name: value if value == "c" else f"value {number} {value}" for name, value in values.items()}
        author, seat = ("chen", SUPERVISOR) if device == "chen" else ("li", MAINTAINER)
        if device == "chen":
            values = {"supplement_note": next(iter(values.values()))}
        base = office.record(shop).ver if is_fresh else stale
        members = {} if op == "remove" else {"set": values}
        seat = MAINTAINER if op != "edit" else seat
        if op != "edit" and device == "chen":
            continue
        before = office.fields(shop)
        outcome = office.push(
            author, office.change(op, "customer", shop, base=base, seat=seat, **members), device=device, time=time
        )
        if outcome.state == "refused":
            assert outcome.why == [("record", "removed")]
            continue
        kept = json.dumps(
            [
                [dict(entry.values), entry.record and dict(entry.record.fields)]
                for decision in outcome.decisions
                for entry in decision.entries
            ],
            ensure_ascii=False,
        )
        for name, value in members.get("set", {}).items():
            assert before.get(name) == value or f'"{value}"' in kept.replace("\\", ""), (name, value, kept)


@settings(max_examples=50)
@given(STEPS)
def test_every_effect_is_one_revision_further_and_one_position_each(
    steps: list[tuple[str, str, dict[str, str], bool, int]],
) -> None:
    """§2: rev +1 at every change; R7: a set that is not refused takes a position for each of its changes."""
    office = an_office()
    shop = office.customer("shop")

    for device, op, values, _, time in steps:
        before, pos = office.record(shop), office.pos[named("north")]
        change = office.change(op, "customer", shop, **({} if op == "remove" else {"set": values}))
        outcome = office.push("li", change, device=device, time=time)
        entries = [entry for decision in outcome.decisions for entry in decision.entries]
        if outcome.state == "refused":
            assert office.record(shop) == before and office.pos[named("north")] == pos
            continue
        assert entries and office.pos[named("north")] == pos + len(entries)
        revs = [entry.record.rev for entry in entries if entry.record is not None and entry.record_id == shop]
        assert revs == [before.rev + n for n in range(1, len(revs) + 1)]


def test_a_stay_that_ended_is_remembered(office: SmallOffice) -> None:
    """§2: `residence` of both books, so that late can be told from other."""
    shop = office.customer("shop")
    office.move(shop, "south")

    assert [stay.book for stay in office.world.residences[shop]] == [named("north"), named("south")]
    assert (
        isinstance(office.world.residences[shop][0], Residence) and office.world.residences[shop][0].to_pos is not None
    )
