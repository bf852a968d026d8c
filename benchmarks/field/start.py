"""A cold start, in a process of its own: from nothing to the list of all customers drawn. Prints the seconds.

`ours`: the app with its encrypted store, passphrase included. `plain`: the same rows, ready in a file, in a list of plain Kivy.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

BEGAN = float(os.environ["BENCH_BEGAN"])  # when the process was asked for, seconds since 1970
SIZE = (390, 844)


def _say(customers: int) -> None:
    from benchmarks.field.shop import resident_mb

    found = {
        "seconds": time.time() - BEGAN,
        "cpu_s": time.process_time(),
        "customers": customers,
        "rss_mb": resident_mb(),
    }
    print(json.dumps(found), flush=True)


def ours(home: Path) -> None:
    """Unlock, open the list of customers, draw it."""
    from field_app.window import make_app, prepare

    prepare(home, SIZE)
    app = make_app(home)
    from benchmarks.field.pocket import PASSPHRASE
    from benchmarks.field.shop import Cut, clock_ms, frame
    from field_app.device import Device
    from field_app.presenters import places

    app.session._transport, app.session.clock_ms = lambda _url: Cut(), clock_ms
    app._run_prepare()
    app.session.hold(Device.unlock(home, PASSPHRASE, clock_ms=clock_ms))
    app.restart(places.place(app, "customers"))
    frame()
    page = app.pages[-1]
    assert len(page.items()) == page.total > 0
    _say(page.total)
    os._exit(0)


def plain(rows: Path) -> None:
    """The least that shows the same list: a recycled view of two labels a row."""
    from field_app.window import prepare

    prepare(rows.parent, SIZE)
    from kivy.app import App
    from kivy.factory import Factory
    from kivy.lang import Builder
    from kivy.uix.boxlayout import BoxLayout
    from kivy.uix.recycleview import RecycleView

    from benchmarks.field.shop import frame
    from field_app.theme import fonts

    fonts.register()
    Factory.register("PlainRow", cls=type("PlainRow", (BoxLayout,), {}))
    Builder.load_string(
        "<PlainRow>:\n    name: ''\n    detail: ''\n    orientation: 'vertical'\n    Label:\n        text: root.name\n"
        f"        font_name: '{fonts.FONT}'\n    Label:\n        text: root.detail\n        font_name: '{fonts.FONT}'\n"
        "<PlainList>:\n    viewclass: 'PlainRow'\n    RecycleBoxLayout:\n        default_size: None, 64\n"
        "        default_size_hint: 1, None\n        size_hint_y: None\n        height: self.minimum_height\n"
        "        orientation: 'vertical'\n"
    )
    PlainList = type("PlainList", (RecycleView,), {})

    class Plain(App):  # type: ignore[misc]
        def build(self) -> Any:
            found = PlainList()
            found.data = [{"name": name, "detail": detail} for name, detail in json.loads(rows.read_text())]
            return found

    app = Plain()
    app._run_prepare()
    frame()
    _say(len(app.root.data))
    os._exit(0)


if __name__ == "__main__":
    {"ours": ours, "plain": plain}[sys.argv[1]](Path(sys.argv[2]))
