"""Accepting and returning what waits: by whoever holds the seat, once, with the values that he saw or corrected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.services import books
from server.storage.database import reading
from server.storage.typed import typed_table
from tests.console.browser import Person, shown
from tests.console.scenario import Scene
from tests.console.test_inbox_and_lists import counts
from tests.wire.stranger import Stranger, uuid7


@pytest.fixture
def own_scene(own_served_scene: Scene) -> Scene:
    """Phones send what waits here."""
    return own_served_scene


def ask(scene: Scene, login: str, *changes: dict[str, Any]) -> Stranger:
    """Somebody without a seat on the north book asks for something there, from his phone."""
    phone = Stranger(scene.office.invitation(login))
    assert phone.enrol(name=f"{login.title()}'s phone", platform="Android 15").status == 200
    phone.sync()
    for change in changes:
        phone.save(scene.ids["north"], {"seat": "maintainer", "term": 1, "customer": scene.ids["star"], **change})
    phone.sync()
    return phone


def edit(scene: Scene, record: str = "star", **values: Any) -> dict[str, Any]:
    return {
        "op": "edit",
        "type": "customer",
        "record": scene.ids[record],
        "customer": scene.ids[record],
        "set": values,
    }


def stored(scene: Scene, type_name: str, record: str) -> dict[str, Any] | None:
    """A record as it stands."""
    table = typed_table(type_name)
    with scene.office.app.app_context(), reading() as connection:
        row = connection.execute(table.select().where(table.c.id == record)).mappings().one_or_none()
    return dict(row) if row else None


def proposals(scene: Scene, **where: Any) -> list[str]:
    table = typed_table("proposal")
    query = table.select().where(*(table.c[name] == value for name, value in where.items())).order_by(table.c.at)
    with scene.office.app.app_context(), reading() as connection:
        return [row["id"] for row in connection.execute(query).mappings()]


def by(scene: Scene, login: str) -> str:
    """The one proposal of a person."""
    (found,) = proposals(scene, proposer=scene.office.users[login])
    return found


def test_the_supervisor_accepts_an_application_and_it_counts_at_once(own_scene):
    chen, case = Person(own_scene.office.app, "chen"), own_scene.ids["proposal"]

    answer = chen.post(f"/inbox/{case}/accept")

    assert answer.status_code == 303 and answer.headers["Location"] == "/"
    page = chen.page("/")
    assert "Accepted: it counts now." in page and counts(page)["Changes to decide"] == 0
    assert stored(own_scene, "customer", own_scene.ids["star"])["address"] == "1462 2nd Ave"
    decided = stored(own_scene, "proposal", case)
    assert (decided["state"], decided["decided_by"]) == ("accepted", own_scene.office.users["chen"])


def test_values_are_corrected_before_they_are_accepted(own_scene):
    chen, case = Person(own_scene.office.app, "chen"), own_scene.ids["proposal"]
    assert 'value="1462 2nd Ave"' in chen.page(f"/inbox/{case}")

    chen.post(f"/inbox/{case}/accept", {"address": "1464 2nd Ave", "grade": "1"})

    star = stored(own_scene, "customer", own_scene.ids["star"])
    assert star["address"] == "1464 2nd Ave"
    assert star["grade"] != "1", "what nobody asked for is not decided along with it"


def test_a_value_that_is_none_is_named_by_its_field_and_nothing_is_decided(own_scene):
    li = Person(own_scene.office.app, "li")
    ask(own_scene, "wang", edit(own_scene, visit_cycle_days=14))
    case = by(own_scene, "wang")

    answer = li.post(f"/inbox/{case}/accept", {"visit_cycle_days": "soon"})

    assert answer.status_code == 422
    assert "This is no whole number." in answer.text and 'value="soon"' in answer.text
    assert stored(own_scene, "proposal", case)["state"] == "open"


def test_it_is_returned_with_a_comment_and_never_without(own_scene):
    chen, case = Person(own_scene.office.app, "chen"), own_scene.ids["proposal"]

    chen.post(f"/inbox/{case}/return", {"comment": "  "})
    assert stored(own_scene, "proposal", case)["state"] == "open"
    assert "Nothing was returned" in chen.page(f"/inbox/{case}")
    chen.post(f"/inbox/{case}/return", {"comment": "Send a photo of the licence"})

    decided = stored(own_scene, "proposal", case)
    assert (decided["state"], decided["comment"]) == ("declined", "Send a photo of the licence")
    assert stored(own_scene, "customer", own_scene.ids["star"])["address"] == "1460 2nd Ave"
    page = shown(chen.page(f"/inbox/{case}"))
    assert "Returned" in page and "Send a photo of the licence" in page
    assert counts(chen.page("/"))["Changes to decide"] == 0


def test_the_first_decision_counts_and_the_second_person_is_told(own_scene):
    chen, case = Person(own_scene.office.app, "chen"), own_scene.ids["proposal"]
    chen.post(f"/inbox/{case}/accept")

    answer = chen.post(f"/inbox/{case}/return", {"comment": "Too late"})

    assert answer.headers["Location"] == f"/inbox/{case}"
    page = shown(chen.page(f"/inbox/{case}"))
    assert "Somebody decided this before you." in page and "Accepted Chen" in page
    assert stored(own_scene, "proposal", case)["state"] == "accepted"


@pytest.mark.parametrize("login", ["li", "admin"])
def test_who_does_not_decide_sees_no_button_but_who_does_and_a_forged_form_changes_nothing(own_scene, login):
    somebody, case = Person(own_scene.office.app, login), own_scene.ids["proposal"]

    for path in ("/?show=proposals", f"/inbox/{case}"):
        page = somebody.page(path)
        assert "/accept" not in page and "/return" not in page, path
        assert "Chen decides this (Supervisor)." in shown(page), path
    assert somebody.post(f"/inbox/{case}/accept").status_code == 303
    assert "Somebody else decides this." in somebody.page("/")
    assert stored(own_scene, "proposal", case)["state"] == "open"
    assert stored(own_scene, "customer", own_scene.ids["star"])["address"] == "1460 2nd Ave"


def test_while_the_seats_are_vacant_it_passes_to_the_supervisor_and_then_to_an_administrator(own_scene):
    office = own_scene.office
    ask(own_scene, "wang", edit(own_scene, visit_cycle_days=14))
    case, admin = by(own_scene, "wang"), Person(own_scene.office.app, "admin")

    def who_may() -> list[str]:
        people = ("chen", "admin")
        return [
            login for login in people if f"/inbox/{case}/accept" in Person(office.app, login).page(f"/inbox/{case}")
        ]

    def vacate(seat: str) -> None:
        with office.app.app_context():
            books.assign_seat(own_scene.ids["north"], seat, None, office.users["admin"])

    assert who_may() == []
    vacate("maintainer")
    assert who_may() == ["chen"]
    with office.app.app_context():
        books.assign_seat(own_scene.ids["north"], "supervisor", None, office.users["admin"])
    assert f"/inbox/{case}/accept" in admin.page(f"/inbox/{case}")
    admin.post(f"/inbox/{case}/accept")
    assert stored(own_scene, "customer", own_scene.ids["star"])["visit_cycle_days"] == 14


def test_an_order_a_visit_and_a_removal_that_were_asked_for_are_accepted_too(own_scene):
    ids, li = own_scene.ids, Person(own_scene.office.app, "li")
    order, visit = uuid7(), uuid7()
    lines = [{"product": ids["whisky"], "product_name": "Templeton Rye 750 ml", "quantity": "3", "amount_minor": 8142}]
    ask(
        own_scene,
        "wang",
        {"op": "create", "type": "order", "record": order, "set": {"ordered_at": 1_000, "lines": lines}},
        {"op": "create", "type": "visit", "record": visit, "set": {"state": "done", "checked_in_at": 61_001}},
        {"op": "remove", "type": "customer", "record": ids["sun"], "customer": ids["sun"]},
    )
    cases = proposals(own_scene, proposer=own_scene.office.users["wang"])
    assert "Templeton Rye 750 ml × 3 · $81.42" in shown(li.page("/?show=proposals"))

    for case in cases:
        page = li.page(f"/inbox/{case}")
        base = page.partition('name="_base" value="')[2].partition('"')[0]
        inputs = {"checked_in_at": "1970-01-01T00:01"} if 'name="checked_in_at"' in page else {}
        assert li.post(f"/inbox/{case}/accept", {"_base": base, **inputs}).status_code == 303
        assert "Accepted: it counts now." in li.page("/")

    made = stored(own_scene, "order", order)
    assert made["made_by"] == own_scene.office.users["wang"] and made["lines"]
    assert stored(own_scene, "visit", visit)["checked_in_at"] == 61_001, "what was not corrected keeps its milliseconds"
    assert stored(own_scene, "customer", ids["sun"])["removed"]


def test_elements_of_a_list_are_added_and_can_be_corrected(own_scene):
    star, li = own_scene.ids["star"], Person(own_scene.office.app, "li")
    change = {**edit(own_scene), "put": {"business_tags": ["bakery", "cafe"]}, "take": {"business_tags": ["corner"]}}
    ask(own_scene, "wang", {name: value for name, value in change.items() if value})
    case = by(own_scene, "wang")
    assert 'value="late hours, bakery, cafe"' in li.page(f"/inbox/{case}")

    li.post(f"/inbox/{case}/accept", {"business_tags": "corner, bakery"})

    tags = stored(own_scene, "customer", star)["business_tags"]
    assert sorted(json.loads(tags) if isinstance(tags, str) else tags) == ["bakery", "corner"]


def test_a_removal_is_not_accepted_over_work_that_its_decider_has_not_seen(own_scene):
    sun, li = own_scene.ids["sun"], Person(own_scene.office.app, "li")
    ask(own_scene, "wang", {"op": "remove", "type": "customer", "record": sun, "customer": sun})
    case = by(own_scene, "wang")
    base = li.page(f"/inbox/{case}").partition('name="_base" value="')[2].partition('"')[0]
    own_scene.office.write("north", {**edit(own_scene, "sun", city="Ames"), "op": "edit"})

    li.post(f"/inbox/{case}/accept", {"_base": base})

    assert "was changed meanwhile" in li.page(f"/inbox/{case}")
    assert not stored(own_scene, "customer", sun)["removed"]
    assert stored(own_scene, "proposal", case)["state"] == "open"


def test_an_edit_met_by_another_keeps_the_value_that_lost(own_scene):
    star, li = own_scene.ids["star"], Person(own_scene.office.app, "li")
    ask(own_scene, "wang", edit(own_scene, visit_cycle_days=14))
    case = by(own_scene, "wang")
    base = li.page(f"/inbox/{case}").partition('name="_base" value="')[2].partition('"')[0]
    own_scene.office.write("north", edit(own_scene, visit_cycle_days=21))

    li.post(f"/inbox/{case}/accept", {"_base": base})

    page = li.page("/")
    assert "his value is kept as a conflict" in page and counts(page)["Conflicts"] == 2
    assert stored(own_scene, "customer", star)["visit_cycle_days"] == 14


def test_the_value_that_lost_a_conflict_is_taken_back_by_who_maintains_the_field(own_scene):
    case, sun = own_scene.ids["conflict"], own_scene.ids["sun"]
    li, admin = Person(own_scene.office.app, "li"), Person(own_scene.office.app, "admin")
    before = stored(own_scene, "customer", sun)["contact_person"]
    assert "take-back" not in admin.page(f"/inbox/{case}") and "Li decides this" in shown(admin.page(f"/inbox/{case}"))
    admin.post(f"/inbox/{case}/take-back")
    assert stored(own_scene, "customer", sun)["contact_person"] == before

    li.post(f"/inbox/{case}/take-back")

    page = li.page("/")
    assert "the value that had lost counts again" in page and counts(page)["Conflicts"] == 0
    assert {before, stored(own_scene, "customer", sun)["contact_person"]} == {"Mr Sun", "Mrs Sun"}
    assert "Settled" in li.page(f"/inbox/{case}")


def test_a_conflict_is_left_as_it_is_by_who_may_review(own_scene):
    case, chen = own_scene.ids["conflict"], Person(own_scene.office.app, "chen")
    assert Person(own_scene.office.app, "li").post(f"/inbox/{case}/keep").status_code == 403

    chen.post(f"/inbox/{case}/keep")

    assert counts(chen.page("/"))["Conflicts"] == 0
    chen.post(f"/inbox/{case}/keep")
    assert "Somebody decided this before you." in chen.page("/")


def test_a_new_customer_is_accepted_or_returned_from_its_row(own_scene):
    new, chen = own_scene.ids["new"], Person(own_scene.office.app, "chen")
    assert f"/inbox/customers/{new}/accept" not in Person(own_scene.office.app, "li").page("/")

    chen.post(f"/inbox/customers/{new}/return", {"comment": "Which licence?"})

    page = chen.page("/")
    assert counts(page)["New customers"] == 0 and counts(page)["Returned"] == 2 and "Which licence?" in page
    chen.post(f"/inbox/customers/{new}/accept")
    assert counts(chen.page("/"))["Returned"] == 1


def test_what_is_to_be_decided_in_another_book_is_absent(own_scene):
    wang, nobody = Person(own_scene.office.app, "wang"), "01900000-0000-7000-8000-00000000dead"
    ids = own_scene.ids

    for case in (ids["proposal"], ids["conflict"], nobody, ids["star"]):
        assert wang.get(f"/inbox/{case}").status_code == 404
        for act in ("accept", "return", "take-back"):
            assert wang.post(f"/inbox/{case}/{act}", {"comment": "x"}).status_code == 404
    chen = Person(own_scene.office.app, "chen")
    for record in (ids["far"], nobody):
        assert chen.post(f"/inbox/customers/{record}/accept").status_code == 404
    assert chen.post(f"/inbox/{ids['conflict']}/accept").status_code == 404


def test_private_values_that_are_asked_for_stay_hidden_and_are_accepted_whole(own_scene):
    star, chen = own_scene.ids["star"], Person(own_scene.office.app, "chen")
    ask(own_scene, "wang", {**edit(own_scene, bank_account="6222020200998877665")})
    case = by(own_scene, "wang")
    with own_scene.office.app.app_context():
        books.assign_seat(own_scene.ids["north"], "maintainer", None, own_scene.office.users["admin"])
    assert "6222020200998877665" not in chen.page(f"/inbox/{case}") + chen.page("/")

    chen.post(f"/inbox/{case}/accept", {"bank_account": ""})

    assert stored(own_scene, "customer", star)["bank_account"] == "6222020200998877665"
