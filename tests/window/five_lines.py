"""A scripted order of five lines by touches alone, each touch of the glass counted: from the customer's page until it is saved.

The order of last time is not copied, no quantity is the one that comes by itself, and one product is none the shop usually buys.
`make bench-app` runs it on a large device; a test runs it on a small one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from kivy.core.window import Window
from kivy.tests.common import UnitTestTouch

from field_app.presenters.customer import CustomerPage
from field_app.services import reading
from tests.window.hands import Hands, box

LINES = 5


@dataclass(frozen=True)
class Taken:
    """Args: taps: touches of the glass, swipes included. seconds: from the first to the saved order, without a person's pauses.
    order: its id.
    """

    taps: int
    seconds: float
    order: str


class Counter:
    """Counts what reaches the window as a touch, while it is open."""

    def __enter__(self) -> Counter:
        self.number = 0
        Window.bind(on_touch_down=self._count)
        return self

    def __exit__(self, *_: object) -> None:
        Window.unbind(on_touch_down=self._count)

    def _count(self, *_: object) -> None:
        self.number += 1


def take_order(hands: Hands, customer: str) -> Taken:
    """Take the order of a customer who has ordered at least four products before. Raises: AssertionError, if it is not saved."""
    hands.app.restart(CustomerPage(hands.app, customer))
    hands.frames()
    device = hands.app.session.device
    before = {order.id for order in reading.below(device, customer, "order")}
    began = time.perf_counter()
    with Counter() as touches:
        hands.tap("order")
        wanted = {product: _order(hands, product) for product in _products(hands.page)}
        hands.tap("save")
        if hands.app._sheets:  # over the limit of the month: the question is a tap more
            hands.tap("yes")
        hands.wait(lambda: isinstance(hands.page, CustomerPage), "the order to be saved")
    seconds = time.perf_counter() - began
    (order,) = [one for one in reading.below(device, customer, "order") if one.id not in before]
    saved = {line["product"]: line["quantity"] for line in order.fields["lines"]}
    assert saved == wanted and len(saved) == LINES, (saved, wanted)
    return Taken(touches.number, seconds, order.id)


def _products(page: Any) -> list[str]:
    """Four that the shop usually buys, and one that it does not."""
    usual = [product for product in page.usual if product in page.basket.known][: LINES - 1]
    others = [product for _head, group in page.groups for product in group if product not in page.usual]
    assert len(usual) == LINES - 1 and others, "the shop has ordered too little before"
    return [*usual, others[0]]


def _order(hands: Hands, product: str) -> str:
    """Order a product in a quantity that is not its usual one. Returns: how many."""
    usual = hands.page.usual.get(product)
    bring(hands, f"+{product}")
    hands.tap(f"+{product}")
    hands.tap(f"={product}")
    offered = [part.key for part in hands.widgets() if str(getattr(part, "key", "")).startswith("quick:")]
    assert offered, "no quantity can be taken by one tap"
    quantity = next(key for key in sorted(offered, key=_number)[1:] if not usual or _number(key) != usual.quantity)
    hands.tap(quantity)
    return quantity.removeprefix("quick:")


def _number(key: str) -> int:
    return int(key.partition(":")[2])


def bring(hands: Hands, key: str) -> None:
    """Swipe the list up until what has this key is in view, as a thumb does."""
    for _ in range(20):
        view = box(hands.app.screen.list)
        found = [part for part in hands.widgets() if getattr(part, "key", "") == key and hands.visible(part)]
        if found and box(found[0])[1] >= view[1] and box(found[0])[3] <= view[3]:
            return
        low, high = view[1] + (view[3] - view[1]) * 0.15, view[1] + (view[3] - view[1]) * 0.85
        swipe(hands, low, high)
    raise AssertionError(f"{key!r} does not come into view")


def swipe(hands: Hands, begin: float, end: float, steps: int = 12) -> None:
    """One finger up the middle of the page, that rests before it lifts so that the list does not run on."""
    touch = UnitTestTouch(Window.width / 2, begin)
    touch.touch_down()
    for step in range(1, steps + 1):
        touch.touch_move(Window.width / 2, begin + (end - begin) * step / steps)
        hands.frames(1)
    for _ in range(6):
        touch.touch_move(Window.width / 2, end)
        hands.frames(2)
    touch.touch_up()
    hands.frames(30)
