"""A page that was left is let go: its rows are kept for the next list, the page itself and what it knew are not."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable

import pytest

from field_app.presenters import places
from field_app.presenters.customer import CustomerPage
from field_app.presenters.order import OrderPage
from field_app.presenters.sync import SyncPage
from field_app.presenters.visit import VisitPage
from field_app.services import roster, visits
from field_app.worker import Worker
from tests.window.conftest import Start
from tests.window.hands import Hands


def _opened(hands: Hands, name: str) -> None:
    device = hands.app.session.device
    customer = roster.by_title(device).customers[0].id
    if name in ("customers", "orders", "more"):
        hands.app.restart(places.place(hands.app, name))
    elif name == "visit":
        hands.app.open(VisitPage(hands.app, visits.check_in(device, customer)))
    elif name == "sync":
        hands.app.open(SyncPage(hands.app))
    else:
        hands.app.open({"customer": CustomerPage, "order": OrderPage}[name](hands.app, customer))


@pytest.mark.parametrize("name", ["customer", "order", "sync", "visit"])
def test_a_screen_that_was_left_is_gone(start: Start, name: str) -> None:
    hands = start()
    _opened(hands, name)
    hands.frames()
    if name in ("customers", "order", "orders"):
        hands.page.search("nothing has this name")  # its rows are put aside
        hands.frames()
    screen, page = weakref.ref(hands.app.screen), weakref.ref(hands.page)
    for place in ("today", "customers", "today"):
        hands.app.restart(places.place(hands.app, place))
        hands.frames()
    hands.wait(lambda: gc.collect() >= 0 and screen() is None and page() is None, f"{name} to be let go")


def test_a_lane_lets_go_of_what_it_did() -> None:
    worker, done = Worker(lambda call: call()), []

    class Asked:
        def __call__(self) -> None:
            done.append(True)

    task = Asked()
    held = weakref.ref(task)
    worker.do(task, lambda _: None, lambda _: None)
    until = time.monotonic() + 5
    while not (done and worker.is_idle) and time.monotonic() < until:
        time.sleep(0.01)
    del task
    while held() is not None and time.monotonic() < until:
        gc.collect()
    assert done and held() is None
    worker.stop()


def test_nobody_hears_of_work_that_ends_after_the_app() -> None:
    """Its pages are gone, and the store that they read is locked."""
    deliveries: list[Callable[[], None]] = []
    heard: list[object] = []
    worker = Worker(deliveries.append)
    worker.do(lambda: "done", heard.append, heard.append)
    worker.do(lambda: 1 // 0, heard.append, heard.append)
    until = time.monotonic() + 5
    while len(deliveries) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    worker.stop()
    for deliver in deliveries:
        deliver()
    assert len(deliveries) == 2 and worker.is_idle
    assert heard == []
