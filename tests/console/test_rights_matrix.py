"""Every route × every principal × every target, from the URL map itself, against a table of rights that was written apart (T18, T21).

A refusal changes nothing: SQLite tells by `data_version` whether anything was written by anybody; what was is then compared, table
by table. What lies outside one's scope is answered like what does not exist, byte for byte.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.console.access import ACT, SECOND_FACTOR
from server.services import books, clock, hand_overs, leaving, moves, sessions, users
from server.services.reading import lookups
from server.services.releases import requests
from server.storage.database import db, reading, writing
from server.storage.people_tables import security_event
from server.storage.tables import console_session, read_log, setting
from tests.console.browser import Person
from tests.console.conftest import copied
from tests.console.routes import UNSAFE, Route, routes
from tests.console.scenario import Scene
from tests.head_office import open_office
from tests.rights import oracle

NOBODY = "01900000-0000-7000-8000-00000000dead"
NOTED = {console_session.name, setting.name, security_event.name, read_log.name}  # who came in, tried, read
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
OWN_SESSION = {"sessions.sign_out", "sessions.enter", "account.end_others", "second_factor.renew"}
_CHANGING = re.compile(r'name="(csrf_token|next|seen)" value="[^"]*"|nonce-[\w-]+')


@dataclass
class World:
    """A head office with people in every relation to a customer, and a watch on its database."""

    scene: Scene
    watch: sa.Connection
    people: dict[str, Person] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    version: int = 0
    before: dict[str, list[object]] = field(default_factory=dict)

    def begin(self) -> None:
        """From now on nothing may change."""
        self.before, self.version = self.rows(), self._version()

    def assert_unchanged(self, by: object) -> None:
        """Nothing was stored since `begin`, beside the notes of who came in and read."""
        if self._version() != self.version:
            now = self.rows()
            assert {name for name in now if now[name] != self.before[name]} == set(), by
            self.version = self._version()

    def rows(self) -> dict[str, list[object]]:
        """The whole database."""
        with self.scene.office.app.app_context(), reading() as connection:
            names = [name for name in sa.inspect(connection).get_table_names() if name not in NOTED]
            return {name: connection.execute(sa.text(f'SELECT * FROM "{name}"')).all() for name in names}

    def _version(self) -> int:
        return int(self.watch.exec_driver_sql("PRAGMA data_version").scalar_one())

    def person(self, login: str, *, proved: bool = True) -> Person:
        key = f"{login} {proved}"
        if key not in self.people:
            self.people[key] = Person(self.scene.office.app, login, proved=proved)
            self.tokens[key] = self.people[key].token("/account" if login else "/sign-in")
        return self.people[key]

    def open(self, login: str, route: Route, path: str = "", *, proved: bool = True):
        """Go there, with the token of one's session if it is a form."""
        person, path = self.person(login, proved=proved), path or route.path
        if route.method not in UNSAFE:
            return person.get(path)
        data = {"csrf_token": self.tokens[f"{login} {proved}"], "comment": "No", "state": "retired"}
        return person.client.open(path, method=route.method, data=data)


