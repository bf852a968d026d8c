"""Cookies that open nothing: forged, spoilt, ended in every way there is; on every kind of page, by reading and by writing (T23)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import pytest

from server.services import clock
from tests.console.browser import Person
from tests.console.scenario import Scene
from tests.head_office import PASSWORD

MINUTE, HOUR = 60_000, 3_600_000
PAGES = (
    "/",
    "/review",
    "/today",
    "/customers",
    "/customers/{star}",
    "/customers/{star}/edit",
    "/visits",
    "/orders",
    "/reading/log",
    "/releases",
    "/devices",
    "/books",
    "/people",
    "/account",
)
ACTS = ("/review/accept", "/customers/{star}/edit", "/books", "/language", "/sign-out", "/inbox/{proposal}/accept")
OUT = (302, 303)


def cookie(person: Person) -> str:
    found = person.client.get_cookie("roundbook")
    assert found is not None
    return str(found.value)


def spoilt(good: str) -> dict[str, str]:
    """What somebody might send instead of a cookie that he saw, or that he guesses."""
    token = good.removeprefix("s.")
    return {
        "nothing": "",
        "no mark": token,
        "another mark": f"v.{token}",
        "a letter less": good[:-1],
        "a letter more": f"{good}A",
        "another last letter": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "another first letter": "s." + ("A" if token[0] != "A" else "B") + token[1:],
        "the other case": "s." + token.swapcase(),
        "backwards": "s." + token[::-1],
        "twice": f"s.{token}{token}",
        "the hash of it": "s." + hashlib.sha256(token.encode()).hexdigest(),
        "a number": "s.1",
        "a wildcard": "s.%",
        "a query": "s.' OR '1'='1",
        "a path": "s.../../../etc/passwd",
        "a long one": "s." + "A" * 4000,
        "signed JSON": "eyJ1c2VyX2lkIjoiYWRtaW4ifQ.aSGn2g.AAAA",
        "escaped": good.replace("s.", "s%2E"),
    }


def assert_opens_nothing(scene: Scene, value: str, which: str) -> int:
    """No page and no act with this cookie. Returns: how many were tried."""
    thief = Person(scene.office.app)
    tried = 0
    for path in (*PAGES, *ACTS):
        where = path.format(star=scene.ids["star"], proposal=scene.ids["proposal"])
        thief.client.set_cookie("roundbook", value)
        if path in PAGES:
            answer = thief.get(where)
            assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"], (which, where)
        else:
            token = thief.token("/sign-in")
            thief.client.set_cookie("roundbook", value)
            answer = thief.client.post(where, data={"csrf_token": token, "name": "Mine", "language": "zh_Hans"})
            assert answer.status_code in (*OUT, 400), (which, where, answer.status_code)
        assert "Lucky Star" not in answer.text, (which, where)
        tried += 1
    return tried


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The server's clock, moved by hand."""
    gone, begun = [0], clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: begun + gone[0])

    def let(ms: int) -> None:
        gone[0] += ms

    return let


def test_no_spoilt_cookie_opens_a_page_or_does_an_act(scene):
    good = cookie(Person(scene.office.app, "chen"))
    star = f"/customers/{scene.ids['star']}"
    before = Person(scene.office.app, "admin").page("/books").count("<tr")

    tried = sum(assert_opens_nothing(scene, value, which) for which, value in spoilt(good).items())

    assert tried >= 300
    held = Person(scene.office.app)
    held.client.set_cookie("roundbook", good)
    assert "Lucky Star" in held.page(star) and "1462 2nd Ave" in held.page("/")
    assert Person(scene.office.app, "admin").page("/books").count("<tr") == before


def test_no_cookie_of_a_session_that_ended_opens_a_page_whichever_way_it_ended(own_scene, passing):
    office, admin = own_scene.office, Person(own_scene.office.app, "admin")
    form = {"name": "Wang", "language": "en", "roles": "account_manager"}
    user = f"/people/{office.users['wang']}"

    def signed_out() -> str:
        person = Person(office.app, "wang")
        kept = cookie(person)
        person.post("/sign-out")
        return kept

    def signed_in_again() -> str:
        person = Person(office.app, "wang")
        kept = cookie(person)
        person.post("/sign-in", {"login": "wang", "password": PASSWORD}, page="/account")
        return kept

    def ended_by_an_administrator() -> str:
        person = Person(office.app, "wang")
        for handle in re.findall(r"/sessions/([^/\"]+)/end", admin.page(user)):
            admin.post(f"{user}/sessions/{handle}/end")
        return cookie(person)

    def another_password() -> str:
        person = Person(office.app, "wang")
        admin.post(user, {**form, "active": "yes", "password": PASSWORD})
        return cookie(person)

    def idle() -> str:
        person = Person(office.app, "wang")
        passing(31 * MINUTE)
        admin.sign_in("admin", PASSWORD)
        admin.prove()
        return cookie(person)

    def at_its_longest() -> str:
        person = Person(office.app, "wang")
        for _ in range(13 * 3):
            passing(20 * MINUTE)
            person.get("/account")
        admin.sign_in("admin", PASSWORD)
        admin.prove()
        return cookie(person)

    def dismissed() -> str:
        person = Person(office.app, "wang")
        admin.post(user, form)
        return cookie(person)

    ways = (signed_out, signed_in_again, ended_by_an_administrator, another_password, idle, at_its_longest, dismissed)
    tried = sum(assert_opens_nothing(own_scene, way(), way.__name__) for way in ways)

    assert tried >= 140
