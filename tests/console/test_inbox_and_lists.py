"""The inbox, visits, orders, products, devices, books and people, as head office reads and changes them."""

from __future__ import annotations

import re

import sqlalchemy as sa

from server.services import books, clock, listing
from server.storage.database import db
from tests.console.browser import Person, shown, texts
from tests.wire.stranger import Stranger


def counts(page: str) -> dict[str, int]:
    found = re.findall(r"<b>(\d+)</b>([^<]+)</a>", page)
    return {label.strip(): int(number) for number, label in found}


def test_the_inbox_counts_what_waits_and_every_count_opens_its_rows(scene, person):
    page = person("chen").page("/")

    assert counts(page) == {
        "New customers": 1,
        "Changes to decide": 1,
        "Conflicts": 1,
        "Possible duplicates": 0,
        "In quarantine": 1,
        "Returned": 1,
    }
    alone = shown(person("chen").page("/?show=conflicts"))
    assert "Mrs Sun" in alone and "1462 2nd Ave" not in alone


def test_a_proposal_shows_what_was_what_is_and_what_is_asked_for_with_who_when_and_from_which_device(scene, person):
    page = shown(person("chen").page("/"))

    assert "Address 1460 2nd Ave 1460 2nd Ave 1462 2nd Ave" in page
    assert re.search(r"Li · Li's phone · \d+ \w+ \d{4}, \d\d:\d\d · decided by: Supervisor", page)


def test_a_conflict_shows_the_value_kept_and_the_value_that_lost(scene, person):
    assert "Contact person – Mrs Sun Li Mr Sun Li" in shown(person("chen").page("/"))


def test_a_new_customer_is_news_until_it_is_reviewed_and_an_imported_one_never(own_scene):
    from server.services import push
    from tests.wire.stranger import uuid7

    office, chen = own_scene.office, Person(own_scene.office.app, "chen")
    assert "New Corner" in chen.page("/?show=customers") and "Sun Grocery" not in chen.page("/?show=customers")
    review = {
        "op": "create",
        "type": "review",
        "record": uuid7(),
        "customer": own_scene.ids["new"],
        "seat": "supervisor",
    }
    review |= {"term": 1, "set": {"of": own_scene.ids["new"], "outcome": "accept"}}

    with office.app.app_context():
        assert push.office_push(office.users["chen"], own_scene.ids["north"], "accept", [review])["state"] == "applied"

    assert counts(chen.page("/"))["New customers"] == 0


def test_a_refused_set_stands_in_quarantine_with_its_reasons_in_words(scene, person):
    page = shown(person("chen").page("/"))

    assert "Visit cycle: This number is too small." in page
    assert counts(person("wang").page("/"))["In quarantine"] == 0


def test_returned_work_waits_until_it_is_corrected(scene, person):
    page = shown(person("chen").page("/"))

    assert re.search(r"Contact record Lucky Star Mart 福星便利店 Li Chen Which poster\?", page)


def test_an_empty_inbox_says_what_will_be_there_and_how_it_gets_there(scene, person):
    page = shown(person("wang").page("/"))

    assert "Nothing waits for a decision." in page and "as devices sync" in page


def test_visits_are_filtered_by_book_person_and_day(scene, person):
    admin, office = person("admin"), scene.office
    star, far = scene.ids["visit"], scene.ids["far visit"]

    def both(query: str) -> tuple[bool, bool]:
        page = admin.page(f"/visits?{query}")
        return star in page, far in page

    assert both("") == (True, True)
    assert both(f"person={office.users['li']}") == (True, False)
    assert both(f"book={scene.ids['south']}") == (False, True)
    assert both("state=skipped") == (False, True)
    assert both("q=lucky") == (True, False)
    assert both("until=2020-01-01") == (False, False)
    assert both("since=2020-01-01") == (True, True)


def test_a_visit_shows_its_steps_counts_photos_and_what_was_made_at_it(scene, person):
    page = person("li").page(f"/visits/{scene.ids['visit']}")
    text = shown(page)

    for words in ("Smaller bottles", "price tags", "25 minutes", "38 m", "Templeton Rye 750 ml 4", "Order R-1001"):
        assert words in text, words
    book, sha256 = scene.photos[0]
    assert f'src="/photos/{book}/{sha256}/thumbnail"' in page and f'href="/records/{scene.ids["photo"]}"' in page
    assert "on its way" in text, "a photo whose bytes are still on the device has its place"


