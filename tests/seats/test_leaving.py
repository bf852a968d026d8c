"""The three ways of leaving (decision 10): handed over, dismissed, stolen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from server.services import clock, enrolment, hand_overs, leaving, quotas, sessions, users, waiting
from server.storage.database import reading
from server.storage.tables import change_set, seat
from tests.seats.phone import Phone
from tests.seats.round import DAY, Round
from tests.wire.stranger import uuid7


def dismiss(round_: Round, name: str, *, vacate: bool = False) -> leaving.Dismissal:
    with round_.office.app.app_context():
        return leaving.dismiss(round_.user(name), users.SYSTEM, vacate=vacate)


def holder(round_: Round) -> str | None:
    """Who maintains the north."""
    query = sa.select(seat.c.user_id).where(seat.c.book_id == round_.north, seat.c.seat == "maintainer")
    with round_.office.app.app_context(), reading() as connection:
        found: str | None = connection.scalar(query)
        return found


def succeed(round_: Round, leaver: str, to: str) -> None:
    with round_.office.app.app_context():
        leaving.hand_over_all(round_.user(leaver), round_.user(to), users.SYSTEM)


def stored_seat(round_: Round, book: str) -> tuple[str | None, int | None, str | None]:
    """Who maintains a book, until when, and to whom it falls back."""
    query = sa.select(seat.c.user_id, seat.c.until, seat.c.back_to).where(seat.c.book_id == book)
    with round_.office.app.app_context(), reading() as connection:
        user, until, back_to = connection.execute(query.where(seat.c.seat == "maintainer")).one()
        return user, until, back_to


def stored_state(round_: Round, set_id: str) -> str | None:
    with round_.office.app.app_context(), reading() as connection:
        found: str | None = connection.scalar(sa.select(change_set.c.state).where(change_set.c.id == set_id))
        return found


def test_decision_10_what_a_dismissed_person_still_sends_goes_whole_to_quarantine_and_his_pulls_are_empty(
    round_: Round,
) -> None:
    customer = round_.customer("Dismissed")
    li = round_.phone("li")
    made = li.save(round_.north, li.visit(customer, round_.north)[1])
    before = round_.kinds(round_.north)
    dismiss(round_, "li")

    answer = li.sync()

    assert answer.json["scope"] == {} and "records" not in answer.json
    assert li.records == {} and li.cursors == {}
    assert stored_state(round_, made) == "quarantined"
    assert round_.kinds(round_.north) == before


@pytest.mark.parametrize("room", [50, 0])
def test_decision_10_nothing_that_a_dismissed_person_sends_is_carried_out_whether_or_not_there_is_room_for_it(
    round_: Round, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """What waited before waits on for the office; what comes now is put aside, or refused where too much lies there already."""
    customer, missing = round_.customer("Dismissed, Much Put Aside"), clock.new_id()
    li = round_.phone("li")
    early = li.save(
        round_.north,
        li.change("create", "visit", uuid7(), missing, round_.north, set={"state": "open", "checked_in_at": 1}),
    )
    li.sync()
    dismiss(round_, "li")
    made = li.save(round_.north, li.visit(customer, round_.north)[1])
    li.save(round_.north, li.visit(customer, round_.north)[1])
    li.outbox[-1]["set"]["id"] = "nonsense"
    create = {"op": "create", "type": "customer", "record": missing, "customer": missing}
    round_.office.write(round_.north, {**create, "set": {"store_name": "At last"}})
    monkeypatch.setattr(quotas, "QUARANTINE_BYTES", room * 2**20)
    before = round_.kinds(round_.north)

    sent = li.round_trip(pending=[early]).json["verdicts"]
    again = li.round_trip(sets=[{"seq": 1, "set": li.made[early]}, *li.outbox]).json["verdicts"]

    why = {v["id"]: [reason["code"] for c in v["changes"] for reason in c.get("why", [])] for v in sent}
    assert why[made] == ["quarantined" if room else "quota.quarantine"] and "id.format" in why["nonsense"]
    assert {v["state"] for v in sent if v["id"] != early} == {"refused"}
    assert next(v["state"] for v in again if v["id"] == early) == "waiting"
    assert round_.kinds(round_.north) == before
    assert stored_state(round_, made) == ("quarantined" if room else None)
    with round_.office.app.app_context():
        assert waiting.retry_office() == 1
    assert stored_state(round_, early) == "applied"


def test_decision_10_sessions_and_invitations_end_at_once(round_: Round) -> None:
    user = round_.user("li")
    invitation = round_.office.invitation(f"li{round_.number}")
    with round_.office.app.app_context():
        token = sessions.begin(user, {}, clock.now_ms())
        before = sessions.find(token, clock.now_ms())

        done = leaving.dismiss(user, users.SYSTEM)

        assert before is not None and sessions.find(token, clock.now_ms()) is None
        with pytest.raises(users.UserError):
            enrolment.invite(user, users.SYSTEM)
        users.change_user(user, name="Li", roles=(), language="en", active=True)
        assert sessions.find(token, clock.now_ms()) is None, "who comes back signs in anew"
    answer = Phone(invitation).enrol()
    assert (answer.status, answer.problem) == (410, "code-expired")
    assert (done.sessions, done.invitations) == (1, 1)


def test_decision_10_seats_stay_in_his_name_until_it_is_asked_that_they_fall_vacant(round_: Round) -> None:
    kept = dismiss(round_, "li")
    still = holder(round_)
    dismiss(round_, "li", vacate=True)

    assert kept.seats == ((round_.north, "maintainer"),)
    assert (still, holder(round_)) == (round_.user("li"), None)


def test_decision_10_what_a_dismissed_person_only_stood_in_for_goes_back_to_its_holder(round_: Round) -> None:
    round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)

    dismiss(round_, "zhou", vacate=True)

    assert holder(round_) == round_.user("li")
    assert round_.north in round_.phone("li").scope


def test_decision_10_the_preview_of_a_dismissal_is_what_then_happens(round_: Round) -> None:
    li = round_.phone("li")
    li.round_trip(holds={"sets": 2, "photos": 1, "since": 5})
    round_.office.invitation(f"li{round_.number}")

    with round_.office.app.app_context():
        found = leaving.preview_dismissal(round_.user("li"))
    done = dismiss(round_, "li")

    assert found == done and done.invitations == 1
    assert [(u.device, u.sets, u.photos) for u in done.unsent] == [(li.device, 2, 1)]


def test_decision_10_who_hands_over_all_his_seats_sends_what_he_made_before_by_the_ordinary_rules(
    round_: Round,
) -> None:
    customer = round_.customer("Handed Over")
    li = round_.phone("li")
    visit, a_visit = li.visit(customer, round_.north)
    made = li.save(round_.north, a_visit)
    with round_.office.app.app_context():
        given = leaving.hand_over_all(round_.user("li"), round_.user("zhou"), users.SYSTEM)

    li.sync()

    assert given == [(round_.north, "maintainer", 2)]
    assert (li.verdict(made)["state"], li.verdict(made)["late"]) == ("applied", True)
    assert visit in round_.phone("zhou").records


def test_decision_10_who_hands_over_while_he_stands_in_for_another_leaves_the_seat_to_that_one(round_: Round) -> None:
    until = clock.now_ms() + DAY
    round_.hand_over(round_.south, "zhou", until=until)

    succeed(round_, "zhou", "li")

    assert stored_seat(round_, round_.south) == (round_.user("li"), until, round_.user("wang"))


def test_decision_10_who_hands_over_to_the_one_he_stands_in_for_ends_the_standing_in(round_: Round) -> None:
    round_.hand_over(round_.south, "zhou", until=clock.now_ms() + DAY)

    succeed(round_, "zhou", "wang")

    assert stored_seat(round_, round_.south) == (round_.user("wang"), None, None)


@pytest.mark.parametrize("to", ["wang", "zhou"])
def test_decision_10_a_seat_falls_back_to_nobody_who_handed_over_while_another_stood_in_for_him(
    round_: Round, to: str
) -> None:
    until = clock.now_ms() + DAY
    round_.hand_over(round_.north, "zhou", until=until)

    succeed(round_, "li", to)

    stays = (round_.user("zhou"), until, round_.user("wang"))
    assert stored_seat(round_, round_.north) == (stays if to == "wang" else (round_.user("zhou"), None, None))
    with round_.office.app.app_context():
        assert leaving.parts_of(round_.user("li")) == []


def test_decision_10_a_stolen_device_gets_nothing_and_its_owner_goes_on_with_another(round_: Round) -> None:
    customer = round_.customer("Stolen From")
    stolen = round_.phone("li")
    made = stolen.save(round_.north, stolen.visit(customer, round_.north)[1])
    with round_.office.app.app_context():
        enrolment.revoke(stolen.device, "lost", users.SYSTEM)

    answer = stolen.round_trip()

    assert (answer.status, answer.problem) == (403, "device-lost")
    assert stored_state(round_, made) == "quarantined"
    assert round_.phone("li").of(customer) == {customer}


def test_decision_10_nobody_dismisses_the_product_itself(round_: Round) -> None:
    with round_.office.app.app_context(), pytest.raises(users.UserError):
        leaving.dismiss(users.SYSTEM, users.SYSTEM)


def test_decision_10_a_dismissed_stand_in_whose_end_has_passed_holds_nothing_that_could_be_taken(
    round_: Round, later: Callable[[int], None]
) -> None:
    round_.hand_over(round_.north, "zhou", until=clock.now_ms() + DAY)
    later(2 * DAY)

    done = dismiss(round_, "zhou", vacate=True)
    with round_.office.app.app_context():
        taken = hand_overs.give_back(round_.north, "maintainer", round_.user("zhou"), users.SYSTEM)

    assert (done.seats, taken, holder(round_)) == ((), None, round_.user("li"))
