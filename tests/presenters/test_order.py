"""Taking an order: what the shop usually buys, favourites, what may still be ordered, a signature on the glass."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from field_app.presenters import places
from field_app.presenters.order import OrderPage
from field_app.presenters.record import RecordPage
from field_app.presenters.sign import SignPage
from field_app.presenters.views import Head, Quantity
from field_app.services import habits, orders, photos, reading, standing
from field_app.services.signatures import Signature
from field_app.store.overlay import Shown
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round

CREDIT = {"credit_limit_minor": 50_000, "owes_minor": 20_000, "owes_as_of_on": "2026-11-20"}


@pytest.fixture
def shop(the_round: Round) -> str:
    """The shop that orders twelve of one thing and twenty-four of another."""
    return the_round.shops[SHOPS[0]]


@pytest.fixture
def page(hand: Hand, shop: str) -> Iterator[OrderPage]:
    hand.open(OrderPage(hand, shop))
    yield hand.page


def groups(page: OrderPage) -> dict[str, list[str]]:
    """Head -> names of the products below it."""
    found: dict[str, list[str]] = {}
    head = ""
    for item in page.items():
        if isinstance(item, Head):
            head = item.words
        elif isinstance(item, Quantity):
            found.setdefault(head, []).append(item.title)
    return found


def test_what_the_shop_usually_buys_stands_first_and_comes_in_its_usual_quantity_by_one_tap(
    page: OrderPage, the_round: Round
) -> None:
    velvet, star = the_round.products["Black Velvet"], the_round.products["红星二锅头"]
    assert groups(page)["Usual here"] == ["Black Velvet", "Hawkeye Vodka"]
    assert groups(page)["Products"] == ["红星二锅头"]

    page.act(f"+{velvet}")
    page.act(f"+{star}")

    assert page.quantities == {velvet: 12, star: 1}
    page.act(f"+{velvet}")
    assert page.quantities[velvet] == 13


def test_nothing_moves_under_the_thumb_while_quantities_are_tapped(page: OrderPage, the_round: Round) -> None:
    before = [type(item).__name__ + getattr(item, "title", "") for item in page.items()]

    page.act(f"+{the_round.products['红星二锅头']}")

    assert [type(item).__name__ + getattr(item, "title", "") for item in page.items()] == before
    page.act("lines")
    assert groups(page) == {"This order": ["红星二锅头"]}
    page.act("lines")
    assert "Usual here" in groups(page)


def test_a_quantity_is_taken_by_one_tap_the_usual_one_and_cases_first(
    hand: Hand, page: OrderPage, the_round: Round
) -> None:
    velvet = the_round.products["Black Velvet"]
    page.act(f"={velvet}")
    assert ("12", "12") in hand.quick and len(hand.quick) == 5

    hand.answer("30")

    assert page.quantities == {velvet: 30}


def test_a_favourite_stands_above_for_every_shop_until_it_is_none(
    hand: Hand, page: OrderPage, the_round: Round
) -> None:
    star = the_round.products["红星二锅头"]
    page.act(f"?{star}")
    hand.answer("star")
    assert groups(page)["Favourites"] == ["红星二锅头"]

    hand.open(OrderPage(hand, the_round.shops[SHOPS[1]]))
    assert groups(hand.page)["Favourites"] == ["红星二锅头"]
    hand.page.act(f"?{star}")
    hand.answer("star")
    assert "Favourites" not in groups(hand.page)


def test_a_new_phone_without_favourites_offers_what_was_ordered_often(
    hand: Hand, page: OrderPage, the_round: Round
) -> None:
    star = the_round.products["红星二锅头"]
    device, other = hand.session.device, the_round.shops[SHOPS[4]]
    for _number in range(3):
        orders.place(device, other, [{"product": star, "quantity": "6"}])
    hand.open(OrderPage(hand, the_round.shops[SHOPS[1]]))
    assert groups(hand.page)["Ordered often"][0] == "红星二锅头"

    hand.page.act(f"?{star}")
    hand.answer("star")
    hand.open(OrderPage(hand, the_round.shops[SHOPS[1]]))
    assert groups(hand.page)["Favourites"] == ["红星二锅头"] and "Ordered often" not in groups(hand.page)


def test_the_habit_is_the_most_frequent_quantity_and_of_equal_ones_the_last() -> None:
    def order(*lines: tuple[str, str]) -> Shown:
        fields = {"lines": [{"product": product, "quantity": quantity} for product, quantity in lines]}
        return Shown("o", "order", "c", "b", fields, False, 1, "accepted", 1, "li", 1, "1.x")

    found = habits.usual_of([order(("a", "6"), ("b", "3")), order(("a", "12")), order(("a", "12"), ("c", "0"))])

    assert [(one.product, one.quantity, one.times) for one in found] == [("a", 12, 3), ("b", 3, 1)]


@pytest.fixture
def graded(hand: Hand, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop has a monthly limit, and credit."""
    real = reading.shown

    def shown(device: object, record: str) -> Shown:
        found = real(device, record)  # type: ignore[arg-type]
        if record == shop:
            found.fields.update({"monthly_supply": "400", **CREDIT})
        return found

    monkeypatch.setattr(reading, "shown", shown)


