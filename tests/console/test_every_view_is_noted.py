"""Walked over the URL map: a page that shows something of one customer leaves a line in the read log, or it is a list (decision 17)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.services.reading import read_log
from server.storage.database import reading
from server.storage.tables import read_log as table
from sync_protocol.acts import ROLES
from tests.console.browser import Person, shown
from tests.console.routes import Route, routes
from tests.console.scenario import Scene

# What only a file, or something below one, says.
MARKS = (
    "Lucky Star", "福星", "2190", "1460 2nd Ave", "Wang Fang", "284-0471", "LE-0042", "6222", "12 Elm", "rye half empty",
    "Sun Grocery", "8 Oak", "Far Shop", "9 Far Rd",
)  # fmt: skip
# Of many at once: who may read a book may list it. What leaves the house as a file is noted all the same.
LISTS = {
    "inbox.show", "review.show", "review.register_book", "customers.index", "visits.index", "records.index", "orders.index", "reminders.index",
    "reading.log", "messages.index", "message_lists.show", "merging.index", "maps.show", "reports.show",
    "pictures.thumbnail",
}  # fmt: skip

WITHIN = {"pictures.full"}  # what a page shows that was noted itself; opened alone it is a view: see below


def lines(scene: Scene) -> list[tuple[str, str]]:
    """(customer, page) of all lines, the oldest first."""
    with scene.office.app.app_context(), reading() as connection:
        rows = connection.execute(sa.select(table.c.customer, table.c.what).order_by(table.c.id)).all()
        return [(row.customer, row.what) for row in rows]


def of_pages(scene: Scene) -> list[Route]:
    """All pages that a person can open."""
    return [route for route in routes(scene) if route.method == "GET" and route.endpoint != "sessions.sign_out"]


@pytest.fixture
def reader(own_scene: Scene) -> Person:
    """Somebody who may read all books by his roles, and has a seat on none."""
    own_scene.office.user("everything", *ROLES)
    return Person(own_scene.office.app, "everything", proved=True)


def test_every_page_that_shows_something_of_a_customer_is_in_the_read_log_or_a_list(
    own_scene: Scene, reader: Person
) -> None:
    opened = set()
    for route in of_pages(own_scene):
        before = len(lines(own_scene))
        answer = reader.get(route.path)
        is_picture = answer.mimetype.startswith("image/")
        shows = is_picture or (answer.status_code == 200 and any(mark in answer.text for mark in MARKS))
        noted = [what for _, what in lines(own_scene)[before:]]

        if shows and route.endpoint not in LISTS:
            opened.add(route.endpoint)
            assert noted == ([] if route.endpoint in WITHIN else [route.endpoint]), route.path
        if not shows:
            assert noted == [], route.path

    assert {
        "customers.show",
        "customers.edit",
        "visits.show",
        "orders.show",
        "records.show",
        "quarantine.show",
    } <= opened
    assert {"inbox.case", "customers.history", "releases.new_print"} <= opened
    assert {route.endpoint for route in of_pages(own_scene)} >= LISTS


def test_a_comparison_of_two_files_is_a_view_of_both(own_scene: Scene, reader: Person) -> None:
    star, sun = own_scene.ids["star"], own_scene.ids["sun"]

    assert reader.get(f"/duplicates/{star}?with={sun}").status_code == 200

    assert sorted(lines(own_scene)) == sorted([(star, "merging.compare"), (sun, "merging.compare")])


def test_the_read_log_has_words_for_every_page_that_it_lists(own_scene: Scene, reader: Person) -> None:
    for route in of_pages(own_scene):
        reader.get(route.path)

    page = shown(reader.page("/reading/log"))

    assert [what for what in {what for _, what in lines(own_scene)} if what in page] == []


def test_a_photo_that_a_noted_page_shows_is_no_second_view(own_scene: Scene, reader: Person) -> None:
    book, sha256 = own_scene.photos[0]
    reader.get(f"/records/{own_scene.ids['photo']}")
    reader.get(f"/photos/{book}/{sha256}")

    assert lines(own_scene) == [(own_scene.ids["star"], "records.show")]
    again = Person(own_scene.office.app, "chen")
    again.get(f"/photos/{book}/{sha256}")
    assert lines(own_scene)[1:] == [(own_scene.ids["star"], "pictures.full")]
    with own_scene.office.app.app_context():
        assert read_log.first_broken() is None
