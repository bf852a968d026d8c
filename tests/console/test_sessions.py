"""Signing in and out: new ids, ends, cookies, wrong tries (T23)."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from server.services import clock, sessions, tries, users
from server.storage.database import reading
from server.storage.tables import console_session, setting
from tests.console.browser import Person
from tests.console.scenario import Scene
from tests.head_office import PASSWORD

MINUTE, HOUR = 60_000, 3_600_000


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch):
    """The server's clock stands still, and goes on by hand: `passing(ms)`."""
    gone = [0]
    begun = clock.now_ms()

    def let(ms: int) -> None:
        gone[0] += ms

    monkeypatch.setattr(clock, "now_ms", lambda: begun + gone[0])
    return let


def rows(scene: Scene) -> list[str]:
    with scene.office.app.app_context(), reading() as connection:
        return list(connection.scalars(sa.select(console_session.c.id_hash)))


def cookie(person: Person) -> str:
    found = person.client.get_cookie("roundbook")
    assert found is not None
    return str(found.value)


def test_signing_in_begins_a_session_with_a_new_id_and_the_old_cookie_opens_nothing(scene):
    person = Person(scene.office.app)
    person.get("/sign-in")
    visitor = cookie(person)

    person.sign_in("li", PASSWORD)
    first = cookie(person)
    person.post("/sign-in", {"login": "li", "password": PASSWORD})
    second = cookie(person)

    assert len({visitor, first, second}) == 3
    other = Person(scene.office.app)
    for stale in (visitor, first):
        other.client.set_cookie("roundbook", stale)
        assert other.get("/").status_code == 302


def test_a_session_id_that_somebody_invented_is_never_taken_over(scene):
    person = Person(scene.office.app)
    person.client.set_cookie("roundbook", "s.chosen-by-an-attacker")

    person.sign_in("li", PASSWORD)

    assert cookie(person) != "s.chosen-by-an-attacker"
    assert hashlib.sha256(b"chosen-by-an-attacker").hexdigest() not in rows(scene)


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(scene):
    person = Person(scene.office.app)

    answer = person.sign_in("li", PASSWORD)

    header = answer.headers["Set-Cookie"]
    assert "HttpOnly" in header and "SameSite=Lax" in header and "Path=/" in header and "Expires" not in header


def test_the_table_of_sessions_opens_none_because_it_holds_hashes_only(scene):
    person = Person(scene.office.app, "li")

    token = cookie(person).removeprefix("s.")

    assert token not in rows(scene)
    assert sessions.hash_of(token) in rows(scene)


def test_a_visitor_leaves_no_row_in_the_database(scene):
    before = len(rows(scene))

    for _ in range(5):
        Person(scene.office.app).get("/sign-in")

    assert len(rows(scene)) == before


def test_a_session_ends_after_half_an_hour_without_a_request(scene, passing):
    person = Person(scene.office.app, "li")

    passing(29 * MINUTE)
    assert person.get("/").status_code == 200
    passing(29 * MINUTE)
    assert person.get("/").status_code == 200
    passing(30 * MINUTE)
    assert person.get("/").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy_it_is(scene, passing):
    person = Person(scene.office.app, "li")

    for _ in range(11 * 3 + 2):
        passing(20 * MINUTE)
        assert person.get("/").status_code == 200
    passing(20 * MINUTE)

    assert person.get("/").status_code == 302


