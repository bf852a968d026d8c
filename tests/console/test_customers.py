"""The list of customers, one file, its form and the history of its fields."""

from __future__ import annotations

import json
import re

import pytest

from sync_protocol.records import record_type
from tests.console.browser import Person, shown, texts


def found(page: str) -> list[str]:
    return [
        text
        for text in ("Far Shop", "Lucky Star Mart 福星便利店", "New Corner", "Sun Grocery")
        if f">{text}</a>" in page.partition("Did you mean")[0]
    ]


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("lucky", ["Lucky Star Mart 福星便利店"]),
        ("福星", ["Lucky Star Mart 福星便利店"]),
        ("STAR mart", ["Lucky Star Mart 福星便利店"]),
        ("219", ["Lucky Star Mart 福星便利店", "Sun Grocery"]),
        ("5152849999", ["Lucky Star Mart 福星便利店"]),
        ("284-99", ["Lucky Star Mart 福星便利店"]),
        ("LE-0042", ["Lucky Star Mart 福星便利店"]),
        ("oak", ["Sun Grocery"]),
        ("sun oak", ["Sun Grocery"]),
        ("sun elm", []),
        ("100%", []),
        ("_", []),
    ],
)
def test_a_part_of_name_code_phone_licence_or_address_finds_a_customer(scene, person, words, who):
    from urllib.parse import quote

    assert found(person("admin").page(f"/customers?q={quote(words)}")) == who


def test_who_was_meant_is_offered_when_nobody_was_found(scene, person):
    page = person("admin").page("/customers?q=lucki+stat")

    assert "Did you mean:" in page and "Lucky Star Mart" in page


def test_filters_sorting_and_pages_live_in_the_address(scene, person):
    admin = person("admin")

    assert found(admin.page("/customers?grade=4")) == ["Sun Grocery"]
    assert found(admin.page(f"/customers?book={scene.ids['south']}")) == ["Far Shop"]
    names = [admin.page(f"/customers?sort={order}store_name") for order in ("", "-")]
    assert names[0].index("Far Shop") < names[0].index("Sun Grocery")
    assert names[1].index("Sun Grocery") < names[1].index("Far Shop")
    assert 'aria-sort="descending"' in names[1]
    for nonsense in ("?page=0", "?page=99999999999", "?page=x", "?sort=password", "?grade=%00", "?since=2026-99-99"):
        assert admin.get(f"/customers{nonsense}").status_code == 200


def test_the_next_page_goes_on_where_the_last_ended(own_scene):
    changes = []
    for n in range(120):
        record = f"01900000-0000-7000-8000-{n:012d}"
        values = {"store_name": f"Shop {n:03d}", "customer_code": f"S{n:03d}"}
        changes.append({"op": "create", "type": "customer", "record": record, "customer": record, "set": values})
    own_scene.office.write("south", *changes)
    admin = Person(own_scene.office.app, "admin")

    pages = [admin.page(f"/customers?q=Shop+&book={own_scene.ids['south']}&page={n}") for n in (1, 2, 3)]

    names = [re.findall(r">(Shop \d{3})</a>", page) for page in pages]
    assert [len(part) for part in names] == [49, 50, 21]  # the first row is Far Shop
    assert names[0] + names[1] + names[2] == [f"Shop {n:03d}" for n in range(120)]
    assert "51–100 of 121" in shown(pages[1])
    assert "page=3" in pages[1] and "page=1" in pages[1]


def test_the_page_shows_every_group_with_how_much_of_it_is_filled_and_what_is_missing(scene, person):
    page = person("li").page(f"/customers/{scene.ids['star']}")

    for name, labels in record_type("customer").groups.items():
        assert labels.en in texts(page), name
    assert "4 of 6" in shown(page)
    every = {spec.labels.en for spec in record_type("customer").specs().values()}
    assert every <= set(texts(page)), "each field is shown, filled in or missing"