def test_orders_add_up_over_all_rows_not_the_page_alone(scene, person):
    text = shown(person("admin").page("/orders"))

    assert "Total of 1 order $589.20" in text
    assert "Lucky Star Mart 福星便利店 R-1001" in text


def test_a_list_longer_than_anybody_reads_says_that_there_is_more_than_it_counted(scene, person, monkeypatch):
    monkeypatch.setattr(listing, "COUNT_MOST", 1)

    text = shown(person("admin").page("/orders"))

    assert "Total of 1+ order ≥ $589.20" in text and "of 1+" in text


def test_an_order_shows_its_lines_with_their_sum(scene, person):
    text = shown(person("li").page(f"/orders/{scene.ids['order']}"))

    assert "Templeton Rye 750 ml 27 12 27.14 325.68" in text
    assert "Sum of the lines $589.20" in text and "differ" not in text


def test_an_order_whose_total_is_not_the_sum_of_its_lines_says_so(own_scene):
    record = "01900000-0000-7000-8000-00000000abcd"
    values = {"ordered_at": 1, "lines": [{"quantity": "1", "amount_minor": 500}], "total_minor": 700}
    own_scene.office.write(
        "north", {"op": "create", "type": "order", "record": record, "customer": own_scene.ids["sun"], "set": values}
    )

    assert "The total and the sum of the lines differ." in Person(own_scene.office.app, "li").page(f"/orders/{record}")


def test_what_a_product_costs_the_company_is_for_those_who_keep_the_catalogue(own_scene):
    record = "01900000-0000-7000-8000-00000000c057"
    values = {"product_code": "9", "product_name": "Rum", "unit_price_minor": 1999, "cost_price_minor": 1333}
    with own_scene.office.app.app_context():
        book = books.reference_book()
    own_scene.office.write(book, {"op": "create", "type": "product", "record": record, "customer": None, "set": values})

    for login, sees in (("li", "••••"), ("song", "$13.33")):
        text = shown(Person(own_scene.office.app, login).page(f"/products/{record}"))
        assert f"Cost price {sees}" in text and "Unit price $19.99" in text
    assert "13.33" not in Person(own_scene.office.app, "li").page("/products")


def test_records_without_a_page_of_their_own_are_shown_as_declared_and_the_others_lead_there(scene, person):
    text = shown(person("li").page(f"/records/{scene.ids['complaint']}"))

    assert "Two broken bottles" in text and "Class Delivery" in text and "Priority High" in text
    assert person("li").get(f"/records/{scene.ids['visit']}").headers["Location"] == f"/visits/{scene.ids['visit']}"
    assert person("li").get(f"/records/{scene.ids['whisky']}").status_code in (302, 404)


def test_devices_show_who_synced_when_and_what_each_still_holds(scene, person):
    text = shown(person("admin").page("/devices"))

    assert re.search(r"Li Li's phone Android 15 stranger 1 .* ago \d+ \w+ \d{4}, \d\d:\d\d 1 photo since", text)
    assert "Wang Wang's tablet Android 14" in text and "in use" in text


def test_an_invitation_is_shown_once_as_code_and_text_and_enrols_one_device(own_served_scene):
    admin = Person(own_served_scene.office.app, "admin")

    answer = admin.post("/devices/enrol", {"user": own_served_scene.office.users["wang"]})

    assert answer.status_code == 200 and "<svg" in answer.text and answer.headers["Cache-Control"] == "no-store"
    from html import unescape

    invitation = unescape(re.search(r"roundbook:1\?[^<]+", answer.text)[0])
    assert Stranger(invitation).enrol().status == 200
    assert Stranger(invitation).enrol().problem == "code-used"


def test_a_device_is_retired_reported_lost_and_taken_into_use_again(own_scene):
    admin, device = Person(own_scene.office.app, "admin"), own_scene.ids["li device"]

    for state, words in (("retired", "retired"), ("active", "in use"), ("lost", "reported lost")):
        assert admin.post(f"/devices/{device}/state", {"state": state}).status_code == 303
        assert words in shown(admin.page(f"/devices/{device}"))
    assert admin.post(f"/devices/{device}/state", {"state": "exploded"}).status_code == 404


