"""Two worlds that differ only outside somebody's books: every answer that he gets is the same in both (T19).

Counts, order, search, guesses at who was meant, sums, headers, sizes: what could tell him that there is more than he may see.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from server.services import clock, push
from server.services.reading import lookups
from tests.console.browser import Person
from tests.console.conftest import copied
from tests.console.routes import routes
from tests.console.scenario import Scene
from tests.head_office import open_office
from tests.wire.stranger import uuid7

PAIRS = int(os.environ.get("ROUNDBOOK_WORLDS", "3"))  # `make worlds`: 100
QUERIES = (
    "/customers?q=lucky",
    "/customers?q=lucki+stat",
    "/customers?q=far+shop",
    "/customers?q=2190",
    "/customers?sort=-store_name",
    "/customers?customer_status=active",
    "/visits?q=far",
    "/visits?sort=customer",
    "/orders?q=R-1001",
    "/orders?since=2020-01-01",
    "/review?q=shop",
    "/today",
)
_CHANGING = re.compile(r'name="(csrf_token|token|seen)" value="[^"]*"')
_SECRET = re.compile(r'(<p class="code">[A-Z2-7 ]+</p>|otpauth://[^"]+|<svg[^>]*class="segno".*?</svg>)', re.DOTALL)
_NOT_COMPARED = ("Set-Cookie", "Date", "Content-Length")


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """One instant in both worlds."""
    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now)


def world(furnished: tuple[Path, Scene], home: Path) -> Scene:
    shutil.copytree(furnished[0], home, dirs_exist_ok=True)
    return copied(furnished, open_office(home))


def a_customer(scene: Scene, chance: random.Random) -> None:
    """Somebody new in the other book: with a name, a code and a telephone that he who looks may know from his own."""
    name = chance.choice(["Lucky Star Mart", "Lucky Stat", "Far Shop 2", "Sun Grocery", "福星便利店", "Aardvark"])
    phone = chance.choice(["+1 515 284-0471", "+1 515 284-9999", "+1 515 000-0000"])
    scene.office.customer(
        "south", name, customer_code=f"S{chance.randrange(10**6)}", contact_phone=phone, address="1460 2nd Ave"
    )


def a_visit(scene: Scene, chance: random.Random) -> None:
    """A visit there, dated like his own."""
    at = clock.now_ms() - chance.randrange(10**8)
    values = {"state": "done", "checked_in_at": at, "checked_out_at": at + 60_000, "purpose": "planned"}
    _south(scene, "visit", values)


def an_order(scene: Scene, chance: random.Random) -> None:
    """An order there, with a number like his own."""
    values = {"order_number": "R-1001", "ordered_at": clock.now_ms() - chance.randrange(10**8), "lines": []}
    _south(scene, "order", {**values, "total_minor": chance.randrange(10**7)})


def an_edit(scene: Scene, chance: random.Random) -> None:
    """A change of a file there."""
    far = scene.ids["far"]
    change = {"op": "edit", "type": "customer", "record": far, "customer": far, "base": _version(scene, far)}
    scene.office.write("south", {**change, "set": {"contact_person": f"Somebody {chance.random()}"}})


def a_proposal(scene: Scene, chance: random.Random) -> None:
    """Something to decide there."""
    far, wang = scene.ids["far"], scene.office.users["wang"]
    change = {"op": "edit", "type": "customer", "record": far, "customer": far, "base": _version(scene, far)}
    seat = {"seat": "maintainer", "term": 1}
    with scene.office.app.app_context():
        push.office_push(wang, scene.ids["south"], "edit", [{**change, **seat, "set": {"store_name": f"Far {chance.random()}"}}])  # fmt: skip


def a_lookup(scene: Scene, chance: random.Random) -> None:
    """A supervisor of nothing asks to read a file there."""
    with scene.office.app.app_context():
        lookups.ask(scene.office.users["mei"], scene.ids["far"], f"To see what is there {chance.random()}")


def a_book(scene: Scene, chance: random.Random) -> None:
    """Another book, whose name comes before all others."""
    name = f"Another {chance.randrange(10**9)}"
    scene.office.book(name, maintainer="wang")
    scene.office.customer(name, "Aaa first of all", customer_code=f"Z{chance.randrange(10**6)}")


def _south(scene: Scene, kind: str, values: dict[str, object]) -> None:
    change = {"op": "create", "type": kind, "record": uuid7(), "customer": scene.ids["far"], "set": values}
    scene.office.write("south", change)


def _version(scene: Scene, record_id: str) -> str:
    import sqlalchemy as sa

    from server.storage.database import reading
    from server.storage.tables import record

    with scene.office.app.app_context(), reading() as connection:
        return str(connection.scalar(sa.select(record.c.ver).where(record.c.id == record_id)))


CHANGES: list[Callable[[Scene, random.Random], None]] = [
    a_customer,
    a_visit,
    an_order,
    an_edit,
    a_proposal,
    a_lookup,
    a_book,
]


def answers(scene: Scene, login: str) -> dict[str, tuple[int, list[tuple[str, str]], str]]:
    """Path -> status, headers and text, of all that he can open."""
    person = Person(scene.office.app, login)
    paths = [route.path for route in routes(scene) if route.method == "GET" and route.endpoint != "account.show"]
    found = {}
    for path in (*dict.fromkeys(paths), *QUERIES):
        answer = person.get(path)
        headers = sorted((name, value) for name, value in answer.headers.items() if name not in _NOT_COMPARED)
        found[path] = (
            answer.status_code,
            headers,
            _SECRET.sub("", _CHANGING.sub("", answer.data.decode("utf-8", "replace"))),
        )
    return found


@pytest.mark.parametrize("seed", range(PAIRS))
def test_nothing_that_happens_outside_ones_books_shows_in_any_answer(furnished, tmp_path, still, seed):
    chance = random.Random(seed)
    here, there = world(furnished, tmp_path / "here"), world(furnished, tmp_path / "there")
    first = CHANGES if seed == 0 else chance.choices(CHANGES, k=8)
    for change in first:
        change(there, chance)

    for login in ("li", "chen"):
        one, other = answers(here, login), answers(there, login)
        different = [path for path in one if one[path] != other[path]]
        assert different == [], (login, different)
    admin = Person(there.office.app, "admin")
    assert _digest(admin.page("/customers")) != _digest(Person(here.office.app, "admin").page("/customers"))


def _digest(page: str) -> str:
    return hashlib.sha256(_CHANGING.sub("", page).encode()).hexdigest()


def test_what_a_device_gets_does_not_change_with_what_happens_outside_its_books(furnished, tmp_path, still):
    got = []
    for name in ("here", "there"):
        scene = world(furnished, tmp_path / name)
        if name == "there":
            for change in CHANGES:
                change(scene, random.Random(5))
        with scene.office.app.app_context():
            from server.services import books, pull
            from server.storage.database import reading

            with reading() as connection:
                scope = books.scope_of(connection, scene.office.users["li"])
                page = pull.pull(connection, scope, {}, device=scene.ids["li device"])
                named = books.names_in(connection, scope)
        got.append(
            json.dumps([scope, named, page.records, page.left, page.check, page.want, page.cursors], sort_keys=True)
        )

    assert got[0] == got[1] and len(got[0]) > 2000