def test_of_too_many_sessions_of_one_user_the_one_that_was_idle_longest_ends(own_scene, passing):
    people = []
    for _ in range(sessions.MOST):
        people.append(Person(own_scene.office.app, "li"))
        passing(MINUTE // 2)
    passing(MINUTE)
    assert people[0].get("/account").status_code == 200  # seen again, so the second one is idle longest now

    Person(own_scene.office.app, "li")

    assert people[1].get("/account").status_code == 302
    assert people[0].get("/account").status_code == people[2].get("/account").status_code == 200


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(scene):
    person = Person(scene.office.app, "li")
    kept = cookie(person)

    person.post("/sign-out")

    thief = Person(scene.office.app)
    thief.client.set_cookie("roundbook", kept)
    assert thief.get("/").status_code == 302
    assert person.get("/").status_code == 302


def test_who_is_disabled_is_out_at_once(own_scene):
    office = own_scene.office
    person = Person(office.app, "wang")
    admin = Person(office.app, "admin")

    admin.post(f"/people/{office.users['wang']}", {"name": "Wang", "language": "en", "roles": "account_manager"})

    assert person.get("/").status_code == 302
    assert Person(office.app).sign_in("wang", PASSWORD).status_code == 403


def test_a_new_password_ends_all_sessions_of_its_owner(own_scene):
    office = own_scene.office
    person, admin = Person(office.app, "wang"), Person(office.app, "admin")
    form = {
        "name": "Wang",
        "language": "en",
        "roles": "account_manager",
        "active": "yes",
        "password": "another good one",
    }

    admin.post(f"/people/{office.users['wang']}", form)

    assert person.get("/").status_code == 302
    assert Person(office.app).sign_in("wang", "another good one").status_code == 303


def test_a_wrong_password_and_an_unknown_login_read_the_same(scene):
    person = Person(scene.office.app, address="10.0.0.1")

    wrong = person.sign_in("mei", "not her password")
    unknown = person.sign_in("nobody-at-all", "not her password")

    assert wrong.status_code == unknown.status_code == 403
    assert _plain(wrong.text, "mei") == _plain(unknown.text, "nobody-at-all")


def _plain(page: str, login: str) -> str:
    import re

    return re.sub(r'value="[^"]{60,}"', "", page).replace(login, "LOGIN")


def test_wrong_tries_slow_the_next_ones_down_even_with_the_right_password_and_a_right_one_clears_them(
    own_scene, passing
):
    person = Person(own_scene.office.app, address="10.0.0.2")
    for _ in range(tries.FREE):
        assert person.sign_in("mei", "wrong password").status_code == 403

    stopped = person.sign_in("mei", PASSWORD)
    assert stopped.status_code == 429 and int(stopped.headers["Retry-After"]) >= 1
    passing(int(stopped.headers["Retry-After"]) * 1000)

    assert person.sign_in("mei", PASSWORD).status_code == 303
    assert Person(own_scene.office.app, address="10.0.0.2").sign_in("mei", "wrong password").status_code == 403


def test_each_wrong_try_doubles_the_wait_up_to_a_quarter_of_an_hour(own_scene):
    with own_scene.office.app.app_context():
        now, waits = 1_000_000, []
        for _ in range(30):
            tries.note_wrong("mei", "10.0.0.3", now)
            waits.append(tries.wait_ms("mei", "10.0.0.9", now))

    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:8] == [1000, 2000, 4000, 8000]
    assert waits[-1] == tries.LONGEST_MS


def test_an_unknown_login_is_slowed_down_like_a_known_one(own_scene, passing):
    person = Person(own_scene.office.app, address="10.0.0.4")

    answers = [person.sign_in("no-such-person", "wrong password").status_code for _ in range(tries.FREE + 1)]

    assert answers == [403] * tries.FREE + [429]


def test_one_address_that_tries_many_logins_is_slowed_down(own_scene):
    with own_scene.office.app.app_context():
        for n in range(tries.FREE_BY_ADDRESS):
            tries.note_wrong(f"login-{n}", "10.0.0.5", 1000)

        assert tries.wait_ms("fresh", "10.0.0.5", 1000) > 0
        for n in range(100):
            tries.note_wrong(f"other-{n}", "10.0.0.5", 1000)
        assert tries.wait_ms("fresh", "10.0.0.5", 1000) == tries.LONGEST_BY_ADDRESS_MS
        assert tries.wait_ms("fresh", "10.0.0.6", 1000) == 0


def test_a_flood_of_invented_logins_fills_no_table(own_scene):
    with own_scene.office.app.app_context():
        with reading() as connection:
            before = connection.scalar(sa.select(sa.func.count()).select_from(setting))
        tries._ROWS, kept = 8, tries._ROWS
        try:
            for n in range(60):
                tries.note_wrong(f"login-{n}", f"10.1.0.{n}", 1000)
        finally:
            tries._ROWS = kept
        with reading() as connection:
            after = connection.scalar(sa.select(sa.func.count()).select_from(setting))

    assert after - before <= 16


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0a/evil.example\n",
    " //evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/customers\r\nSet-Cookie: a=b",
    "evil.example",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("wish", ELSEWHERE)
def test_signing_in_leads_nowhere_else(scene, wish):
    person = Person(scene.office.app)

    answer = person.sign_in("li", PASSWORD, next=wish)

    assert answer.status_code == 303 and answer.headers["Location"] == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(scene):
    person = Person(scene.office.app)

    asked = person.get("/customers?q=star&sort=-store_name")
    answer = person.sign_in("li", PASSWORD, next="/customers?q=star&sort=-store_name")

    assert asked.status_code == 302 and asked.headers["Location"].startswith("/sign-in?next=")
    assert answer.headers["Location"] == "/customers?q=star&sort=-store_name"


def test_a_user_without_a_password_cannot_sign_in(own_scene):
    with own_scene.office.app.app_context():
        users.create_user("field-only", "Field only", ["account_manager"], None)

    assert Person(own_scene.office.app).sign_in("field-only", "").status_code == 403