def test_the_page_says_who_maintains_what_since_when(scene, person):
    page = shown(person("li").page(f"/customers/{scene.ids['star']}"))

    assert re.search(r"Li · Maintainer since \d+ \w+ \d{4} Identity, Basic, Network, Business, Personal", page)
    assert "Chen · Supervisor" in page and "vacant · Licensing" in page


def test_all_that_happened_stands_on_one_timeline_newest_first(scene, person):
    page = shown(person("li").page(f"/customers/{scene.ids['star']}"))

    places = [
        page.index(text) for text in ("Two broken bottles", "Telephone · Wang Fang", "Order R-1001", "Planned visit")
    ]
    assert places == sorted(places)
    assert "$589.20" in page and "2 lines" in page and "1 product counted" in page


def test_the_timeline_can_be_narrowed_to_one_type_and_goes_back_in_time(scene, person):
    star = scene.ids["star"]

    only = shown(person("li").page(f"/customers/{star}?only=order"))
    before = shown(person("li").page(f"/customers/{star}?before=1000"))

    assert "Order R-1001" in only and "Two broken bottles" not in only
    assert "Order R-1001" not in before


def test_what_people_typed_is_shown_as_they_typed_it_and_never_run(scene, person):
    for path in (f"/customers/{scene.ids['star']}", f"/visits/{scene.ids['visit']}", "/visits"):
        page = person("li").page(path)
        assert "&lt;b&gt;tasting&lt;/b&gt;" in page and "<b>tasting</b>" not in page


def test_a_bank_account_shows_its_last_digits_and_a_home_address_only_who_holds_a_seat(scene, person):
    star = scene.ids["star"]

    for login in ("li", "admin"):
        for path in (f"/customers/{star}", f"/customers/{star}/edit", f"/customers/{star}/history/bank_account"):
            page = person(login).page(path)
            assert "6222020200112233445" not in page, (login, path)
            assert "•••• 3445" in page
    assert "12 Elm Street" in person("li").page(f"/customers/{star}")
    for path in ("", "/edit", "/history/home_address"):
        assert "12 Elm Street" not in person("admin").page(f"/customers/{star}{path}")


def form_of(person: Person, customer: str) -> dict[str, str]:
    """The form as the page holds it."""
    from html import unescape

    page = person.page(f"/customers/{customer}/edit")
    fields = dict(re.findall(r'<input[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', page))
    fields |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.S))
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in fields.items() if name not in ("q", "csrf_token")}


def test_the_form_has_every_field_that_people_enter_and_none_that_is_computed(scene, person):
    form = form_of(person("li"), scene.ids["star"])

    specs = record_type("customer").specs()
    assert {name for name, spec in specs.items() if spec.klass != "system"} == set(form) - {
        "base",
        "seen",
        "language",
        "next",
    }


def test_a_form_that_is_sent_back_as_it_came_changes_nothing(own_scene):
    li, star = Person(own_scene.office.app, "li"), own_scene.ids["star"]
    before = li.page(f"/customers/{star}/history/store_name")

    answer = li.post(f"/customers/{star}/edit", form_of(li, star))

    assert answer.status_code == 303
    assert "Nothing was changed." in li.page(f"/customers/{star}")
    assert texts(li.page(f"/customers/{star}/history/store_name")) == texts(before)


def test_a_holder_s_dynamic_field_counts_at_once_and_his_static_one_waits(own_scene):
    li, star = Person(own_scene.office.app, "li"), own_scene.ids["star"]
    form = form_of(li, star) | {
        "contact_person": "Wang Min",
        "region": "Dallas",
        "business_tags": "corner, cold drinks",
        "visit_cycle_days": "14",
        "registered_capital_minor": "20,000.50",
    }

    assert li.post(f"/customers/{star}/edit", form).status_code == 303

    page = shown(li.page(f"/customers/{star}"))
    assert "Applied: Visit cycle, Tags of the business, Contact person" in page or "Applied: " in page
    assert "To decide: Registered capital, Administrative region. It stands in the inbox." in page
    assert "Wang Min" in page and "14 days" in page and "cold drinks" in page and "late hours" not in page
    inbox = shown(li.page("/"))
    assert "Administrative region Polk Polk Dallas" in inbox
    assert "Registered capital $12,500.00 $12,500.00 $20,000.50" in inbox


