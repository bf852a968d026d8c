"""Screens that are forms: one field of the declaration after the other, in cards by group."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters.customer_form import NewCustomerPage
from field_app.presenters.form import FieldView
from field_app.presenters.form_page import FormPage
from field_app.presenters.views import Pictures, Row
from field_app.screens.base import PageScreen
from field_app.screens.widgets.form import FieldBox
from field_app.screens.widgets.page import Card, Column
from field_app.screens.widgets.pictures import PicturesRow
from field_app.screens.widgets.rows import ListRow
from field_app.screens.widgets.text import StrongLine, Words
from field_app.theme.theme import theme


class FormScreen(PageScreen):
    """The fields of a page, to fill in."""

    page: FormPage

    def body(self) -> Widget:
        """Cards of fields, to scroll."""
        self.fields: dict[str, FieldBox] = {}
        self.scroll = Column()
        intro = self.page.intro() if hasattr(self.page, "intro") else ""
        if intro:
            self.scroll.add(Words(text=intro, role="quiet", font_size=theme.small, padding=(dp(16), 0)))
        for part in self.before_fields():
            self.scroll.add(part)
        for _group, label, views in self.page.sections():
            if label:
                self.scroll.add(head(label))
            card = Card(spacing=dp(18))
            for view in views:
                box = FieldBox(self.page, view, self._changed)
                self.fields[view.name] = box
                card.add_widget(box)
            self.scroll.add(card)
        entries = [box.entry for box in self.fields.values() if box.entry is not None]
        for entry, following in zip(entries, entries[1:], strict=False):
            entry.focus_next = following
            if not entry.multiline:
                entry.bind(on_text_validate=lambda _entry, following=following: setattr(following, "focus", True))
        if self.page.focus in self.fields:
            self._bring(self.page.focus)
        return self.scroll

    def before_fields(self) -> list[Widget]:
        """What stands above the fields."""
        return []

    def _changed(self) -> None:
        self.refresh_big()

    def _bring(self, name: str) -> None:
        box = self.fields[name]
        Clock.schedule_once(lambda _: self.scroll.bring(box), 0)
        self.page.focus = ""

    def refresh(self) -> None:
        """The reasons as they are now; the first wrong field comes into view."""
        super().refresh()
        for _group, _label, views in self.page.sections():
            for view in views:
                box = self.fields.get(view.name)
                if box is not None:
                    self._renew(box, view)
        if self.page.focus in self.fields:
            self._bring(self.page.focus)

    def _renew(self, box: FieldBox, view: FieldView) -> None:
        if box.view.widget == "list" and box.view.value != view.value:
            fresh = FieldBox(self.page, view, self._changed)
            card = box.parent
            card.add_widget(fresh, index=card.children.index(box))
            card.remove_widget(box)
            self.fields[box.name] = fresh
        else:
            box.refresh(view)


class VisitScreen(FormScreen):
    """The visit in progress: photos, steps, then the form."""

    def before_fields(self) -> list[Widget]:
        """The photos so far with a place for the next, and the steps."""
        self.before = BoxLayout(orientation="vertical", size_hint_y=None, spacing=dp(12))
        self.before.bind(minimum_height=self.before.setter("height"))
        self._fill_before()
        return [self.before]

    def _fill_before(self) -> None:
        self.drawn = (list(self.page.photos), self.page.steps())
        self.before.clear_widgets()
        for part in self._before():
            self.before.add_widget(part)

    def refresh(self) -> None:
        """Photos and steps too: the place may have come meanwhile."""
        super().refresh()
        if self.drawn != (list(self.page.photos), self.page.steps()):
            self._fill_before()

    def _before(self) -> list[Widget]:
        parts: list[Widget] = [head(_("Photos"), str(len(self.page.photos)) if self.page.photos else "")]
        ids = [*self.page.photos, "add"]
        for at in range(0, len(ids), 3):
            parts.append(self._strip(ids[at : at + 3]))
        steps = BoxLayout(orientation="vertical", size_hint_y=None)
        steps.bind(minimum_height=steps.setter("height"))
        rows = self.page.steps()
        for at, row in enumerate(rows):
            steps.add_widget(self._step(row, at == 0, at == len(rows) - 1))
        parts.append(head(_("Steps")))
        parts.append(steps)
        return parts

    def _strip(self, keys: list[str]) -> Widget:
        row = PicturesRow(size_hint_y=None)
        row.tapped = lambda key: self._act("add" if key == "add" else f"photo:{key}")
        row.bind(width=lambda row, width: setattr(row, "height", (width - dp(16)) / 3 * 0.75 + dp(8)))
        row.item = Pictures(tuple(key for key in keys if key != "add"), add="add" in keys)
        return row

    def _step(self, row: Row, first: bool, last: bool) -> Widget:
        found = ListRow(size_hint_y=None, height=theme.row, first=first, last=last)
        found.tapped = self._act
        found.item = row
        return found


class NewCustomerScreen(FormScreen):
    """A new customer; above the button stands who may be the same."""

    page: NewCustomerPage

    def above_button(self) -> Widget | None:
        """The warning, to tap."""
        warning = self.page.warning()
        if warning is None:
            return None
        row = ListRow(size_hint_y=None, height=theme.row, first=True, last=True)
        row.tapped = self._act
        row.item = Row("alike", *warning, sign="content-duplicate", sign_role="waiting", role="waiting", chevron=True)
        Clock.schedule_once(lambda _: row.place(), 0)  # once the foot has given it its width
        return row


def head(words: str, more: str = "") -> Widget:
    """The head of a card in a column."""
    row = BoxLayout(size_hint_y=None, height=theme.small * 1.9, padding=(dp(16), dp(6), dp(16), 0))
    row.add_widget(StrongLine(text=words, role="quiet", font_size=theme.small, weight=0.6))
    if more:
        row.add_widget(StrongLine(text=more, role="quiet", font_size=theme.small, halign="right", weight=0.6))
    return row