def test_what_is_left_this_month_and_the_credit_are_shown_and_fall_with_each_tap(
    hand: Hand, graded: None, shop: str, the_round: Round
) -> None:
    hand.open(OrderPage(hand, shop))
    ordered = standing.standing(hand.session.device, shop).supply.ordered
    left = f"{400 - ordered} of 400 left this month"
    assert hand.page.standing_lines() == [(left, "quiet"), ("credit 500.00 · owes 200.00", "quiet")]

    hand.page.put(the_round.products["Black Velvet"], 20)

    assert hand.page.standing_lines()[0] == (f"{400 - ordered - 20} of 400 left this month", "quiet")


def test_an_order_over_a_limit_is_saved_only_after_a_question_that_says_by_how_much(
    hand: Hand, graded: None, shop: str, the_round: Round
) -> None:
    hand.open(OrderPage(hand, shop))
    before = len(reading.below(hand.session.device, shop, "order"))
    hand.page.put(the_round.products["Hawkeye Vodka"], 500)
    assert [role for _words, role in hand.page.standing_lines()] == ["wrong", "wrong"]

    hand.page.act("save")
    assert len(reading.below(hand.session.device, shop, "order")) == before
    assert hand._confirm is not None
    hand._confirm()

    assert len(reading.below(hand.session.device, shop, "order")) == before + 1


def test_orders_that_head_office_has_not_counted_yet_use_up_credit_and_supply(
    hand: Hand, graded: None, shop: str, the_round: Round
) -> None:
    device = hand.session.device
    before = standing.standing(device, shop)
    orders.place(device, shop, [{"product": the_round.products["Black Velvet"], "quantity": "10"}])

    after = standing.standing(device, shop)

    assert after.supply.ordered - before.supply.ordered == 10
    assert after.open_minor - before.open_minor == 10_490
    assert after.credit_left_minor() == 50_000 - 20_000 - after.open_minor


def wave() -> list[tuple[float, float]]:
    """A stroke as a finger writes it."""
    return [(0.1 + n / 100, 0.5 + 0.2 * math.sin(n / 4)) for n in range(60)]


def test_a_signed_order_and_its_signature_are_one_set_and_the_picture_is_sealed(
    hand: Hand, page: OrderPage, shop: str, the_round: Round
) -> None:
    device = hand.session.device
    page.act(f"+{the_round.products['Black Velvet']}")
    page.act("sign")
    sign = hand.page
    assert isinstance(sign, SignPage) and sign.person == "Mrs Wang" and not sign.big().enabled
    sign.strokes = [[(0.5, 0.5)]]
    assert not sign.big().enabled, "a touch by mistake is no signature"

    sign.strokes = [wave()]
    sign.act("save")

    (order,) = [one for one in reading.below(device, shop, "order") if one.state == "on_phone"]
    photo = reading.shown(device, order.fields["signature"])
    assert (photo.fields["step"], photo.fields["caption"]) == ("signature", "Mrs Wang")
    (of_order,), (of_photo,) = (device.outbox.touching([one])[one] for one in (order.id, photo.id))
    assert of_order.id == of_photo.id
    picture = Image.open(io.BytesIO(photos.read(device, photo.id))).convert("L")
    dark = sum(picture.histogram()[:128])
    assert 0.002 < dark / (picture.width * picture.height) < 0.05
    sealed = next((device.folder / "photos").rglob("*/*")).read_bytes()
    assert b"JFIF" not in sealed
    hand.open(RecordPage(hand, order.id))
    assert photo.id in hand.words()


