"""Eyes and hands for the window: finds what can be touched, touches it, types, waits, and looks whether all is in its place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from kivy.base import EventLoop
from kivy.core.window import Window
from kivy.tests.common import UnitTestTouch
from kivy.uix.label import Label
from kivy.uix.recycleview import RecycleView
from kivy.uix.scrollview import ScrollView
from kivy.uix.textinput import TextInput
from kivy.uix.widget import Widget

from field_app.app import FieldApp
from field_app.screens.widgets.notice import Notice
from field_app.screens.widgets.text import OneLine, measured
from field_app.screens.widgets.touch import Touch

DEADLINE_S = 20.0
MOMENT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")
Box = tuple[float, float, float, float]


class Hands:
    """Drives one app that runs in this process, one frame after the other."""

    def __init__(self, app: FieldApp) -> None:
        self.app = app

    def start(self) -> Hands:
        """Begin the app without its endless loop."""
        self.app._run_prepare()
        self.frames()
        return self

    def stop(self) -> None:
        """End the app and clear the window for the next one."""
        self.app.stop()
        for child in Window.children[:]:
            Window.remove_widget(child)
        for child in (
            Window.parent.children[:] if getattr(Window, "parent", None) and Window.parent is not Window else []
        ):
            Window.parent.remove_widget(child)

    def frames(self, number: int = 6) -> None:
        """Let some frames pass."""
        for _ in range(number):
            EventLoop.idle()

    def wait(self, condition: Callable[[], object], what: str = "") -> None:
        """Let frames pass until a condition holds."""
        until = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < until, f"waited in vain: {what}; the window says: {self.words()}"
            EventLoop.idle()
            time.sleep(0.005)
        self.frames()

    # Eyes

    @property
    def page(self) -> Any:
        """The page in view."""
        return self.app.pages[-1]

    def widgets(self, kind: type = Widget) -> Iterator[Any]:
        """All widgets of a kind, those on top first."""
        for root in list(Window.children):
            yield from (widget for widget in root.walk() if isinstance(widget, kind))

    def visible(self, widget: Widget) -> bool:
        """Whether a widget is drawn inside the window and inside what scrolls it."""
        part: Any = widget
        left, bottom, right, top = box(widget)
        while part is not None and part is not Window:
            if part.opacity == 0:
                return False
            if isinstance(part, ScrollView | RecycleView):
                view = box(part)
                if top <= view[1] + 1 or bottom >= view[3] - 1:
                    return False
            part = part.parent if part.parent is not part else None
        return (
            widget.get_root_window() is not None
            and right > 0
            and top > 0
            and left < Window.width
            and bottom < Window.height
        )

    def labels(self) -> list[Label]:
        """All labels that are seen and say something."""
        return [label for label in self.widgets(Label) if label.text and label.width > 1 and self.visible(label)]

    def words(self) -> str:
        """All that the window says now."""
        return "\n".join(label.text for label in self.labels())

    def touchable(self, key: str) -> Any:
        """What is touched by this key. Raises: AssertionError if it is not in view."""
        found = [part for part in self.widgets(Touch) if part.key == key and self.visible(part)]
        assert found, f"nothing to touch for {key!r}; there are {sorted({part.key for part in self.widgets(Touch)})}"
        return found[0]

    # Hands

    def tap(self, key: str) -> None:
        """Touch what has this key, at its middle."""
        self.frames(3)
        part = self.touchable(key)
        left, bottom, right, top = box(part)
        scroller = part.parent
        while scroller is not None and scroller is not Window and not isinstance(scroller, ScrollView | RecycleView):
            scroller = scroller.parent if scroller.parent is not scroller else None
        if isinstance(scroller, ScrollView | RecycleView):  # what is half hidden is touched where it is seen
            view = box(scroller)
            bottom, top = max(bottom, view[1]), min(top, view[3])
        self.tap_at((left + right) / 2, (bottom + top) / 2)

    def tap_at(self, x: float, y: float) -> None:
        """Touch a point of the window."""
        touch = UnitTestTouch(x, y)
        touch.touch_down()
        self.frames(2)
        touch.touch_up()
        self.frames(6)

    def write(self, key: str, text: str) -> None:
        """Touch a text field, empty it and type, by the way that a keyboard takes."""
        field = self.field(key)
        self.bring(field)
        left, bottom, right, top = box(field)
        self.tap_at((left + right) / 2, (bottom + top) / 2)
        assert field.focus, f"{key!r} does not take the keyboard"
        field.select_all()
        field.delete_selection()
        for sign in text:
            Window.dispatch("on_textinput", sign)
        self.frames()
        assert field.text == text

    def bring(self, part: Widget) -> None:
        """Scroll until a part is in view, as a thumb would."""
        scroller: Any = part.parent
        while scroller is not None and not isinstance(scroller, ScrollView):
            scroller = scroller.parent if scroller.parent is not scroller else None
        if scroller is not None:
            scroller.scroll_to(part, padding=20, animate=False)
            self.frames(4)

    def field(self, key: str) -> Any:
        """A text field by its key; «search» is the search field."""
        for part in self.widgets(TextInput):
            if getattr(part, "key", "") == key or (key == "search" and hasattr(part, "on_settled")):
                return part
        raise AssertionError(f"no field {key!r}")

    def press(self, code: int) -> None:
        """A key of the keyboard: 27 is Escape and the back key of a phone."""
        Window.dispatch("on_keyboard", code, 0, None, [])
        self.frames()

    # Whether all is in its place

    def faults(self) -> list[str]:
        """What is wrong with how the page looks: too small to touch, cut off, out of the window, one on another."""
        return [*self.too_small(), *self.cut(), *self.outside(), *self.overlaps()]

    def too_small(self) -> list[str]:
        """What can be touched and has less than 48 dp."""
        from kivy.metrics import dp

        return [
            f"{part.key!r} is {part.width / dp(1):.0f} x {part.height / dp(1):.0f} dp"
            for part in self.widgets(Touch)
            if part.key and not part.disabled and self.visible(part) and min(part.width, part.height) < dp(48) - 0.5
        ]

    def cut(self) -> list[str]:
        """Labels that are higher than their place, or that end in dots though they stand on a button."""
        found = []
        for label in self.labels():
            wide, high = label.texture_size
            if not label.shorten and (wide > label.width + 1.5 or high > label.height + 1.5):
                found.append(f"{label.text!r} needs {wide} x {high}, has {label.width:.0f} x {label.height:.0f}")
            on_button = isinstance(label.parent, Touch) and getattr(label.parent, "words", "") == label.text
            if isinstance(label, OneLine) and on_button and label.measured() > label.width - 1:
                found.append(f"the button {label.text!r} needs {label.measured():.0f}, has {label.width:.0f}")
        for field in self.widgets(TextInput):
            text = field.text if not field.multiline and not field.password else ""
            if text and MOMENT.fullmatch(text) and self.visible(field):
                needs, has = measured(text, field.font_size), field.width - field.padding[0] - field.padding[2]
                if needs > has:
                    found.append(f"{text!r} needs {needs:.0f}, has {has:.0f}")
        return found

    def outside(self) -> list[str]:
        """Labels that reach out of the window at a side."""
        return [
            f"{label.text!r} at {box(label)}"
            for label in self.labels()
            if box(label)[0] < -1 or box(label)[2] > Window.width + 1
        ]

    def overlaps(self) -> list[str]:
        """Labels on one page that lie on each other; a notice and a sheet lie over the page by their nature."""
        floating = [part for part in Window.children if part is not self.app.root]
        root = floating[0] if floating else self.app.root
        labels = [
            label
            for label in self.labels()
            if root in ancestors(label) and not any(isinstance(part, Notice) for part in ancestors(label))
        ]
        boxes = [(label, seen(label)) for label in labels]
        found = []
        for at, (one, first) in enumerate(boxes):
            for other, second in boxes[at + 1 :]:
                wide = min(first[2], second[2]) - max(first[0], second[0])
                high = min(first[3], second[3]) - max(first[1], second[1])
                if wide > 2 and high > 2 and not (is_sticky(one) or is_sticky(other)):
                    found.append(f"{one.text!r} lies on {other.text!r}")
        return found


def box(widget: Widget) -> Box:
    """Left, bottom, right and top of a widget in the window."""
    left, bottom = widget.to_window(*widget.pos)
    return (left, bottom, left + widget.width, bottom + widget.height)


def seen(label: Label) -> Box:
    """The part of the window that the letters of a label take, as far as what scrolls it lets them be seen."""
    left, bottom, right, top = box(label)
    wide, high = min(label.texture_size[0], right - left), min(label.texture_size[1], top - bottom)
    middle = (bottom + top) / 2
    if label.halign == "right":
        left = right - wide
    elif label.halign == "center":
        left = (left + right - wide) / 2
    bottom, top = middle - high / 2, middle + high / 2
    for part in ancestors(label):
        if isinstance(part, ScrollView | RecycleView):
            view = box(part)
            bottom, top = max(bottom, view[1]), min(top, view[3])
    return (left, bottom, left + wide, top)


def ancestors(widget: Widget) -> list[Any]:
    """A widget and all that it is in."""
    found, part = [], widget
    while part is not None and part is not Window and part not in found:
        found.append(part)
        part = part.parent
    return found


def is_sticky(label: Label) -> bool:
    """Whether a label belongs to the head that stays on top of a list while its rows move under it."""
    from field_app.screens.widgets.lists import RowList

    return any(
        isinstance(part.parent, RowList) and part is part.parent.sticky for part in ancestors(label) if part.parent
    )
