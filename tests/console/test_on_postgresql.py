"""Every page reads PostgreSQL as it reads the embedded database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from server.console.query import filters_of
from server.services import listing
from server.services.listing import Query, listed_specs
from server.storage.database import reading
from sync_protocol.acts import ROLES
from tests.console import test_doubles
from tests.console.browser import Person, shown
from tests.console.reading import ask, ask_print, grant, manager
from tests.console.routes import routes
from tests.console.scenario import Scene, furnish
from tests.console.test_second_factor import set_up
from tests.head_office import serving
from tests.postgres import serving_postgres

LISTS = {"customer": "/customers", "visit": "/visits", "order": "/orders", "product": "/products"}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The furnished head office on PostgreSQL."""
    with serving_postgres() as postgres:
        home = tmp_path_factory.mktemp("postgresql")
        with serving(home, DATABASE_URL=postgres.database("console")) as office:
            yield furnish(office)


def test_every_page_opens_on_postgresql(there):
    there.office.user("almighty", *ROLES)
    admin = Person(there.office.app, "almighty")

    for route in routes(there):
        if route.method == "GET":
            assert admin.get(route.path).status_code in (200, 302, 404), route
    assert "Lucky Star Mart" in admin.page("/customers?q=福星") and "Did you mean" in admin.page(
        "/customers?q=lucki+stat"
    )
    assert "1462 2nd Ave" in shown(admin.page("/")) and "Mrs Sun" in shown(admin.page("/"))


def test_every_list_sorts_by_every_column_and_filters_by_every_choice_on_postgresql(there):
    admin = Person(there.office.app, "admin")

    for name, path in LISTS.items():
        for field in [*listed_specs(name), "customer"]:
            for way in ("", "-"):
                admin.page(f"{path}?sort={way}{field}")
        for field in filters_of(name):
            admin.page(f"{path}?{field}=x&q=a+1+5152849999&since=2026-01-01&until=2026-12-31&person=x&book=x")


def test_a_file_is_changed_on_postgresql(there):
    li, star = Person(there.office.app, "li"), there.ids["star"]

    answer = li.post(f"/customers/{star}/edit", {"contact_person": "Wang Min", "seen": "{}"})

    assert answer.status_code == 303
    assert "Wang Min" in li.page(f"/customers/{star}/history/contact_person")


def test_lookups_releases_second_factors_and_the_read_log_work_on_postgresql(there):
    app, far = there.office.app, there.ids["far"]
    li, zhao = Person(app, "li"), manager(there)
    path = ask(li, "far")
    grant(zhao, path, ("outside",))
    assert "3001" in shown(li.page(path))
    first, second = ask_print(li, there.ids["star"]), ask_print(li, there.ids["star"])
    for release in (second, first):
        zhao.post(f"{release}/approve")
    assert "Release 2" in shown(li.page(f"{first}/page"))
    assert zhao.post(f"{path}/end").status_code == 303 and "3001" not in shown(li.page(path))
    set_up(Person(app, "admin", proved=False))
    assert "The chain is whole" in zhao.page("/reading/log?check=1")
    assert "Far Shop" in shown(zhao.page(f"/reading/log?customer={far}"))


def test_what_a_page_asks_is_planned_for_its_own_values_and_what_a_device_asks_is_not(there):
    app, found = there.office.app, {}
    admin = Person(app, "admin")

    def plans(name: str) -> None:
        with reading() as connection:
            found[name] = connection.scalar(sa.text("SHOW plan_cache_mode"))

    with pytest.MonkeyPatch.context() as patch:
        for name, endpoint in (("page", "visits.index"), ("device", "sync.post_sync")):
            view = app.view_functions[endpoint]
            patch.setitem(app.view_functions, endpoint, lambda n=name, v=view: (plans(n), v())[1])
        admin.page("/visits")
        app.test_client().post("/sync/1", data=b"{}")

    assert found == {"page": "force_custom_plan", "device": "auto"}


def test_a_word_is_looked_for_before_the_many_fields_of_a_file_are_passed_over(there):
    with there.office.app.app_context(), reading() as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns("t_customer")]

    assert columns.index("search_") < min(columns.index(name) for name in listed_specs("customer"))


@pytest.mark.parametrize("words", ["stall", "stall1", "stall2 shop", "福星", "nobody-has-it"])
@pytest.mark.parametrize("descending", [False, True])
def test_what_a_common_word_finds_is_the_same_whether_the_front_of_the_titles_fills_the_page_or_all_are_sorted(
    there, monkeypatch, words, descending
):
    office = there.office
    for n in range(9 if "stalls" not in there.ids else 0):
        office.customer("north", f"{'abcdefghi'[n * 4 % 9]} Stall{n % 3} Shop", address=f"{n} Elm St")
        there.ids["stalls"] = "there"
    monkeypatch.setattr(listing, "PAGE", 2)
    found = {}

    with office.app.app_context(), reading() as connection:
        scope = {there.ids["north"], there.ids["south"]}
        for front in (0, 2, 4, 6, 100):
            monkeypatch.setattr(listing, "FRONT", front)
            queries = [Query(words=words, descending=descending, page=n) for n in (0, 1, 2, 3, 9)]
            pages = [listing.find(connection, "customer", scope, query) for query in queries]
            found[front] = [(page.total, page.query.page, [row.id for row in page.rows]) for page in pages]

    assert all(found[front] == found[0] for front in found)
    assert words not in ("stall", "stall1") or found[0][0][0] == {"stall": 9, "stall1": 3}[words]


def test_who_shares_what_should_be_his_own_is_found_on_postgresql_as_on_the_embedded_database(there):
    assert test_doubles.found(there) == test_doubles.SHARED


def test_the_character_0_in_any_address_or_form_is_left_out_and_no_error(there):
    admin, chen = Person(there.office.app, "admin"), Person(there.office.app, "chen")
    north, star = there.ids["north"], there.ids["star"]
    parameters = ("q", "book", "person", "user", "since", "customer", "with", "by", "state", "before", "sort", "page")
    nothing = "&".join(f"{name}=a%00b" for name in parameters)

    for route in routes(there):
        if route.method == "GET":
            assert admin.get(f"{route.path}?{nothing}").status_code < 500, route
    for path in ("/customers/%00", "/inbox/a%00b", f"/books/{north}/seats/%00/hand-over", "/photos/%00/%00", "/%00"):
        assert admin.get(path).status_code == 404, path
    assert admin.post("/books", {"name": "a\x00b"}).status_code == 303
    assert admin.post("/people/new", {"login": "nul\x00", "name": "N\x00", "role": "leader"}).status_code < 500
    assert chen.post(f"/customers/{star}/edit", {"remarks": "a\x00b", "city": "\x00"}).status_code < 500
    assert chen.post(f"/leaving/{star}/hand-over", {"user": "\x00"}).status_code < 500
    assert "ab" in shown(admin.page("/books"))
