"""Taking an order in the window: few touches, nothing that moves under the thumb, a signature by a finger."""

from __future__ import annotations

import math
from pathlib import Path

from kivy.tests.common import UnitTestTouch

from field_app.presenters.customer import CustomerPage
from field_app.presenters.order import OrderPage
from field_app.presenters.save_as import SaveAsPage
from field_app.services import orders, photos, reading
from tests.presenters.rounds import SHOPS, Round
from tests.window.conftest import Start
from tests.window.five_lines import bring, take_order
from tests.window.hands import Hands, box

MOST_TAPS = 20


def stocked(hands: Hands, the_round: Round) -> list[str]:
    """A shop that has ordered four products before, of the fourteen that there are. Returns: the products."""
    office, device = the_round.office, hands.app.session.device
    products = list(the_round.products.values())
    if len(products) < 10:
        for number in range(11):
            products.append(office.product(f"2{number:04d}", f"Product {number:02d}", 1000 + number))
            the_round.products[f"Product {number:02d}"] = products[-1]
    session = hands.app.session
    session.line.is_cut = False  # type: ignore[attr-defined]
    for _ in range(5):  # one that was under way may have looked before the products were there
        session.sync.start()
        hands.wait(lambda: not session.sync.is_running, "the sync")
        if len(reading.shown_all(device, products)) == len(products):
            break
    session.line.is_cut = True  # type: ignore[attr-defined]
    lines = [{"product": product, "quantity": str(6 * number)} for number, product in enumerate(products[:4], 1)]
    orders.place(device, the_round.shops[SHOPS[1]], lines)
    return products


def test_five_lines_take_at_most_twenty_touches_from_the_customers_page_to_saved(
    start: Start, the_round: Round
) -> None:
    hands = start(online=True, size=(360, 640))
    stocked(hands, the_round)

    taken = take_order(hands, the_round.shops[SHOPS[1]])

    assert taken.taps <= MOST_TAPS, taken
    assert reading.shown(hands.app.session.device, taken.order).state == "on_phone"


def test_a_tapped_line_stays_under_the_thumb_in_a_list_that_was_scrolled(start: Start, the_round: Round) -> None:
    hands = start(online=True, size=(360, 640))
    products = stocked(hands, the_round)
    hands.app.restart(OrderPage(hands.app, the_round.shops[SHOPS[1]]))
    bring(hands, f"+{products[10]}")
    before = box(hands.touchable(f"+{products[10]}"))

    hands.tap(f"+{products[10]}")
    hands.app.reload()  # as after a sync
    hands.frames(10)

    after = box(hands.touchable(f"+{products[10]}"))
    assert abs(before[1] - after[1]) < 2 and hands.page.scrolled > 0
    assert hands.page.quantities == {products[10]: 1}


def write(hands: Hands) -> None:
    """A finger on the glass."""
    glass = hands.app.screen.glass
    left, bottom, right, top = box(glass)
    middle, high = (bottom + top) / 2, (top - bottom) / 4
    touch = UnitTestTouch(left + 30, middle)
    touch.touch_down()
    for step in range(50):
        touch.touch_move(left + 30 + (right - left - 60) * step / 50, middle + high * math.sin(step / 3))
    hands.frames(2)
    touch.touch_up()
    hands.frames(4)


def test_a_signature_by_a_finger_is_saved_with_the_order_and_the_slip_is_put_into_a_file(
    start: Start, the_round: Round, tmp_path: Path
) -> None:
    hands = start(speaks="zh_Hans", size=(360, 640))
    device, shop = hands.app.session.device, the_round.shops[SHOPS[0]]
    device.settings.set("shared_folder", str(tmp_path))
    hands.app.restart(CustomerPage(hands.app, shop))
    hands.tap("order")
    hands.tap(f"+{the_round.products['Black Velvet']}")
    assert hands.faults() == []
    hands.tap("sign")
    assert hands.faults() == []
    hands.tap("save")
    assert type(hands.page).__name__ == "SignPage", "an empty glass signs nothing"
    write(hands)
    hands.tap("clear")
    assert hands.page.strokes == []
    write(hands)
    assert hands.faults() == []
    hands.tap("save")

    hands.wait(lambda: isinstance(hands.page, CustomerPage), "the order to be saved")
    order = reading.below(device, shop, "order")[0]
    assert len(photos.read(device, order.fields["signature"])) > 3000
    hands.tap(f"record:{order.id}")
    hands.tap("share")
    hands.wait(lambda: hands.page.picture, "the slip")
    assert hands.faults() == []
    hands.tap("picture")
    hands.wait(lambda: isinstance(hands.page, SaveAsPage), "where it goes")
    assert hands.faults() == []
    hands.write("name", "slip.png")
    hands.tap("save")
    assert (tmp_path / "slip.png").read_bytes().startswith(b"\x89PNG")