def test_what_somebody_else_changes_waits_as_a_whole(own_scene):
    admin, star = Person(own_scene.office.app, "admin"), own_scene.ids["star"]

    admin.post(f"/customers/{star}/edit", form_of(admin, star) | {"contact_person": "Somebody"})

    page = shown(admin.page(f"/customers/{star}"))
    assert "To decide: Contact person" in page and "Wang Fang" in page
    assert "Somebody" in shown(admin.page("/"))


def test_what_is_wrong_is_named_by_field_and_nothing_is_saved_but_all_that_was_typed_is_kept(own_scene):
    li, star = Person(own_scene.office.app, "li"), own_scene.ids["star"]
    form = form_of(li, star) | {
        "contact_person": "Kept in the form",
        "contact_phone": "call me",
        "visit_cycle_days": "often",
        "contract_signed_on": "2025-02-30",
        "store_name": "",
        "referred_by": "no such code",
    }

    answer = li.post(f"/customers/{star}/edit", form)

    assert answer.status_code == 422
    page = shown(answer.text)
    assert "Nothing was saved yet." in page
    for reason in ("This is no whole number.", "There is no customer with this code in your books."):
        assert reason in page
    assert answer.text.count('aria-invalid="true"') >= 2
    assert "Kept in the form" in answer.text and "call me" in answer.text
    again = li.post(f"/customers/{star}/edit", form | {"visit_cycle_days": "7", "referred_by": ""})
    for reason in ("This must be filled in.", "This is no telephone number", "This is no day."):
        assert reason in shown(again.text), reason
    assert "Kept in the form" not in li.page(f"/customers/{star}")


def test_an_edit_made_on_an_old_page_meets_what_changed_meanwhile_and_loses_nothing(own_scene):
    li, star = Person(own_scene.office.app, "li"), own_scene.ids["star"]
    old = form_of(li, star)
    li.post(f"/customers/{star}/edit", form_of(li, star) | {"contact_person": "First", "email": "first@example.com"})

    li.post(f"/customers/{star}/edit", old | {"contact_person": "Second"})

    page = shown(li.page(f"/customers/{star}"))
    assert "first@example.com" in page, "what the second form did not touch stays"
    history = shown(li.page(f"/customers/{star}/history/contact_person"))
    assert "First" in history and "Second" in history


def test_a_form_cannot_set_what_is_computed_or_what_nobody_declared(own_scene):
    li, star = Person(own_scene.office.app, "li"), own_scene.ids["star"]
    form = form_of(li, star) | {"grade": "1", "purchase_amount_minor": "999999", "password": "x", "id": "y"}

    assert li.post(f"/customers/{star}/edit", form).status_code == 303

    assert "Nothing was changed." in li.page(f"/customers/{star}")


def test_what_the_browser_says_it_saw_is_never_trusted(own_scene):
    li, star = Person(own_scene.office.app, "li"), own_scene.ids["star"]
    for seen in ("", "[]", "{", json.dumps({"grade": "1", "store_name": 7}), "null", '{"business_tags": 5}'):
        answer = li.post(f"/customers/{star}/edit", form_of(li, star) | {"seen": seen, "base": "no version"})
        assert answer.status_code in (303, 422), (seen, answer.status_code)


def test_the_history_of_a_field_says_who_set_what_when_from_where_and_what_lost(scene, person):
    page = shown(person("li").page(f"/customers/{scene.ids['sun']}/history/contact_person"))

    assert re.search(r"Mrs Sun Mr Sun Li Li's tablet", page)
    assert re.search(r"Mr Sun – Li head office", page)
    assert "Values that did not count" in page and re.search(r"Mr Sun Li Mrs Sun Li", page)


def test_a_field_that_was_never_filled_in_says_so(scene, person):
    assert "never been filled in" in person("li").page(f"/customers/{scene.ids['sun']}/history/bank_name")
    assert person("li").get(f"/customers/{scene.ids['sun']}/history/no_such_field").status_code == 404
