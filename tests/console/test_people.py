"""The pages of people: their sessions, second factors, places, and what the security log says of it."""

from __future__ import annotations

import re

import pytest

from server.services import users
from server.services.people import organisation, second_factor, security_log
from server.services.people.organisation import OrganisationError
from tests.console.browser import Person, shown
from tests.console.test_second_factor import set_up
from tests.head_office import PASSWORD

HANDLE = re.compile(r"/sessions/([0-9a-f]{24})/end")


def test_a_person_sees_his_sessions_and_ends_another_one_of_them(own_scene):
    app = own_scene.office.app
    here, there = Person(app, "li"), Person(app, "li", address="10.3.3.3")

    page = here.page("/account")
    assert "10.3.3.3" in shown(page) and "this one" in shown(page)
    (handle,) = set(HANDLE.findall(page))
    assert here.post(f"/account/sessions/{handle}/end").status_code == 303

    assert there.get("/").status_code == 302 and here.get("/").status_code == 200


def test_nobody_ends_the_session_of_another_from_his_own_page(own_scene):
    app = own_scene.office.app
    li, wang = Person(app, "li"), Person(app, "wang")
    admin = Person(app, "admin")
    (handle,) = set(HANDLE.findall(admin.page(f"/people/{own_scene.office.users['wang']}")))

    assert li.post(f"/account/sessions/{handle}/end").status_code == 404
    assert li.post("/account/sessions/%/end").status_code == 404
    assert li.post(f"/account/sessions/{'_' * 24}/end").status_code == 404
    assert wang.get("/").status_code == 200


def test_an_administrator_ends_the_session_of_somebody_and_the_log_says_who_did(own_scene):
    office = own_scene.office
    wang, admin = Person(office.app, "wang"), Person(office.app, "admin")
    page = f"/people/{office.users['wang']}"
    (handle,) = set(HANDLE.findall(admin.page(page)))

    assert admin.post(f"{page}/sessions/{handle}/end").status_code == 303

    assert wang.get("/").status_code == 302
    with office.app.app_context():
        event = security_log.latest(1)[0]
    assert (event.kind, event.user, event.by) == (security_log.SESSION_ENDED, "Wang", "Admin")


def test_all_other_sessions_end_at_once(own_scene):
    app = own_scene.office.app
    here, others = Person(app, "li"), [Person(app, "li") for _ in range(3)]

    here.post("/account/sessions/end-others")

    assert here.get("/").status_code == 200 and all(other.get("/").status_code == 302 for other in others)


def test_a_new_password_of_ones_own_needs_the_old_one_and_ends_the_other_sessions(own_scene):
    app = own_scene.office.app
    here, other = Person(app, "li"), Person(app, "li")

    wrong = here.post("/account/password", {"old_password": "not it at all", "new_password": "quite another one"})
    short = here.post("/account/password", {"old_password": PASSWORD, "new_password": "short"})
    assert wrong.status_code == short.status_code == 422 and other.get("/").status_code == 200
    right = here.post("/account/password", {"old_password": PASSWORD, "new_password": "quite another one"})

    assert right.status_code == 303 and here.get("/").status_code == 200 and other.get("/").status_code == 302
    assert Person(app).sign_in("li", "quite another one").status_code == 303


def test_a_second_factor_is_taken_away_by_another_administrator_and_never_by_oneself(own_scene):
    office = own_scene.office
    office.user("second-admin", "administrator")
    lost, helper = Person(office.app, "admin", proved=False), Person(office.app, "second-admin")
    set_up(lost)
    own = office.users["admin"]

    lost.post(f"/people/{own}/second-factor/reset")
    with office.app.app_context():
        assert second_factor.is_set(own)
    helper.post(f"/people/{own}/second-factor/reset")

    with office.app.app_context():
        assert not second_factor.is_set(own)
    assert lost.get("/").status_code == 302


def test_a_changed_role_counts_at_the_next_request_and_stands_in_the_log(own_scene):
    office = own_scene.office
    mei, admin = Person(office.app, "mei"), Person(office.app, "admin")
    assert mei.get("/import").status_code == 403

    form = {"name": "Mei", "language": "en", "roles": ["order_desk", "department_manager"], "active": "yes"}
    admin.post(f"/people/{office.users['mei']}", form)

    assert mei.get("/import").status_code == 200
    page = shown(admin.page("/people/log"))
    assert "roles changed" in page and "Department manager" in page


def test_the_tree_shows_who_stands_where_and_refuses_what_is_no_tree(own_scene):
    office = own_scene.office
    admin, by = Person(office.app, "admin"), users.SYSTEM
    with office.app.app_context():
        company = organisation.add_unit("Maple Trading", "company", None, by)
        branch = organisation.add_unit("North branch", "branch", company, by)
        team = organisation.add_unit("Group purchase", "team", branch, by)
    place = {"unit": team, "position": "Account manager", "level": "operation", "leads": ""}
    admin.post(f"/people/{office.users['li']}/place", place)

    li = Person(office.app, "li")
    assert "Maple Trading" in shown(li.page("/organisation")) and "Account manager" in shown(li.page("/organisation"))
    assert "Maple Trading › North branch › Group purchase" in shown(li.page("/account"))
    for wrong in ({"parent": team}, {"name": ""}, {"kind": "planet"}, {"parent": "nowhere"}):
        form = {"name": "Maple Trading", "kind": "company", "parent": "", **wrong}
        admin.post(f"/organisation/{company}", form)
    admin.post(f"/organisation/{team}/remove")
    with office.app.app_context():
        assert [(u.name, u.depth) for u in organisation.tree()] == [
            ("Maple Trading", 0),
            ("North branch", 1),
            ("Group purchase", 2),
        ]
        with pytest.raises(OrganisationError, match="in-use"):
            organisation.remove_unit(branch, by)


def test_the_last_of_a_unit_goes_and_so_can_the_unit(own_scene):
    office, by = own_scene.office, users.SYSTEM
    with office.app.app_context():
        team = organisation.add_unit("Night team", "team", None, by)
        organisation.place(office.users["li"], team, "Driver", "operation", leads=False, by=by)
        organisation.place(office.users["li"], None, "", "operation", leads=False, by=by)
        organisation.remove_unit(team, by)

        assert organisation.tree() == []
