"""A page that is a form: keeps a draft after each field, shows reasons at the field, saves by one button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from field_app.presenters import drafts
from field_app.presenters.form import FieldView, Form
from field_app.presenters.page import Page
from field_app.presenters.shell import Choice


class FormPage(Page):
    """A subclass makes `form` in `entered`, names its draft, and saves."""

    form: Form
    focus = ""  # the field that the window brings into view

    @property
    def draft_key(self) -> str:
        """The name of the draft, "" if none is kept."""
        return ""

    def begin(self, form: Form) -> None:
        """Take a new form, with the draft that was kept of it."""
        self.form = form
        if self.draft_key:
            for name, value in drafts.kept(self.device, self.draft_key).items():
                if name in form.specs:
                    form.set(name, value)

    def sections(self) -> Sequence[tuple[str, str, Sequence[FieldView]]]:
        """(group, its label, its fields) in the order in which they are shown."""
        return [
            (group, label, [self.form.view(name) for name in self.form.names(group)])
            for group, label in self.form.groups()
        ]

    def put(self, name: str, text: str) -> str:
        """A field was left with this text in it. Returns: what is wrong with it, or ""."""
        self.form.put(name, text)
        return self._after(name)

    def set(self, name: str, value: Any) -> str:
        """A value was chosen. Returns: what is wrong with it, or ""."""
        self.form.set(name, value)
        return self._after(name)

    def _after(self, name: str) -> str:
        if self.draft_key:
            drafts.keep(self.device, self.draft_key, self.form.changed())
        return self.form.view(name).reason

    def quick(self, name: str) -> Sequence[tuple[Any, str]]:
        """Values of a field that are taken by one tap: (value, word)."""
        return ()

    def choose(self, name: str) -> None:
        """Let a code of a long list be chosen."""
        view = self.form.view(name)
        choices = [Choice(code, word) for code, word in view.choices]

        def chosen(code: str) -> None:
            self.set(name, code)
            self.shell.draw()

        self.shell.choose(view.label, choices, chosen, str(view.value or ""))

    def refused(self, error: Exception) -> None:
        """Show the reasons of a service at their fields."""
        found = getattr(error, "reasons", None)
        if not isinstance(found, dict):
            raise error
        self.form.refuse(found)
        self.focus = self.form.first_wrong()
        self.shell.draw()

    def done(self) -> None:
        """Saved: the draft has served."""
        if self.draft_key:
            drafts.drop(self.device, self.draft_key)