@pytest.fixture(scope="module")
def world(furnished: tuple[Path, Scene], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("matrix")
    shutil.copytree(furnished[0], home, dirs_exist_ok=True)
    scene = copied(furnished, open_office(home))
    office = scene.office
    for role in oracle.LETTERS.values():
        office.user(f"only-{role.replace('_', '-')}", role)
    for login in ("former", "stand-in", "over", "dismissed"):
        office.user(login)
    with office.app.app_context():
        _seat(scene, "east", "former", "wang", "over")
        scene.ids["east customer"] = office.customer("east", "East Shop", customer_code="4001", address="1 East Rd")
        scene.ids["moved"] = office.customer("north", "Moved Shop", customer_code="4002", address="2 Old Rd")
        scene.ids["gone"] = office.customer("south", "Gone Shop", customer_code="4003", address="3 Gone Rd")
        moves.move_customers([scene.ids["moved"]], scene.ids["south"], users.SYSTEM)
        office.write("south", {"op": "remove", "type": "customer", "record": scene.ids["gone"], "customer": scene.ids["gone"], "base": _ver(scene.ids["gone"])})  # fmt: skip
        scene.ids["lookup"] = lookups.ask(office.users["over"], scene.ids["far"], "To be asked for in the matrix")
        far_scope = [scene.ids["south"]]
        scene.ids["release"] = requests.ask_print(
            office.users["wang"], scene.ids["far"], far_scope, "In the matrix", "Nobody", None
        )
        watch = db.engine.connect()
    found = World(scene, watch)
    found.person("dismissed")
    with office.app.app_context():
        leaving.dismiss(office.users["dismissed"], users.SYSTEM, vacate=True)
    yield found
    watch.close()


def _seat(scene: Scene, name: str, former: str, now: str, over: str) -> None:
    """A book whose maintainer's seat went from one to the next, and whose stand-in's time has passed."""
    office = scene.office
    scene.ids[name] = office.book(name, maintainer=former)
    books.assign_seat(scene.ids[name], "maintainer", office.users[now], users.SYSTEM)
    until = clock.now_ms() + 30
    hand_overs.hand_over(scene.ids[name], "licensing", office.users[over], users.SYSTEM, until)
    hand_overs.hand_over(
        scene.ids["north"], "licensing", office.users["stand-in"], users.SYSTEM, clock.now_ms() + 10**9
    )
    while clock.now_ms() <= until:
        pass


def _ver(record: str) -> str:
    from server.storage.tables import record as table

    with reading() as connection:
        return str(connection.scalar(sa.select(table.c.ver).where(table.c.id == record)))


def walked(world: World) -> list[Route]:
    """The routes of the console, but for those that end the walker's own session."""
    return [route for route in routes(world.scene) if route.endpoint not in OWN_SESSION]


def asks(world: World, route: Route) -> bool:
    return bool(getattr(world.scene.office.app.view_functions[route.endpoint], SECOND_FACTOR, False))


def test_every_route_is_in_the_table_and_every_line_of_it_is_about_a_route(scene):
    app = scene.office.app
    pages, others = {}, set()
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if hasattr(view, ACT):
            pages[rule.endpoint] = getattr(view, ACT)
        else:
            others.add(rule.endpoint)

    assert {act for act in pages.values() if act} - {"sign in"} <= set(oracle.rows())
    assert {endpoint for endpoint, act in pages.items() if not act} == oracle.OPEN_PAGES
    assert others <= oracle.SIGNED | oracle.BY_SECRET | oracle.FOR_ALL | oracle.WATCHED
    for endpoint, act in pages.items():
        if act in oracle.rows() and oracle.rows()[act][1]:
            assert getattr(app.view_functions[endpoint], SECOND_FACTOR), endpoint


@pytest.mark.parametrize("role", oracle.LETTERS.values())
def test_a_role_is_let_in_where_the_table_says_so_and_refused_everywhere_else(world, role, caplog):
    login, refused = f"only-{role.replace('_', '-')}", 0
    world.person(login)
    world.begin()

    with caplog.at_level(logging.WARNING, "roundbook.access"):
        for route in walked(world):
            if route.act not in oracle.rows():
                continue
            allowed = role in oracle.rows()[route.act][0]
            if allowed and route.method in UNSAFE:
                continue  # what a form does is the matter of tests of its own
            answer = world.open(login, route)
            if allowed:
                assert answer.status_code in (200, 302, 404), (role, route, answer.status_code)
            else:
                assert answer.status_code == 403, (role, route, answer.status_code)
                refused += 1
            world.assert_unchanged((role, route))

    assert refused == sum("refused act=" in line.message for line in caplog.records)
    assert refused > 10


@pytest.mark.parametrize("role", ["administrator", "department_manager", "supervisor", "leader"])
def test_what_asks_for_a_second_factor_is_not_done_without_it(world, role):
    login, stopped = f"only-{role.replace('_', '-')}", 0
    world.person(login, proved=False)
    world.begin()

    for route in walked(world):
        if asks(world, route) and role in oracle.rows()[route.act][0]:
            answer = world.open(login, route, proved=False)
            assert answer.status_code in (302, 303), route
            assert answer.headers["Location"].startswith("/second-factor/set-up"), route
            world.assert_unchanged(route)
            stopped += 1

    assert stopped >= 3


def strangers(world: World) -> dict[str, Callable[[Route], object]]:
    """Those who are not signed in, each in his own way."""
    app = world.scene.office.app
    nobody, invented = Person(app), Person(app)
    ended, idle, aged = (Person(app, "li") for _ in range(3))
    kept = {who: who.client.get_cookie("roundbook").value for who in (ended, idle, aged)}
    ended.post("/sign-out")
    now = clock.now_ms()
    with app.app_context(), writing() as connection:
        for who, column, ago in (
            (idle, console_session.c.seen_at, sessions.IDLE_MS),
            (aged, console_session.c.started_at, sessions.WHOLE_MS),
        ):
            its = console_session.c.id_hash == sessions.hash_of(kept[who].removeprefix("s."))
            assert connection.execute(sa.update(console_session).where(its).values({column: now - ago - 1})).rowcount
    token = nobody.token("/sign-in")
    cookie = nobody.client.get_cookie("roundbook").value

    def goes(person: Person, kept: str):
        def act(route: Route):
            person.client.set_cookie("roundbook", kept)
            if route.method in UNSAFE:
                return person.client.open(route.path, method=route.method, data={"csrf_token": token})
            return person.get(route.path)

        return act

    gone = world.people["dismissed True"].client.get_cookie("roundbook").value
    return {
        "a visitor": goes(nobody, cookie),
        "an invented session": goes(invented, "s.invented"),
        "an ended session": goes(Person(app), kept[ended]),
        "a session of somebody who went away": goes(Person(app), kept[idle]),
        "a session that is too old": goes(Person(app), kept[aged]),
        "somebody who was dismissed": goes(Person(app), gone),
    }


def test_who_is_not_signed_in_any_more_opens_and_changes_nothing(world):
    tried = strangers(world)
    world.begin()

    for name, goes in tried.items():
        for route in walked(world):
            if route.act:
                answer = goes(route)
                door = answer.headers.get("Location", "").startswith("/sign-in")
                assert (answer.status_code in (302, 303) and door) or answer.status_code == 400, (name, route)
                assert "Lucky Star" not in answer.text and "Far Shop" not in answer.text
        world.assert_unchanged(name)


def test_a_way_in_that_no_route_takes_opens_and_changes_nothing(world):
    taken: dict[str, set[str]] = {}
    for route in routes(world.scene):
        taken.setdefault(route.path, set()).add(route.method)
    world.person("admin")
    world.begin()
    tried = 0

    for path, methods in taken.items():
        for method in {"GET", "TRACE", *UNSAFE} - methods:
            data = {"csrf_token": world.tokens["admin True"], "_method": "POST"}
            answer = world.person("admin").client.open(
                path, method=method, data=data, headers={"X-HTTP-Method-Override": "POST"}
            )
            assert answer.status_code in (404, 405), (method, path, answer.status_code)
            tried += 1

    world.assert_unchanged("other methods")
    assert tried > 500


OWN = {"record_id", "customer_id", "book_id"}
EVERYBODYS = {"products", "catalogue"}  # what the whole company reads lies in no round


@pytest.mark.parametrize("login", ["li", "chen", "stand-in", "wang"])
def test_who_holds_a_seat_opens_what_lies_in_his_book_and_who_holds_none_of_it_does_not(world, login):
    """The same pages are there for the one and not for the other: a matrix of refusals alone would pass an empty console."""
    world.person(login)
    world.begin()
    role, holds, opened = "supervisor" if login == "chen" else "account_manager", login != "wang", 0

    for route in walked(world):
        arguments = next(r for r in world.scene.office.app.url_map.iter_rules(route.endpoint)).arguments
        may = role in oracle.rows()[route.act][0] if route.act in oracle.rows() else bool(route.act)
        if route.method != "GET" or not arguments or asks(world, route) or not may:
            continue
        if (
            route.endpoint.partition(".")[0] in EVERYBODYS or not arguments <= OWN
        ):  # a week, a field: not of every record
            continue
        path = f"{route.path}?with={world.scene.ids['sun']}"  # whom to compare with, where that is asked
        answer = world.open(login, route, path)
        assert answer.status_code == (200 if holds else 404), (login, route, answer.status_code)
        assert holds or plain(answer) == plain(world.open(login, route, ID.sub(NOBODY, path))), route
        opened += 1

    world.assert_unchanged(login)
    assert opened >= 5


TARGETS = {
    "of another book": {"record_id": "far", "customer_id": "far", "book_id": "south"},
    "that was moved away": {"record_id": "moved", "customer_id": "moved", "book_id": "south"},
    "that was removed": {"record_id": "gone", "customer_id": "gone", "book_id": "south"},
    "of a book that was handed over": {"record_id": "east customer", "customer_id": "east customer", "book_id": "east"},
    "of another type": dict.fromkeys(("record_id", "customer_id", "book_id", "case_id", "device_id"), "far visit"),
    "of somebody else": {"lookup_id": "lookup", "release_id": "release", "set_id": "far visit", "case_id": "far"},
}


def addressed(world: World, wanted: dict[str, str]) -> Iterator[tuple[Route, str, str]]:
    """Routes with parameters that these ids fit: the route, its path to the target, the same path to nothing."""
    app = world.scene.office.app
    for route in walked(world):
        rule = next(
            r for r in app.url_map.iter_rules() if r.endpoint == route.endpoint and route.method in (r.methods or ())
        )
        if not rule.arguments & wanted.keys():
            continue
        values = {"field": "store_name", "seat": "licensing", "sha256": world.scene.photos[0][1]}
        there = {name: world.scene.ids[wanted[name]] for name in rule.arguments & wanted.keys()}
        nowhere = dict.fromkeys(there, NOBODY)
        rest = {name: values.get(name, "1") for name in rule.arguments}
        adapter = app.url_map.bind("localhost")
        yield (
            route,
            adapter.build(route.endpoint, {**rest, **there}, method=route.method),
            adapter.build(route.endpoint, {**rest, **nowhere}, method=route.method),
        )


def plain(answer) -> tuple[int, str, list[tuple[str, str]]]:
    """An answer without what differs from request to request, and without the id that was asked for."""
    headers = [
        (name, ID.sub("ID", value))
        for name, value in answer.headers.items()
        if name not in ("Set-Cookie", "Content-Length", "Date")
    ]
    return answer.status_code, ID.sub("ID", _CHANGING.sub("", answer.text)), sorted(headers)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("login", ["li", "chen", "former", "over", "stand-in"])
def test_what_lies_outside_ones_books_is_answered_like_what_does_not_exist(world, login, target):
    world.person(login)
    world.begin()
    tried = 0

    for route, there, nowhere in addressed(world, TARGETS[target]):
        if (login, target, route.endpoint) in ALLOWED:
            continue
        outside, absent = world.open(login, route, there), world.open(login, route, nowhere)
        assert plain(outside) == plain(absent), (login, route, outside.status_code, absent.status_code)
        assert outside.status_code in (403, 404), (login, route, outside.status_code)
        world.assert_unchanged((login, route))
        tried += 1

    assert tried >= 5


# Exceptions, each for a reason: who asked for a lookup reads of it.
ALLOWED = {
    ("over", "of somebody else", endpoint)
    for endpoint in ("reading.show", "reading.withdraw", "reading.grant", "reading.decline", "reading.end")
}
