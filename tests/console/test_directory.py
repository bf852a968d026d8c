"""Signing in through a directory: against an OpenID provider that runs as a process of its own (its server is a third party's)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from server.config import Config, ConfigError
from server.services import users
from server.services.people import directory, security_log
from tests.console.browser import Person
from tests.head_office import HeadOffice, open_office

NAMES = {"s-li": "li", "s-gone": "wang", "s-imposter": "li", "s-stranger": "nobody-here", "s-system": "system"}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The provider's issuer address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    claims = [f'{{"sub": "{sub}", "preferred_username": "{name}"}}' for sub, name in NAMES.items()]
    given = [part for text in claims for part in ("--user-claims", text)]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *given],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    try:
        issuer = f"http://localhost:{port}"
        for _ in range(100):
            try:
                requests.get(f"{issuer}/jwks", timeout=1)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def office(provider: str, furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HeadOffice:
    """The furnished head office, with that provider as its directory."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # loopback alone; a directory elsewhere must be https
    shutil.copytree(furnished[0], tmp_path, dirs_exist_ok=True)
    found = open_office(
        tmp_path,
        ROUNDBOOK_OIDC_ISSUER=provider,
        ROUNDBOOK_OIDC_CLIENT_ID="roundbook",
        ROUNDBOOK_OIDC_CLIENT_SECRET="a secret of two",
    )
    found.users = dict(furnished[1].office.users)
    return found


def at_the_directory(person: Person, sub: str, next_path: str = "/customers") -> str:
    """Go to the directory and say there who one is. Returns: the path of the way back, with code and state."""
    out = person.get(f"/sign-in/directory?next={next_path}")
    assert out.status_code == 302, out.text
    address = out.headers["Location"]
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["nonce"] and asked["state"]
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def test_who_the_directory_vouches_for_comes_in_and_lands_where_he_wanted(office):
    person = Person(office.app)
    assert "/sign-in/directory" in person.page("/sign-in")

    answer = person.get(at_the_directory(person, "s-li"))

    assert answer.status_code == 302 and answer.headers["Location"] == "/customers"
    assert "Lucky Star" in person.page("/customers")
    with office.app.app_context():
        kinds = [event.kind for event in security_log.latest(5)]
    assert kinds[:2] == [security_log.SIGNED_IN, security_log.LINKED]


def test_the_name_counts_once_and_the_unchangeable_id_from_then_on(office):
    first = Person(office.app)
    first.get(at_the_directory(first, "s-li"))

    imposter = Person(office.app)
    refused = imposter.get(at_the_directory(imposter, "s-imposter"))
    again = Person(office.app)
    welcome = again.get(at_the_directory(again, "s-li"))

    assert refused.status_code == 403 and imposter.get("/").status_code == 302
    assert welcome.status_code == 302 and again.get("/").status_code == 200


@pytest.mark.parametrize("sub", ["s-stranger", "s-system"])
def test_who_is_nobody_here_stays_outside(office, sub):
    person = Person(office.app)

    answer = person.get(at_the_directory(person, sub))

    assert answer.status_code == 403 and "nobody here has your name" in answer.text
    assert person.get("/").status_code == 302


def test_who_is_disabled_here_stays_outside_whatever_the_directory_says(office):
    with office.app.app_context():
        wang = users.by_login("wang")
        users.change_user(wang.id, name="Wang", roles=wang.roles, language="en", active=False)
    person = Person(office.app)

    assert person.get(at_the_directory(person, "s-gone")).status_code == 403


def test_a_way_back_that_another_browser_began_opens_nothing(office):
    victim, attacker = Person(office.app), Person(office.app)
    way_back = at_the_directory(attacker, "s-li")

    answer = victim.get(way_back)

    assert answer.status_code == 403 and victim.get("/").status_code == 302


def test_a_way_back_is_good_once(office):
    person = Person(office.app)
    way_back = at_the_directory(person, "s-li")
    cookie = person.client.get_cookie("roundbook").value
    assert person.get(way_back).status_code == 302

    thief = Person(office.app)
    thief.client.set_cookie("roundbook", cookie)

    assert thief.get(way_back).status_code == 403 and thief.get("/").status_code == 302


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x&code=y", "?error=access_denied&state=x"])
def test_an_invented_way_back_is_refused_with_a_page(office, query):
    person = Person(office.app)

    answer = person.get(f"/sign-in/directory/back{query}")

    assert answer.status_code == 403 and "did not answer as it should" in answer.text


def test_a_directory_that_cannot_be_reached_is_said_and_the_password_still_opens(furnished, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    shutil.copytree(furnished[0], tmp_path, dirs_exist_ok=True)
    office = open_office(
        tmp_path,
        ROUNDBOOK_OIDC_ISSUER="http://127.0.0.1:9",
        ROUNDBOOK_OIDC_CLIENT_ID="roundbook",
        ROUNDBOOK_OIDC_CLIENT_SECRET="a secret of two",
    )

    assert Person(office.app).get("/sign-in/directory").status_code == 403
    assert Person(office.app, "li").get("/").status_code == 200


def test_without_a_directory_there_is_no_such_page(scene):
    assert Person(scene.office.app).get("/sign-in/directory").status_code == 404
    assert "/sign-in/directory" not in Person(scene.office.app).page("/sign-in")


@pytest.mark.parametrize(
    ("issuer", "more"),
    [
        ("http://directory.example", {"ROUNDBOOK_OIDC_CLIENT_ID": "a", "ROUNDBOOK_OIDC_CLIENT_SECRET": "b"}),
        ("directory.example", {"ROUNDBOOK_OIDC_CLIENT_ID": "a", "ROUNDBOOK_OIDC_CLIENT_SECRET": "b"}),
        ("https://directory.example", {"ROUNDBOOK_OIDC_CLIENT_ID": "a"}),
    ],
)
def test_a_directory_over_a_line_that_anybody_reads_is_refused_at_the_start(tmp_path, issuer, more):
    with pytest.raises(ConfigError, match="ROUNDBOOK_OIDC"):
        Config.from_environment({"ROUNDBOOK_HOME": str(tmp_path), "ROUNDBOOK_OIDC_ISSUER": issuer, **more})


NO_NAMES: list[dict[str, object]] = [
    {"sub": "a\x00b", "preferred_username": "li"},
    {"sub": "\ud800", "preferred_username": "li"},
    {"sub": ["s-new"], "preferred_username": "li"},
    {"sub": {"$ne": ""}, "preferred_username": "li"},
    {"sub": "s" * 10_000, "preferred_username": "li"},
    {"sub": 7, "preferred_username": "li"},
    {"sub": "s-new", "preferred_username": "li\x00"},
    {"sub": "s-new", "preferred_username": "\udcffli"},
    {"sub": "s-new", "preferred_username": "\u202eli"},
    {"sub": "s-new", "preferred_username": ["li"]},
    {"sub": "s-new", "preferred_username": "\u212a"},  # the sign for kelvin, whose small letter is a k
    {"sub": "s-new", "preferred_username": "li' OR '1'='1"},
    {"sub": "s-new", "preferred_username": "{{7*7}}", "name": "<script>", "groups": ["administrator"]},
    {"sub": "s-new", "preferred_username": "l" * 10_000},
    {},
]


def test_claims_that_are_no_names_open_nothing_and_break_nothing(office):
    with office.app.app_context():
        users.create_user("k", "K", ("administrator",), None)

        for claims in NO_NAMES:
            assert directory.user_of(claims) is None, claims

        assert directory.subject_of(office.users["li"]) is None
