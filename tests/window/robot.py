"""Works in the app by touches until somebody kills it, and says after each step what must survive. A process of its own.

    python -m tests.window.robot HOME LANGUAGE SEED

Prints one JSON list a line: `will` and what before a step, the step itself once the window has shown that it is done.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from random import Random

os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")

from field_app.window import configure, prepare

prepare(Path(sys.argv[1]), (360, 640))
configure((360, 640))

from kivy.clock import Clock  # noqa: E402

from field_app.device import Device  # noqa: E402
from field_app.presenters.customer import CustomerPage  # noqa: E402
from field_app.presenters.order import OrderPage  # noqa: E402
from field_app.presenters.visit import VisitPage  # noqa: E402
from field_app.services import reading, visits  # noqa: E402
from field_app.window import clock_ms, make_app  # noqa: E402
from tests.device.builders import PASSPHRASE, jpeg  # noqa: E402
from tests.window.hands import Hands  # noqa: E402

Clock._max_fps = 0
FIELDS = ("need_found", "service_given", "situation")


def say(*what: object) -> None:
    """Tell who watches; it counts from here on."""
    print(json.dumps(what, ensure_ascii=False), flush=True)


class Robot:
    """One life of the app."""

    def __init__(self, home: Path, speaks: str, seed: int) -> None:
        self.home, self.chance = home, Random(seed)
        app = make_app(home, language=speaks)
        app.session.hold(Device.unlock(home, PASSPHRASE, clock_ms=clock_ms))
        self.hands = Hands(app).start()
        self.device = app.session.device
        self.shop = reading.find(self.device, "customer")[0].id
        say("up")

    def visit(self) -> str:
        """Go to the visit in progress, or begin one by a tap."""
        self.hands.app.restart(CustomerPage(self.hands.app, self.shop))
        self.hands.frames()
        self.hands.tap("visit" if visits.open_visit(self.device) else "check_in")
        assert isinstance(self.hands.page, VisitPage)
        say("visit", self.hands.page.id)
        return str(self.hands.page.id)

    def work(self) -> None:
        """Step after step, for ever."""
        while True:
            visit = self.visit()
            for step in self.chance.sample([self.type, self.count, self.photograph, self.order], 4):
                step(visit)

    def type(self, visit: str) -> None:
        """Fill in a field and leave it."""
        name, text = self.chance.choice(FIELDS), f"发现 {self.chance.randrange(10**9)}"
        say("will", "draft", visit, name)
        self.hands.write(name, text)
        self.hands.field(name).focus = False
        self.hands.frames()
        say("draft", visit, name, text)

    def count(self, visit: str) -> None:
        """Count a product by the number pad."""
        self.hands.app.screen.scroll.scroll_y = 1
        self.hands.frames()
        self.hands.tap("stock")
        product, number = reading.products(self.device)[0].id, str(self.chance.randrange(1, 9))
        say("will", "count", visit, product)
        for key in (f"count:{product}", number, "done", "back"):
            self.hands.tap(key)
        say("count", visit, product, number)

    def photograph(self, visit: str) -> None:
        """Take a picture, describe it, keep it."""
        picture = self.home / "robot.jpg"
        picture.write_bytes(jpeg(self.chance.randrange(10**6), side=500))
        self.hands.page.act("add")
        page = self.hands.page
        if page.preview is None:
            page.take_file(picture)
        self.hands.wait(lambda: page.preview is not None, "the picture")
        assert page.sealed is not None
        say("held", visit, page.sealed.sha256)
        self.hands.tap("keep")
        self.hands.wait(lambda: isinstance(self.hands.page, VisitPage), "the photo")
        say("photo", visit, self.hands.page.photos[-1])

    def order(self, visit: str) -> None:
        """Begin an order, or save the one that was begun."""
        self.hands.app.open(OrderPage(self.hands.app, self.shop, visit))
        self.hands.frames()
        page = self.hands.page
        if sum(page.quantities.values()) > 3:
            say("will", "basket")
            before = {one.id for one in reading.below(self.device, self.shop, "order")}
            self.hands.tap("save")
            (order,) = {one.id for one in reading.below(self.device, self.shop, "order")} - before
            say("ordered", order)
            return
        product = page.found[0].id
        say("will", "basket")
        page.put(product, page.quantities.get(product, 0) + 1)
        say("basket", page.quantities)
        self.hands.tap("back")


if __name__ == "__main__":
    Robot(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])).work()
