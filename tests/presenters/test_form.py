"""Forms come from the declaration: a field that is added in one place is in the form, with its widget and its reasons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from field_app import language
from field_app.presenters.customer import CustomerPage
from field_app.presenters.customer_form import EditGroupPage
from field_app.presenters.form import COMPUTED, Form, completeness
from field_app.presenters.views import Fact
from sync_protocol.fields import FieldClass, count
from sync_protocol.records import record_type, record_types
from sync_protocol.records.base import register
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round


@pytest.fixture
def one_more_field() -> Iterator[str]:
    """The customer with one field more, declared as all the others are."""
    before = record_type("customer")

    class Customer(before):  # type: ignore[valid-type,misc]
        parking_places = count(("Parking places", "停车位", "停車位"), group="business", unit=("places", "个", "個"))

    register(Customer)
    yield "parking_places"
    register(before)


def test_a_field_added_to_the_declaration_is_in_form_file_and_reasons(
    hand: Hand, the_round: Round, one_more_field: str
) -> None:
    shop = the_round.shops[SHOPS[0]]
    hand.open(CustomerPage(hand, shop))
    hand.page.act("file")
    missing = [fact.text for fact in hand.rows() if isinstance(fact, Fact) and fact.label == "Still missing"]
    assert any("Parking places" in text for text in missing)

    hand.open(EditGroupPage(hand, shop, "business"))
    view = hand.page.form.view(one_more_field)
    assert (view.label, view.widget, view.keyboard, view.unit) == ("Parking places", "line", "number", "places")
    assert hand.page.put(one_more_field, "many") == "Please type a whole number."
    assert hand.page.put(one_more_field, "-1") == "This number is too small."
    assert hand.page.put(one_more_field, "12") == ""
    language.use("zh_Hant")
    assert hand.page.form.view(one_more_field).label == "停車位"


def test_each_kind_of_field_has_a_widget_and_a_keyboard(hand: Hand) -> None:
    seen = {}
    for name, schema in record_types().items():
        form = Form(name, {}, hand.session)
        for field, spec in schema.specs().items():
            view = form.view(field)
            seen[spec.kind.value] = (view.widget, view.keyboard)

    assert seen["money"] == seen["decimal"] == seen["count"] == ("line", "number")
    assert seen["phone"] == ("line", "tel")
    assert seen["note"] == ("lines", "text")
    assert seen["flag"] == ("flag", "text")
    assert seen["day"] == ("day", "text")
    assert seen["tags"] == ("line", "text")


def test_a_short_list_is_chips_and_a_long_one_a_list(hand: Hand) -> None:
    form = Form("customer", {}, hand.session)
    for name, spec in form.specs.items():
        if spec.choices:
            assert form.view(name).widget == ("chips" if len(spec.choices) <= 6 else "list"), name


@pytest.mark.parametrize(
    ("field", "typed", "value", "shown"),
    [
        ("registered_capital_minor", "1,250.50", 125_050, "1,250.50"),
        ("visit_cycle_days", "14", 14, "14 days"),
        ("business_tags", "old town, corner、busy", ["old town", "corner", "busy"], "old town, corner, busy"),
        ("birthday", "1980-05-17", "1980-05-17", "17 May 1980"),
        ("store_name", "  Corner Shop ", "Corner Shop", "Corner Shop"),
        ("latitude", "42.03", "42.03", "42.03"),
        ("contact_phone", "", None, ""),
    ],
)
def test_what_is_typed_becomes_its_value_and_is_shown_as_people_read_it(
    hand: Hand, field: str, typed: str, value: object, shown: str
) -> None:
    form = Form("customer", {}, hand.session)

    assert form.put(field, typed)

    assert form.values[field] == value
    assert form.view(field).text == shown
    again = Form("customer", form.values, hand.session)
    assert again.put(field, again.view(field).typed) and again.changed() == {}


@pytest.mark.parametrize(
    ("field", "typed", "begins"),
    [
        ("registered_capital_minor", "12.345", "Please type a sum"),
        ("visit_cycle_days", "14.5", "Please type a whole number"),
        ("birthday", "17.5.1980", "Please type a day"),
        ("latitude", "north", "Please type degrees"),
        ("store_name", "x" * 201, "This is too long"),
    ],
)
def test_what_cannot_be_read_keeps_the_text_and_says_why(hand: Hand, field: str, typed: str, begins: str) -> None:
    form = Form("customer", {field: None}, hand.session)

    assert not form.put(field, typed)

    assert form.view(field).reason.startswith(begins)
    assert form.view(field).typed == typed


def test_an_instant_is_typed_on_the_clock_of_the_company(hand: Hand) -> None:
    form = Form("contact_record", {}, hand.session)

    assert form.put("contacted_at", "2026-11-25 09:30")

    assert form.values["contacted_at"] == 1_795_570_200_000  # 01:30 UTC: the company is in Shanghai
    assert form.view("contacted_at").typed == "2026-11-25 09:30"


def test_computed_fields_cannot_be_typed_and_do_not_count_as_missing(hand: Hand) -> None:
    form = Form("customer", {}, hand.session)
    for name, spec in form.specs.items():
        if spec.klass is FieldClass.SYSTEM:
            assert form.view(name).mode == COMPUTED and not form.view(name).can_type
    assert completeness("customer", "system", {"grade": "3"}) == (0, 0)
    assert completeness("customer", "basic", {"store_name": "x", "licence_number": ""})[0] == 1
