"""Editing the customer file: one group at a time; and a new customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters.form import PROPOSE, FieldView, Form
from field_app.presenters.form_page import FormPage
from field_app.presenters.maintainers import group_seat, holds, maintained, mode_words, modes
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.views import Bar, Big
from sync_protocol.fields import Seat
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.services.finding import Alike

FIRST = ("store_name", "contact_person", "contact_phone", "address", "licence_number", "business_type", "customer_code")


class EditGroupPage(FormPage):
    """One group of the file of one customer."""

    def __init__(self, shell: Shell, customer: str, group: str, focus: str = "") -> None:
        super().__init__(shell)
        self.customer, self.group, self.focus = customer, group, focus
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per customer and group."""
        return f"customer:{self.customer}:{self.group}"

    def entered(self) -> None:
        """Read the file; what is being typed stays."""
        from field_app.services import reading

        if not self._begun:
            self.file = reading.shown(self.device, self.customer)
            self.begin(
                Form(
                    "customer",
                    self.file.fields,
                    self.session,
                    groups=(self.group,),
                    mode_of=modes(self.device, self.customer),
                )
            )
            self._begun = True

    def bar(self) -> Bar:
        """The group, and who maintains it."""
        groups = record_type("customer").groups
        return Bar(label(groups[self.group]), subtitle=str(self.file.fields.get("store_name") or ""))

    def intro(self) -> str:
        """Who maintains the group."""
        return maintained(self.device, self.file.book, group_seat(self.group))

    def sections(self) -> Sequence[tuple[str, str, Sequence[FieldView]]]:
        """One section; its name is the title already."""
        return [(group, "", views) for group, _label, views in super().sections()]

    def remark(self, view: FieldView) -> str:
        """What becomes of an edit of a field, before anybody types."""
        spec = self.form.specs[view.name]
        if view.mode == PROPOSE:
            own = holds(self.device, self.file.book, spec.seat)
            return mode_words(PROPOSE, Seat.SUPERVISOR if own else spec.seat)
        return mode_words(view.mode)

    def big(self) -> Big:
        """Save; and at once what of it is a proposal."""
        changed = self.form.changed()
        proposed = sum(self.form.view(name).mode == PROPOSE for name in changed)
        words = _("Save")
        if proposed and proposed == len(changed):
            words = ngettext("Propose {n} change", "Propose {n} changes", proposed).format(n=proposed)
        elif proposed:
            words = _("Save, propose {n}").format(n=proposed)
        return Big("save", words, enabled=bool(changed))

    def act(self, key: str) -> None:
        """`save`."""
        super().act(key)
        if key == "save":
            self._save()

    def _save(self) -> None:
        from field_app.services import customers

        if not self.form.check():
            self.focus = self.form.first_wrong()
            self.shell.draw()
            return
        changed = self.form.changed()
        if not changed:
            self.shell.back()
            return
        try:
            customers.edit(self.device, self.customer, changed)
        except Exception as error:
            self.refused(error)
            return
        proposed = any(self.form.view(name).mode == PROPOSE for name in changed)
        self.done()
        self.shell.tell(
            _("Saved on this phone. Head office decides about the proposal.") if proposed else _("Saved on this phone.")
        )
        self.shell.back()


class NewCustomerPage(FormPage):
    """What is needed to begin a file; the rest is filled in later."""

    def __init__(self, shell: Shell, name: str = "") -> None:
        super().__init__(shell)
        self.name = name
        self._begun = False
        self.alike: list[Alike] = []

    @property
    def draft_key(self) -> str:
        """One draft."""
        return "customer:new"

    def _after(self, name: str) -> str:
        reason = super()._after(name)
        self._look_around()
        return reason

    def _look_around(self) -> None:
        """Who is there already and may be the same: looked for beside the window."""
        from field_app.services import finding

        device, values = self.device, dict(self.form.values)

        def found(alike: list[Alike]) -> None:
            if [one.customer.id for one in alike] != [one.customer.id for one in self.alike]:
                self.alike = alike
                self.shell.draw()

        self.shell.work(lambda: finding.alike(device, values), found, lambda _: None)

    def warning(self) -> tuple[str, str] | None:
        """(what is said, which one it is) if somebody like this one is on this phone already."""
        if not self.alike:
            return None
        first = self.alike[0]
        name = str(first.customer.fields.get("store_name") or "")
        shared = label(record_type("customer").specs()[first.field].labels)
        more = len(self.alike) - 1
        others = ngettext(" and {n} more", " and {n} more", more).format(n=more) if more else ""
        return _("Already on this phone?"), _("{name}: same {field}").format(name=name, field=shared) + others

    def show_alike(self) -> None:
        """Let one of them be opened instead."""
        from field_app.presenters.customer import CustomerPage

        specs = record_type("customer").specs()
        choices = [
            Choice(
                one.customer.id,
                str(one.customer.fields.get("store_name") or ""),
                f"{label(specs[one.field].labels)} · {one.customer.fields.get('address') or ''}".strip(" ·"),
            )
            for one in self.alike
        ]
        self.shell.choose(_("Open instead"), choices, lambda key: self.shell.open(CustomerPage(self.shell, key)))

    def entered(self) -> None:
        """An empty form, or what was begun."""
        if not self._begun:
            form = Form("customer", {}, self.session, names=FIRST, creating=True, mode_of=lambda _name: "edit")
            if self.name.strip():
                form.set("store_name", self.name.strip())
            self.begin(form)
            self._begun = True
            self._look_around()

    def bar(self) -> Bar:
        """The title."""
        return Bar(_("New customer"), subtitle=_("head office reviews it"))

    def sections(self) -> Sequence[tuple[str, str, Sequence[FieldView]]]:
        """One section: the first fields, the name in front."""
        return [("first", "", [self.form.view(name) for name in FIRST if name in self.form.specs])]

    def remark(self, _view: FieldView) -> str:
        """Nothing to remark."""
        return ""

    def big(self) -> Big:
        """Create."""
        return Big("save", _("Create customer"))

    def act(self, key: str) -> None:
        """`save`, or `alike`: look at who may be the same."""
        super().act(key)
        if key == "save":
            self._check()
        elif key == "alike":
            self.show_alike()

    def _check(self) -> None:
        """Nobody is made twice without being asked."""
        from field_app.services import finding

        self.form.required.add("store_name")
        if not self.form.check():
            self.focus = self.form.first_wrong()
            self.shell.draw()
            return
        self.alike = finding.alike(self.device, self.form.values)
        warning = self.warning()
        if warning is None:
            self._save()
        else:
            detail = _("{who}.\nA customer is kept once: open the one that is there, if it is the same.").format(
                who=warning[1]
            )
            self.shell.confirm(warning[0], detail, _("Create anyway"), self._save)

    def _save(self) -> None:
        from field_app.presenters.customer import CustomerPage
        from field_app.services import customers

        try:
            customer = customers.create(self.device, {k: v for k, v in self.form.values.items() if v is not None})
        except Exception as error:
            self.refused(error)
            return
        self.done()
        self.shell.tell(_("Saved on this phone."))
        self.shell.replace(CustomerPage(self.shell, customer))
