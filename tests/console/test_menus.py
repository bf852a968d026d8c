"""Every role by its own menu: each entry opens, and no link on these pages leads to what is refused or not there."""

from __future__ import annotations

import re
from html import unescape

import pytest

from server.services import users
from sync_protocol.acts import ROLES, may
from tests.console.browser import Person, shown
from tests.head_office import PASSWORD

LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)"')
PEOPLE = {**{role: (role,) for role in ROLES}, "several": ("order_desk", "catalogue_editor", "supervisor"), "none": ()}


@pytest.mark.parametrize("name", PEOPLE)
def test_every_link_of_the_menu_and_of_the_pages_that_it_opens_leads_somewhere(scene, name):
    with scene.office.app.app_context():
        users.create_user(f"menu-{name}", name, PEOPLE[name], PASSWORD, "en")
    person = Person(scene.office.app, f"menu-{name}")
    begin = person.page("/")
    menu = links(begin[begin.index('<ul class="places">') : begin.index('<div class="self">')])

    pages = {path: person.page(path) for path in sorted(menu)}
    seen = set(pages)
    for path, page in pages.items():
        for link in sorted(links(page) - seen)[:10]:  # rows of a list lead to the same page
            seen.add(link)
            answer = person.get(link)
            assert answer.status_code == 200, (path, link, answer.status_code)

    assert "/" in menu
    assert ("/products" in menu) == bool(PEOPLE[name])
    assert ("/customers" in menu) == any(may(PEOPLE[name], act) for act in ("read_own_books", "read_all_books"))


def test_who_may_not_make_a_book_is_not_told_to(scene):
    scene.office.user("no-books")

    assert "Make one here" not in shown(Person(scene.office.app, "no-books").page("/books"))


def links(page: str) -> set[str]:
    """The addresses of this server that a page leads to."""
    return {unescape(found) for found in LINK.findall(page)}
