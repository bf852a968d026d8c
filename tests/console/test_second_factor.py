"""The second factor: set up once, asked for before what concerns rights or leaves the house, each code taken once (T23)."""

from __future__ import annotations

import html
import re

import pyotp
import pytest
import sqlalchemy as sa

from server.console.access import ACT, SECOND_FACTOR
from server.services import clock, tries
from server.services.people import second_factor, security_log
from server.storage.database import reading
from server.storage.people_tables import recovery_code
from server.storage.people_tables import second_factor as factors
from sync_protocol.acts import STEP_UP
from tests.console.browser import Person, shown

MINUTE = 60_000


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch):
    """The server's clock stands still, and goes on by hand: `passing(ms)`."""
    gone, begun = [0], clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: begun + gone[0])

    def let(ms: int) -> None:
        gone[0] += ms

    return let


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(clock.now_ms() // 30_000 + steps)


def set_up(person: Person) -> tuple[str, list[str]]:
    """Do as the page says. Returns: the secret and the recovery codes."""
    page = person.page("/second-factor/set-up")
    secret = re.sub(r"\s", "", re.search(r'<p class="code">([A-Z2-7 ]+)</p>', page)[1])
    answer = person.post("/second-factor/set-up", {"second_factor_code": code_of(secret)})
    assert answer.status_code == 200, answer.text
    codes = re.findall(r"<code>([a-z2-7-]+)</code>", answer.text)
    return secret, codes


@pytest.fixture
def admin(own_scene) -> Person:
    """An administrator who has given his password and nothing else."""
    return Person(own_scene.office.app, "admin", proved=False)


def test_the_acts_that_the_company_named_ask_for_a_second_factor_on_every_page_of_theirs(scene):
    views = scene.office.app.view_functions.values()
    guarded = {getattr(view, ACT): getattr(view, SECOND_FACTOR) for view in views if hasattr(view, SECOND_FACTOR)}

    assert {"hand_over", "release", "export", "administer", "approve_lookup"} <= STEP_UP
    assert all(asks for act, asks in guarded.items() if act in STEP_UP)
    assert guarded["administer"] and not guarded["sign in"]


def test_who_has_none_is_led_to_set_one_up_and_then_to_the_page_he_wanted(admin, passing):
    asked = admin.get("/people")
    assert asked.status_code == 302 and asked.headers["Location"] == "/second-factor/set-up?next=/people"

    secret, codes = set_up(admin)

    assert len(set(codes)) == second_factor.CODES and all(len(code) == 19 for code in codes)
    assert admin.get("/people").status_code == 200
    assert secret not in admin.page("/account")


def test_after_a_quarter_of_an_hour_a_code_is_asked_for_again(admin, passing):
    secret, _ = set_up(admin)

    passing(15 * MINUTE - 1)
    assert admin.get("/people").status_code == 200
    passing(1)
    asked = admin.get("/people")
    assert asked.headers["Location"] == "/second-factor?next=/people"

    answer = admin.post("/second-factor", {"second_factor_code": code_of(secret), "next": "/people"})
    assert answer.headers["Location"] == "/people" and admin.get("/people").status_code == 200


def test_a_form_is_kept_while_the_code_is_asked_for_and_sent_with_it(own_scene, admin, passing):
    secret, _ = set_up(admin)
    passing(16 * MINUTE)
    form = {"login": "zhou", "name": "Zhou <b>", "language": "en", "roles": ["supervisor", "licensing"]}

    asked = admin.post("/people/new", form)
    assert asked.status_code == 403
    assert not _exists(own_scene, "zhou")
    kept = [(n, html.unescape(v)) for n, v in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text)]
    assert ("roles", "licensing") in kept and ("name", "Zhou <b>") in kept
    again = {name: [v for n, v in kept if n == name] for name, _ in kept if name != "csrf_token"}
    wrong = admin.post("/people/new", {**again, "second_factor_code": "000000"})
    assert wrong.status_code == 403 and not _exists(own_scene, "zhou")
    right = admin.post("/people/new", {**again, "second_factor_code": code_of(secret)})

    assert right.status_code == 303 and _exists(own_scene, "zhou")


def _exists(scene, login: str) -> bool:
    from server.services import users

    with scene.office.app.app_context():
        return users.by_login(login) is not None


def test_a_password_is_not_kept_in_the_page_that_asks_for_the_code(admin, passing):
    set_up(admin)
    passing(16 * MINUTE)

    asked = admin.post("/people/new", {"login": "zhou", "name": "Zhou", "password": "a very secret word"})

    assert asked.status_code == 403 and "a very secret word" not in asked.text
    assert "send the form once more" in shown(asked.text)


