"""An act and the loss of the right to it at one moment: the act counts before the loss or not at all (T20)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from server.services import books, deciding, push, users
from server.services.releases import requests
from server.storage.database import reading
from server.storage.tables import log, record
from server.storage.typed import typed_table
from tests.console.browser import Person
from tests.console.reading import ask_print, manager
from tests.console.scenario import Scene

RACES = int(os.environ.get("ROUNDBOOK_RACES", "20"))  # `make worlds`: 2,000


def together(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """Begin these at one moment. Returns: what each came to, a refusal as its exception."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n: int) -> None:
        with app.app_context():
            gate.wait(10)
            try:
                found[n] = acts[n]()
            except (requests.ReleaseRefused, books.BookError) as error:
                found[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def an_application(scene: Scene, name: str) -> tuple[str, str]:
    """Li asks for another name of a shop. Returns: the shop and the application, which the supervisor decides."""
    office, north = scene.office, scene.ids["north"]
    shop = office.customer("north", f"Before {name}", address="1 Elm St")
    with office.app.app_context():
        with reading() as connection:
            base = connection.scalar(sa.select(record.c.ver).where(record.c.id == shop))
        edit = {"op": "edit", "type": "customer", "record": shop, "customer": shop, "base": base}
        edit |= {"seat": "maintainer", "term": 1, "set": {"store_name": name}}
        assert push.office_push(office.users["li"], north, "edit", [edit])["state"] == "proposed"
        with reading() as connection:
            table = typed_table("proposal")
            return shop, str(connection.scalar(sa.select(table.c.id).where(table.c.of == shop)))


def person(scene: Scene, login: str) -> users.User:
    """Who has this login. Inside an application context."""
    found = users.by_id(scene.office.users[login])
    assert found is not None
    return found


def name_of(scene: Scene, shop: str) -> str:
    table = typed_table("customer")
    with scene.office.app.app_context(), reading() as connection:
        return str(connection.scalar(sa.select(table.c.store_name).where(table.c.id == shop)))


def accepted(scene: Scene, opened: deciding.Opened) -> str:
    return deciding.accept(person(scene, "chen"), opened, opened.now.ver if opened.now else "", {}).word


def test_who_lost_the_seat_after_he_opened_the_page_accepts_nothing_any_more(own_scene: Scene) -> None:
    office, north = own_scene.office, own_scene.ids["north"]
    office.user("qian", "supervisor")
    shop, case = an_application(own_scene, "After")
    with office.app.app_context():
        opened = deciding.open_case(person(own_scene, "chen"), {north}, case)
        assert opened is not None and opened.decider.mine
        books.assign_seat(north, "supervisor", office.users["qian"], users.SYSTEM)

        assert accepted(own_scene, opened) not in ("applied", "merged")

    assert name_of(own_scene, shop) == "Before After"
    qian = Person(office.app, "qian")
    assert "Before After" in qian.page("/?show=proposals"), "it waits for who holds the seat now"


def test_of_an_acceptance_and_a_hand_over_at_one_moment_none_is_accepted_by_who_held_it_before(
    own_scene: Scene,
) -> None:
    office, north, outcomes = own_scene.office, own_scene.ids["north"], []
    office.user("qian", "supervisor")
    for n in range(RACES):
        shop, case = an_application(own_scene, f"After {n}")
        with office.app.app_context():
            opened = deciding.open_case(person(own_scene, "chen"), {north}, case)
        assert opened is not None and opened.decider.mine

        word, term = together(
            office.app,
            lambda opened=opened: accepted(own_scene, opened),
            lambda: books.assign_seat(north, "supervisor", office.users["qian"], users.SYSTEM),
        )

        with office.app.app_context(), reading() as connection:
            entries = sa.select(log.c.pos, log.c.kind, log.c.record, log.c.author).where(log.c.book_id == north)
            rows = connection.execute(entries.order_by(log.c.pos)).all()
        by_chen = [row.pos for row in rows if row.record in (shop, case) and row.author == office.users["chen"]]
        handed = max(row.pos for row in rows if row.kind == "hand-over")
        assert (name_of(own_scene, shop) == f"After {n}") is (word in ("applied", "merged")) is bool(by_chen), word
        assert all(pos < handed for pos in by_chen), (word, by_chen, handed)
        outcomes.append(word)
        with office.app.app_context():
            assert isinstance(term, int)
            books.assign_seat(north, "supervisor", office.users["chen"], users.SYSTEM)
    assert len(outcomes) == RACES


def test_of_an_approval_and_a_withdrawal_at_one_moment_one_counts_and_what_is_void_has_no_number_and_no_paper(
    own_scene: Scene,
) -> None:
    office, scope = own_scene.office, [own_scene.ids["north"]]
    manager(own_scene)
    li, zhao = Person(office.app, "li"), office.users["zhao"]
    numbers = []
    for _ in range(RACES // 2):
        path = ask_print(li, own_scene.ids["star"])
        release_id = path.rpartition("/")[2]

        together(
            office.app,
            lambda release_id=release_id: requests.approve(release_id, zhao, scope),
            lambda release_id=release_id: requests.withdraw(release_id, office.users["li"]),
        )

        with office.app.app_context():
            found = requests.by_id(release_id, office.users["li"], scope, decides=False)
        assert found is not None and found.state in ("approved", "withdrawn")
        assert (found.number is not None) is (found.state == "approved")
        taken = [li.get(f"{path}/{part}").status_code for part in ("page", "document")]
        assert taken == ([200, 200] if found.state == "approved" else [404, 404])
        numbers += [found.number] if found.number else []
    assert numbers == list(range(1, len(numbers) + 1)), "what was void used up no number"