def test_a_signature_is_drawn_where_the_finger_was() -> None:
    picture = Image.open(io.BytesIO(Signature([[(0.0, 0.0), (0.25, 0.5)]], 0.5).picture()))
    left, right = (
        picture.crop((0, 0, picture.width // 2, picture.height)),
        picture.crop((picture.width // 2, 0, picture.width, picture.height)),
    )

    assert (left.getextrema()[0], right.getextrema()[0]) == (0, 255)


def test_a_signature_that_cannot_be_written_saves_no_order(
    hand: Hand, shop: str, the_round: Round, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    device = hand.session.device
    before = len(reading.below(device, shop))

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(device.photos, "write", full)
    hand.open(OrderPage(hand, shop))
    hand.page.act(f"+{the_round.products['Black Velvet']}")
    hand.page.finish(Signature([wave()], 0.5, "Mrs Wang"))

    assert len(reading.below(device, shop)) == before
    assert "No space left" in hand.told[-1]
    assert OrderPage(hand, shop).draft_key and hand.page.quantities


def shown(hand: Hand) -> list[str]:
    """The shops of the orders that the page of orders shows."""
    return [row.title for row in hand.rows() if getattr(row, "key", "").startswith("record:")]


def test_orders_are_found_by_customer_pinyin_product_state_and_time(hand: Hand, the_round: Round) -> None:
    device = hand.session.device
    orders.place(device, the_round.shops[SHOPS[1]], [{"product": the_round.products["红星二锅头"], "quantity": "6"}])
    hand.restart(places.place(hand, "orders"))
    page = hand.page
    assert shown(hand) == [SHOPS[1], SHOPS[0]]

    for text, shops in (("sun", [SHOPS[1]]), ("fxbld", [SHOPS[0]]), ("velvet", [SHOPS[0]]), ("红星", [SHOPS[1]])):
        page.search(text)
        assert shown(hand) == shops, text
    page.search("nobody")
    assert shown(hand) == [] and "No order is like that." in hand.words()
    page.search("")

    page.act("state")
    hand.answer("on_phone")
    assert shown(hand) == [SHOPS[1]] and "on phone" in page.bar().subtitle
    page.act("state")
    hand.answer("all")
    page.act("period")
    hand.answer("week")
    assert shown(hand) == [SHOPS[1]] and "1 order" in page.bar().subtitle
    page.act("period")
    hand.answer("month")
    assert shown(hand) == [SHOPS[1], SHOPS[0]]


def test_day_and_note_of_an_order_are_kept_with_its_draft_and_saved(
    hand: Hand, page: OrderPage, shop: str, the_round: Round
) -> None:
    velvet = the_round.products["Black Velvet"]
    page.act(f"+{velvet}")
    page.act("details")
    form = hand.page
    form.put("note", "ring twice")
    form.put("deliver_on", "soon")
    form.act("back")
    assert hand.page is form and form.focus == "deliver_on"
    form.put("deliver_on", "2026-12-01")
    form.act("back")
    assert hand.page is page and "1 Dec" in page.bar().subtitle

    hand.open(OrderPage(hand, shop))  # as after a killed app
    hand.page.act("save")

    order = reading.below(hand.session.device, shop, "order")[0]
    assert (order.fields["note"], order.fields["deliver_on"]) == ("ring twice", "2026-12-01")
    hand.open(OrderPage(hand, shop))
    assert hand.page.details == {} and hand.page.quantities == {}