def test_a_book_is_made_and_its_seat_handed_over_and_the_history_of_terms_stays(own_scene):
    admin, office = Person(own_scene.office.app, "admin"), own_scene.office

    made = admin.post("/books", {"name": "west"})
    book = made.headers["Location"]
    for login in ("li", "wang"):
        assert admin.post(f"{book}/seats/maintainer", {"user": office.users[login]}).status_code == 303
    twice = admin.post("/books", {"name": "west"})

    assert twice.status_code == 422 and "was not made" in shown(twice.text) and 'value="west"' in twice.text
    text = shown(admin.page(book))
    assert re.search(r"Maintainer Wang Admin 2 .*Maintainer Li Admin 1", text)
    assert "west" in shown(Person(office.app, "wang").page("/books"))


def test_a_person_is_added_changed_and_disabled(own_scene):
    admin = Person(own_scene.office.app, "admin")
    form = {"name": "Zhao Lei", "login": "zhao", "language": "zh_Hans", "roles": ["leader"], "password": "long enough"}

    assert admin.post("/people/new", form).status_code == 303

    assert re.search(r"Zhao Lei zhao Leader – – active", shown(admin.page("/people")))
    for wrong in ({"login": "zhao"}, {"login": "x y"}, {"password": "short"}, {"name": ""}):
        assert admin.post("/people/new", {**form, "login": "other", **wrong}).status_code == 422, wrong


def test_an_administrator_cannot_lock_himself_out(own_scene):
    admin = Person(own_scene.office.app, "admin")
    me = f"/people/{own_scene.office.users['admin']}"

    for form in ({"roles": "administrator"}, {"active": "yes", "roles": "leader"}):
        assert admin.post(me, {"name": "Admin", "language": "en", **form}).status_code == 422
    assert admin.get("/people").status_code == 200


def test_the_places_one_can_go_to_are_those_one_s_roles_open(scene, person):
    def places(login: str) -> list[str]:
        menu = person(login).page("/").partition('class="places">')[2].partition("</ul>")[0]
        return texts(menu)

    assert places("admin")[:4] == [
        "Inbox",
        "Review",
        "Today",
        "Customers",
    ]
    assert {"Visits", "Orders", "Devices", "Books and seats", "Users", "Import"} <= set(places("admin"))
    assert "Devices" not in places("li") and "Users" not in places("li")
    assert "Devices" in places("chen") and "Users" not in places("chen")


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(own_scene):
    office = own_scene.office
    admin = Person(office.app, "admin")
    paths = (
        "/",
        "/customers",
        "/visits",
        "/orders",
        "/products",
        "/devices",
        "/books",
        f"/customers/{own_scene.ids['star']}",
        "/today",
        "/map",
        "/visits/plan",
        "/review/register",
        f"/review/register/book/{own_scene.ids['north']}",
    )

    def queries() -> dict[str, int]:
        found = {}
        for path in paths:
            admin.page(path)
            seen: list[str] = []
            with office.app.app_context():
                engine = db.engine
            listen = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731
            sa.event.listen(engine, "before_cursor_execute", listen)
            admin.page(path)
            sa.event.remove(engine, "before_cursor_execute", listen)
            found[path] = len(seen)
        return found

    before = queries()
    many(own_scene)

    assert queries() == before
    assert max(before.values()) <= 40, before


def many(scene) -> None:
    """Forty more customers, each with a visit and an order, and forty more of both at one customer."""
    changes, now = [], clock.now_ms()

    def create(kind: str, number: int, customer: str | None, values: dict) -> str:
        record = f"0190{number:04d}-0000-7000-8000-{abs(hash(kind)) % 10**12:012d}"
        changes.append({"op": "create", "type": kind, "record": record, "customer": customer or record, "set": values})
        return record

    for n in range(40):
        customer = create("customer", n, None, {"store_name": f"Shop {n}", "contact_person": f"Person {n}"})
        for whose in (customer, scene.ids["star"]):
            number = n if whose == customer else 1000 + n
            visit = create("visit", number, whose, {"state": "done", "checked_in_at": now - n})
            line = {"product": scene.ids["whisky"], "quantity": "1", "amount_minor": 100}
            create("order", number, whose, {"ordered_at": now - n, "visit": visit, "lines": [line], "total_minor": 100})
    for start in range(0, len(changes), 200):
        scene.office.write("north", *changes[start : start + 200])
