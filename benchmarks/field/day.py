"""A scripted day in one process, through the window: lists, searches, visits with photos, orders by touch. Prints figures as JSON."""

from __future__ import annotations

import io
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from field_app.window import configure, prepare

VISITS, PHOTOS = 20, 3


def main(home: Path) -> None:
    """Work the day, then say what it took."""
    prepare(home, (390, 844))
    configure((390, 844))
    from kivy.clock import Clock

    Clock._max_fps = 0
    from benchmarks.app_saves import save_figures
    from benchmarks.field.pocket import PASSPHRASE
    from benchmarks.field.shop import Cut, clock_ms, resident_mb
    from field_app.app import FieldApp
    from field_app.device import Device
    from field_app.presenters import places
    from field_app.presenters.session import Session
    from field_app.services import roster
    from tests.window.five_lines import take_order
    from tests.window.hands import Hands

    session = Session(home, clock_ms, lambda _url: Cut())
    session.hold(Device.unlock(home, PASSPHRASE, clock_ms=clock_ms))
    hands = Hands(FieldApp(session)).start()
    hands.wait(lambda: hands.app.screen is not None, "the window")
    device = session.device
    customers = [one.id for one in roster.by_title(device).customers]
    began = time.perf_counter()
    hands.app.restart(places.place(hands.app, "today"))
    today_ms = (time.perf_counter() - began) * 1000
    picture, taps = _picture(), []
    for number in range(VISITS):
        _look_around(hands, number)
        shop = customers[number * 7 % len(customers)]
        if number % 5 == 0:
            taps.append(take_order(hands, shop).taps)
        _visit(hands, shop, picture)
        hands.app.restart(places.place(hands.app, "today"))
        hands.frames()
    rss, most = resident_mb(), resident_mb("VmHWM")
    figures = save_figures(device, customers[:200], number=300)
    began = time.perf_counter()
    hands.app.restart(places.place(hands.app, "today"))
    print(
        json.dumps({
            "order_taps": max(taps), "rss_mb": round(rss, 1), "rss_most_mb": round(most, 1), **figures,
            "today_first_ms": round(today_ms, 1), "today_after_the_day_ms": round((time.perf_counter() - began) * 1000, 1),
        })
    )  # fmt: skip
    sys.stdout.flush()
    os._exit(0)


def _look_around(hands: Any, number: int) -> None:
    """The list of customers, a search, a file, its history."""
    from field_app.presenters import places
    from field_app.presenters.customer import CustomerPage
    from field_app.presenters.sync import SyncPage

    hands.app.restart(places.place(hands.app, "customers"))
    hands.frames()
    hands.app.screen.list.place = 2000 * (number % 4)
    hands.frames()
    for text in ("f", "fx", "福", "1381", ""):
        hands.page.search(text)
        hands.frames(2)
    hands.app.open(CustomerPage(hands.app, hands.page.found[number * 11 % len(hands.page.found)].id))
    hands.frames()
    for part in ("file", "orders", "photos", "history"):
        hands.page.act(part)
        hands.frames(2)
    hands.app.open(SyncPage(hands.app))
    hands.frames()


def _visit(hands: Any, shop: str, picture: bytes) -> None:
    from benchmarks.app_saves import FOUND
    from field_app.presenters.visit import VisitPage
    from field_app.services import photos, visits

    device = hands.app.session.device
    visit = visits.check_in(device, shop)
    hands.app.open(VisitPage(hands.app, visit))
    hands.frames()
    for _ in range(PHOTOS):
        photos.attach(device, visit, picture, "shopfront")
    hands.app.reload()
    hands.frames()
    visits.check_out(device, visit, FOUND)


def _picture() -> bytes:
    """A photo as a phone takes it: 12 megapixels."""
    from PIL import Image

    small = Image.frombytes("RGB", (400, 300), random.Random(1).randbytes(400 * 300 * 3))
    made = io.BytesIO()
    small.resize((4000, 3000)).save(made, "JPEG", quality=85)
    return made.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