def test_a_code_counts_once_and_an_older_one_not_after_it(admin, own_scene, passing):
    secret, _ = set_up(admin)
    passing(20 * MINUTE)
    other = Person(own_scene.office.app, "admin", proved=False)
    earlier, code = code_of(secret, -1), code_of(secret)

    assert admin.post("/second-factor", {"second_factor_code": code}).status_code == 303
    for stale in (code, earlier):
        assert other.post("/second-factor", {"second_factor_code": stale}).status_code == 403
    passing(MINUTE)
    assert other.post("/second-factor", {"second_factor_code": code_of(secret)}).status_code == 303


def test_a_phone_that_is_half_a_minute_off_is_taken_and_one_that_is_two_minutes_off_is_not(admin, passing):
    secret, _ = set_up(admin)

    passing(20 * MINUTE)
    assert admin.post("/second-factor", {"second_factor_code": code_of(secret, 4)}).status_code == 403
    assert admin.post("/second-factor", {"second_factor_code": code_of(secret, 1)}).status_code == 303


def test_a_code_of_somebody_else_proves_nothing(own_scene, admin, passing):
    secret, codes = set_up(admin)
    other = Person(own_scene.office.app, "chen", proved=False)
    set_up(other)
    passing(20 * MINUTE)

    for code in (code_of(secret), codes[0]):
        assert other.post("/second-factor", {"second_factor_code": code}).status_code == 403


def test_a_recovery_code_counts_once_however_it_is_typed(admin, own_scene, passing):
    _, codes = set_up(admin)
    passing(20 * MINUTE)

    typed = f" {codes[3].upper().replace('-', ' ')} "
    assert admin.post("/second-factor", {"second_factor_code": typed}).status_code == 303
    passing(20 * MINUTE)
    assert admin.post("/second-factor", {"second_factor_code": codes[3]}).status_code == 403
    assert "9 recovery codes left" in shown(admin.page("/account"))


def test_new_recovery_codes_need_a_code_and_end_the_old_ones(admin, passing):
    secret, codes = set_up(admin)
    passing(20 * MINUTE)

    assert admin.post("/second-factor/codes", {"second_factor_code": "123456"}).status_code == 303
    fresh = re.findall(
        r"<code>([a-z2-7-]+)</code>",
        admin.post("/second-factor/codes", {"second_factor_code": code_of(secret)}).text,
    )
    assert len(fresh) == second_factor.CODES and not set(fresh) & set(codes)
    passing(20 * MINUTE)
    assert admin.post("/second-factor", {"second_factor_code": codes[0]}).status_code == 403
    assert admin.post("/second-factor", {"second_factor_code": fresh[0]}).status_code == 303


def test_wrong_codes_lock_the_second_factor_even_for_the_right_one_and_raise_an_alarm(admin, own_scene, passing):
    secret, _ = set_up(admin)
    passing(20 * MINUTE)

    for _ in range(tries.FREE):
        assert admin.post("/second-factor", {"second_factor_code": "000000"}).status_code == 403
    stopped = admin.post("/second-factor", {"second_factor_code": code_of(secret)})

    assert stopped.status_code == 403 and "Too many wrong tries" in shown(stopped.text)
    with own_scene.office.app.app_context():
        assert security_log.latest()[0].kind == security_log.FACTOR_LOCKED and security_log.latest()[0].is_alarm
    passing(2 * MINUTE)
    assert admin.post("/second-factor", {"second_factor_code": code_of(secret)}).status_code == 303


def test_giving_the_code_gives_the_session_a_new_id_and_not_a_longer_life(admin, own_scene, passing):
    secret, _ = set_up(admin)
    passing(20 * MINUTE)
    before = admin.client.get_cookie("roundbook").value

    admin.post("/second-factor", {"second_factor_code": code_of(secret)})

    assert admin.client.get_cookie("roundbook").value != before
    thief = Person(own_scene.office.app)
    thief.client.set_cookie("roundbook", before)
    assert thief.get("/").status_code == 302
    for _ in range(34):  # 12 hours are 36 × 20 minutes, one of which lay before the code
        passing(20 * MINUTE)
        assert admin.get("/").status_code == 200
    passing(20 * MINUTE)
    assert admin.get("/").status_code == 302


def test_the_second_factor_of_one_session_proves_nothing_in_another(admin, own_scene, passing):
    set_up(admin)

    other = Person(own_scene.office.app, "admin", proved=False)

    assert other.get("/people").headers["Location"] == "/second-factor?next=/people"


def test_the_database_holds_neither_the_secret_nor_a_recovery_code(admin, own_scene, passing):
    secret, codes = set_up(admin)

    with own_scene.office.app.app_context(), reading() as connection:
        rows = repr(connection.execute(sa.select(factors)).all() + connection.execute(sa.select(recovery_code)).all())

    assert secret not in rows and not any(code in rows or code.replace("-", "") in rows for code in codes)


@pytest.mark.parametrize("wish", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_code_leads_nowhere_else(admin, passing, wish):
    secret, _ = set_up(admin)
    passing(20 * MINUTE)

    answer = admin.post("/second-factor", {"second_factor_code": code_of(secret), "next": wish})

    assert answer.status_code == 303 and answer.headers["Location"] == "/"
