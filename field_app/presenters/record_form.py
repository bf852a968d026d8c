"""Contact records and complaints: forms over their declarations, saved by one button."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

from field_app.language import gettext as _
from field_app.presenters.form import FieldView, Form
from field_app.presenters.form_page import FormPage
from field_app.presenters.shell import Shell
from field_app.presenters.summary import type_words
from field_app.presenters.views import Bar, Big
from field_app.store.overlay import Shown

CALL_AT = time(10, 0)  # a callback that names no hour


class RecordFormPage(FormPage):
    """A new record of one type below a customer."""

    type_name = ""
    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()  # what this form wants beside what the declaration requires

    def __init__(self, shell: Shell, customer: str, visit: str | None = None) -> None:
        super().__init__(shell)
        self.customer, self.visit = customer, visit
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per customer."""
        return f"{self.type_name}:{self.customer}"

    def entered(self) -> None:
        """An empty form with what is known, or what was begun."""
        from field_app.services import reading

        if self._begun:
            return
        customer = reading.shown(self.device, self.customer).fields
        self.name = str(customer.get("store_name") or "")
        known = {
            "person": customer.get("contact_person"),
            "person_phone": customer.get("contact_phone"),
            **self.first_values(),
        }
        form = self.make_form()
        for name, value in known.items():
            if value is not None and name in form.specs:
                form.set(name, value)
        self.begin(form)
        self._begun = True

    def make_form(self) -> Form:
        """The form of this type, or the part of it that is asked for here."""
        form = Form(
            self.type_name,
            {},
            self.session,
            groups=self.groups,
            names=self.names,
            required=self.asked,
            creating=True,
        )
        form.required &= set(form.specs)
        return form

    def first_values(self) -> dict[str, Any]:
        """What is filled in before anybody types."""
        return {}

    def bar(self) -> Bar:
        """What is recorded, and of whom."""
        return Bar(type_words(self.type_name), subtitle=self.name, actions=self.actions())

    def actions(self) -> tuple[tuple[str, str, str], ...]:
        """What can be done here beside saving, in the bar."""
        return ()

    def remark(self, _view: FieldView) -> str:
        """Nothing to remark."""
        return ""

    def big(self) -> Big:
        """Save."""
        return Big("save", _("Save"))

    def act(self, key: str) -> None:
        """`save`."""
        super().act(key)
        if key == "knowledge":
            self.look_up()
        if key != "save":
            return
        if not self.form.check():
            self.focus = self.form.first_wrong()
            self.shell.draw()
            return
        values = {name: value for name, value in self.form.values.items() if value not in (None, "", [])}
        if self.visit and self.type_name != "visit":
            values["visit"] = self.visit
        try:
            self.save(values)
        except Exception as error:
            self.refused(error)
            return
        self.done()
        self.shell.tell(_("Saved on this phone."))
        self.shell.back()

    def save(self, values: dict[str, Any]) -> None:
        """Make the record."""
        raise NotImplementedError

    def look_up(self) -> None:
        """Look for an answer while the form is open (catalogue row 210)."""


class AnsweringPage(RecordFormPage):
    """A form in which a question of the customer is written down: the knowledge base is one tap away.

    `asks` is the field with the question, `answers` the one that takes an answer over, "" if there is none.
    """

    asks = ""
    answers = ""

    def actions(self) -> tuple[tuple[str, str, str], ...]:
        """The way to the knowledge base."""
        return (("knowledge", "lightbulb-on-outline", _("Search the knowledge base")),)

    def look_up(self) -> None:
        """The knowledge base, at what was typed so far if that finds something."""
        from field_app.presenters.knowledge import KnowledgePage
        from field_app.services import knowledge

        typed = str(self.form.values.get(self.asks) or "").strip().partition("\n")[0][:60]
        text = typed if typed and knowledge.entries(self.device, typed, 1) else ""
        self.shell.open(KnowledgePage(self.shell, self.customer, self._take if self.answers else None, text))

    def _take(self, entry: Shown) -> None:
        """Write question and answer down: what was told to the customer."""
        before = str(self.form.values.get(self.answers) or "").strip()
        told = f"{entry.fields.get('question')}\n{entry.fields.get('answer')}"
        self.set(self.answers, "\n\n".join(part for part in (before, told) if part))
        self.shell.draw()


class ContactPage(AnsweringPage):
    """A contact by telephone, message or at the door, and the callback agreed in it."""

    type_name = "contact_record"
    asked = ("channel", "content")
    asks = answers = "content"
    due: Shown | None = None

    def first_values(self) -> dict[str, Any]:
        """Now, by our initiative; a callback, if one is due."""
        from field_app.services import contacts

        self.due = contacts.due_callback(self.device, self.customer)
        purpose = "callback" if self.due else "contact"
        return {"contacted_at": self.session.clock_ms(), "channel": "phone", "purpose": purpose, "initiative": "ours"}

    def intro(self) -> str:
        """What was agreed, if this is the callback."""
        if self.due is None:
            return ""
        agreed = _("Callback agreed for {time}").format(time=self.session.moment(int(self.due.fields["callback_at"])))
        about = str(self.due.fields.get("callback_content") or self.due.fields.get("content") or "")
        return "\n".join(part for part in (agreed, about) if part)

    def quick(self, name: str) -> Sequence[tuple[Any, str]]:
        """When one usually promises to call again."""
        if name != "callback_at":
            return ()
        today = self.session.today()
        choices = ((1, _("tomorrow")), (7, _("in a week")), (30, _("in a month")))
        return [(self.session.at(today + timedelta(days=days), CALL_AT), word) for days, word in choices]

    def save(self, values: dict[str, Any]) -> None:
        """Make the contact record."""
        from field_app.services import contacts

        contacts.record(self.device, self.customer, values)


class ComplaintPage(AnsweringPage):
    """A complaint as it was taken in; what becomes of it is head office's."""

    type_name = "complaint"
    groups = ("record",)
    asked = ("complaint_class",)
    asks = "subject"

    def first_values(self) -> dict[str, Any]:
        """Now, at the visit if there is one."""
        channel = "visit" if self.visit else "phone"
        return {"received_at": self.session.clock_ms(), "channel": channel, "priority": "normal"}

    def save(self, values: dict[str, Any]) -> None:
        """Make the complaint."""
        from field_app.services import complaints

        complaints.record(self.device, self.customer, values)
