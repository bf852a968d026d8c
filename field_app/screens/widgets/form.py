"""The widgets of a form, one per field of the declaration: what a field needs is in its view, no field is known by name."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters.form import FieldView
from field_app.screens.widgets.buttons import IconButton, QuietButton
from field_app.screens.widgets.calendar import DaySheet
from field_app.screens.widgets.chips import Chips
from field_app.screens.widgets.clock import TimeSheet
from field_app.screens.widgets.inputs import Entry
from field_app.screens.widgets.text import OneLine, Sign, Words, measured
from field_app.theme.theme import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from field_app.presenters.form_page import FormPage

PAUSE_S = 0.4
A_MOMENT = "0000-00-00 00:00"


class FieldBox(BoxLayout):
    """A field: label, widget, what becomes of an edit, and the reason if it is wrong."""

    def __init__(self, page: FormPage, view: FieldView, changed: Callable[[], None]) -> None:
        super().__init__(orientation="vertical", size_hint_y=None, spacing=dp(4))
        self.bind(minimum_height=self.setter("height"))
        self.page, self.view, self.changed = page, view, changed
        self.name = view.name
        self.entry: Entry | None = None
        self.chips: Chips | None = None
        self.add_widget(self._label())
        self.add_widget(
            self._widget() if view.can_type else Words(text=view.text or "–", role="ink" if view.text else "quiet")
        )
        quick = page.quick(view.name) if view.can_type else ()
        if quick:
            codes = [(str(at), word) for at, (_value, word) in enumerate(quick)]
            chosen = next((str(at) for at, (value, _word) in enumerate(quick) if value == view.value), None)
            self.add_widget(Chips(codes, chosen, self._quick, prefix=f"{view.name}:quick:", can_clear=False))
        remark = page.remark(view) if hasattr(page, "remark") else ""
        if remark:
            row = BoxLayout(size_hint_y=None, spacing=dp(6))
            row.bind(minimum_height=row.setter("height"))
            sign = "scale-balance" if view.mode == "propose" else "lock-outline"
            role = "waiting" if view.mode == "propose" else "quiet"
            row.add_widget(Sign(name=sign, role=role, font_size=theme.small * 1.15, pos_hint={"top": 0.95}))
            row.add_widget(Words(text=remark, role=role, font_size=theme.small))
            self.add_widget(row)
        self.reason = Words(text=view.reason, role="wrong", font_size=theme.small)
        self.add_widget(self.reason)

    def _label(self) -> Widget:
        view = self.view
        row = BoxLayout(size_hint_y=None, height=theme.small * 1.6, spacing=dp(6))
        name = OneLine(text=view.label, role="quiet", font_size=theme.small)
        row.add_widget(name)
        if view.required:
            asked = OneLine(
                text=_("required"), role="quiet", font_size=theme.small * 0.92, halign="right", size_hint_x=None
            )
            asked.width = measured(asked.text, asked.font_size) + dp(4)
            row.add_widget(asked)
        return row

    def _widget(self) -> Widget:
        view = self.view
        if view.widget in ("chips", "flag"):
            choices = view.choices if view.widget == "chips" else (("yes", _("yes")), ("no", _("no")))
            chosen = view.value if view.widget == "chips" else {True: "yes", False: "no"}.get(view.value)
            self.chips = Chips(choices, chosen, self._chosen, prefix=f"{view.name}:")
            return self.chips
        if view.widget == "list":
            button = QuietButton(
                words=view.text or _("Choose"), role="ink" if view.text else "quiet", halign="left", key=view.name
            )
            button.says = view.label
            button.add_widget(Sign(name="chevron-down", role="quiet", pos_hint={"center_y": 0.5}))
            button.bind(on_release=lambda *_: self.page.choose(self.name))
            return button
        row = BoxLayout(size_hint_y=None, spacing=dp(8))
        self.entry = Entry(
            text=view.typed,
            hint_text=view.hint or ("YYYY-MM-DD" if view.widget == "day" else ""),
            multiline=view.widget == "lines",
            input_type=view.keyboard,
            key=view.name,
        )
        self.entry.bind(minimum_height=self.entry.setter("height")) if view.widget == "lines" else None
        row.bind(minimum_height=row.setter("height"))
        if view.widget == "lines":
            self.entry.size_hint_y = None
            self.entry.bind(minimum_height=self._grow)
            self._grow()
        self._pause = Clock.create_trigger(lambda _: self._typed(quietly=True), PAUSE_S)
        self.entry.bind(focus=self._focused, text=lambda *_: self._pause())
        row.add_widget(self.entry)
        if view.widget == "moment":
            self.entry.bind(width=self._fit_moment)
        if view.widget in ("day", "moment"):
            calendar = IconButton(key=f"{view.name}:calendar", says=view.label, sign="calendar-outline", role="action")
            calendar.bind(on_release=lambda *_: self._calendar())
            row.add_widget(calendar)
            if view.widget == "moment":
                clock = IconButton(key=f"{view.name}:clock", says=view.label, sign="clock-outline", role="action")
                clock.bind(on_release=lambda *_: self._clock())
                row.add_widget(clock)
        elif view.unit:
            unit = OneLine(text=view.unit, role="quiet", size_hint_x=None)
            unit.width = measured(view.unit, theme.text) + dp(8)
            row.add_widget(AnchorLayout(size_hint_x=None, width=unit.width))
            row.children[0].add_widget(unit)
        return row

    def _fit_moment(self, entry: Entry, width: float) -> None:
        """Day and time are seen whole on a small phone with large text."""
        room = width - entry.padding[0] * 2 - dp(4)
        entry.font_size = theme.text * min(1.0, max(0.6, room / measured(A_MOMENT, theme.text)))

    def _grow(self, *_: object) -> None:
        assert self.entry is not None
        self.entry.height = max(self.entry.minimum_height, theme.text * 1.4 * 2 + dp(24))

    def _focused(self, _entry: Entry, focus: bool) -> None:
        if not focus:
            self._pause.cancel()
            self._typed()

    def _typed(self, *, quietly: bool = False) -> None:
        assert self.entry is not None
        if self.entry.composing():
            self._pause()
            return
        reason = self.page.put(self.name, self.entry.text)
        if not quietly or not reason:
            self.say(reason)
        self.changed()

    def _chosen(self, code: str | None) -> None:
        value: Any = {"yes": True, "no": False, None: None}[code] if self.view.widget == "flag" else code
        self.say(self.page.set(self.name, value))
        self.changed()

    def _quick(self, code: str | None) -> None:
        """A value taken by one tap."""
        self.say(self.page.set(self.name, self.page.quick(self.name)[int(code or 0)][0]))
        if self.entry is not None:
            self.entry.text = self.page.form.view(self.name).typed
        self.changed()

    def _parts(self) -> tuple[date, str]:
        """Day and time as they are typed so far; today at ten where nothing is."""
        text = self.entry.text if self.entry else ""
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            day = self.page.session.today()
        time = text[11:16]
        return day, time if re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", time) else "10:00"

    def _calendar(self) -> None:
        day, time = self._parts()

        def then(chosen: str | None) -> None:
            self._take(f"{chosen} {time}" if chosen and self.view.widget == "moment" else chosen or "")

        DaySheet(self.view.label, day, self.page.session.today(), then).show()

    def _clock(self) -> None:
        day, time = self._parts()
        TimeSheet(self.view.label, time, lambda chosen: self._take(f"{day.isoformat()} {chosen}")).show()

    def _take(self, text: str) -> None:
        assert self.entry is not None
        self.entry.text = text
        self._typed()

    def say(self, reason: str) -> None:
        """Show what is wrong, or that nothing is."""
        self.reason.text = reason
        if self.entry is not None:
            self.entry.wrong = bool(reason)

    def refresh(self, view: FieldView) -> None:
        """Show the field as it is now; text that is being typed stays."""
        self.view = view
        self.say(view.reason)
