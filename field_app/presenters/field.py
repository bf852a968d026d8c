"""One field of a customer's file: what it says, who maintains it, and what this phone knows of its history."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import people, words
from field_app.presenters.maintainers import maintained, since_ms
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell
from field_app.presenters.values import shown
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Note, Row, mark
from sync_protocol.records import record_type


class FieldPage(Page):
    """A field, its value and its steps."""

    def __init__(self, shell: Shell, customer: str, field: str) -> None:
        super().__init__(shell)
        self.customer, self.field = customer, field
        self.spec = record_type("customer").specs()[field]

    def entered(self) -> None:
        """Read the file and the steps."""
        from field_app.services import customers, field_history, reading

        self.file = reading.shown(self.device, self.customer)
        self.steps = field_history.steps(self.device, self.customer, self.field)
        self.mode = customers.field_mode(self.device, self.customer, self.field)

    def bar(self) -> Bar:
        """The field, and of whom."""
        return Bar(label(self.spec.labels), subtitle=str(self.file.fields.get("store_name") or ""))

    def big(self) -> Big | None:
        """Edit it, or propose another value."""
        if self.mode == "edit":
            return Big("edit", _("Edit"))
        return Big("edit", _("Propose a change")) if self.mode == "propose" else None

    def items(self) -> list[Item]:
        """The value; who maintains it; the steps by day."""
        since = since_ms(self.device, self.file.book, self.spec.seat)
        day = words.short_day(self.session.local(since).date(), self.session.today()) if since else ""
        found: list[Item] = [
            Fact("", _("Now"), self._text(self.file.fields.get(self.field))),
            Fact("", _("Who maintains it"), maintained(self.device, self.file.book, self.spec.seat, day), role="quiet"),
        ]
        if self.field in self.file.asked:
            found.insert(
                1, Fact("", _("Asked for"), self._text(self.file.asked[self.field]), "scale-balance", role="waiting")
            )
        today = self.session.today()
        for day_, group in groupby(self.steps, key=lambda one: self.session.local(one.at).date()):
            found.append(Head(words.day_head(day_, today)))
            found += [self._row(one) for one in group]
        if not self.steps:
            found.append(Note(_("This phone knows no earlier value. The whole history is at head office."), "history"))
        elif self.file.at:
            by = people.name_of(self.device, self.file.by)
            at = self.session.moment(self.file.at)
            found.append(
                Fact(
                    "",
                    _("File last changed"),
                    _("{when}, by {who}").format(when=at, who=by) if by else at,
                    role="quiet",
                )
            )
        return found

    def _text(self, value: Any) -> str:
        return shown(self.spec, value, self.session) or _("nothing")

    def _row(self, step: Any) -> Row:
        who, clock = people.name_of(self.device, step.by), words.clock(self.session.local(step.at))
        said = {
            "set_here": _("entered"),
            "proposed": _("proposed"),
            "kept": _("counted in a conflict"),
            "lost": _("lost in a conflict"),
        }[step.what]
        parts = [clock, _("{who} {did}").format(who=who, did=said) if who else said, step.comment]
        sign = {"lost": "call-merge", "kept": "call-merge", "proposed": "scale-balance"}.get(
            step.what, "pencil-outline"
        )
        key = f"conflict:{step.record}" if step.what in ("kept", "lost") else ""
        return Row(
            key, self._text(step.value), " · ".join(part for part in parts if part), mark=mark(step.state), sign=sign
        )

    def act(self, key: str) -> None:
        """`edit`, or a conflict."""
        from field_app.presenters.conflict import ConflictPage
        from field_app.presenters.customer_form import EditGroupPage

        super().act(key)
        what, _colon, rest = key.partition(":")
        if what == "edit":
            self.shell.open(EditGroupPage(self.shell, self.customer, self.spec.group, self.field))
        elif what == "conflict":
            self.shell.open(ConflictPage(self.shell, rest))
