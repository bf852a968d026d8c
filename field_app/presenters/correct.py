"""What came back, to correct and send again: the form of its type, filled with what was entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from field_app.language import gettext as _
from field_app.presenters.form import EDIT, INTERNAL, FieldView, Form
from field_app.presenters.form_page import FormPage
from field_app.presenters.order import OrderPage
from field_app.presenters.reasons import reasons
from field_app.presenters.returned import why_words
from field_app.presenters.shell import Shell
from field_app.presenters.summary import type_words
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big
from field_app.services.signatures import Signature
from sync_protocol.fields import FieldClass, Kind
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.store.overlay import Shown

ASKED_GROUPS = {"visit": ("work", "register"), "contact_record": (), "complaint": ("record",)}  # as when it was new
NOT_TYPED = ("place", "file")  # what the device measured
NOT_ASKED = {"visit": ("state",)}


class CorrectPage(FormPage):
    """A record that came back. Its reasons stand above the fields."""

    def __init__(self, shell: Shell, record: str) -> None:
        super().__init__(shell)
        self.id = record
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per record."""
        return f"correct:{self.id}"

    def entered(self) -> None:
        """What was entered, or what was begun to correct."""
        from field_app.services import reading, returned

        if self._begun:
            return
        record = reading.shown(self.device, self.id)
        self.type, self.came_back = record.type, record.reasons
        self.said = next((why_words(one) for one in returned.returned(self.device) if one.id == self.id), "")
        customer = reading.shown(self.device, record.customer).fields if record.customer else record.fields
        self.name = str(customer.get("store_name") or "")
        values = {**record.fields, **record.asked}
        names = asked_names(record)
        self.begin(Form(record.type, values, self.session, names=names, mode_of=lambda _name: EDIT))
        self.focus = next((name for name in names if name in record.reasons), "")
        self._begun = True

    def sections(self) -> Sequence[tuple[str, str, Sequence[FieldView]]]:
        """The fields; what was wrong with one stands beneath it until it is changed."""
        return [
            (group, label, [self._with_reason(view) for view in views]) for group, label, views in super().sections()
        ]

    def _with_reason(self, view: FieldView) -> FieldView:
        codes = self.came_back.get(view.name)
        is_unchanged = view.value == self.form.before.get(view.name)
        return replace(view, reason=reasons(codes)) if codes and is_unchanged and not view.reason else view

    def bar(self) -> Bar:
        """What is corrected, and of whom."""
        return Bar(_("Correct"), subtitle=" · ".join(part for part in (type_words(self.type), self.name) if part))

    def intro(self) -> str:
        """Why it came back."""
        return self.said

    def remark(self, _view: FieldView) -> str:
        """Nothing to remark."""
        return ""

    def big(self) -> Big:
        """Send again."""
        return Big("save", _("Send again"))

    def act(self, key: str) -> None:
        """`save`."""
        super().act(key)
        if key != "save":
            return
        if not self.form.check():
            self.focus = self.form.first_wrong()
            self.shell.draw()
            return
        from field_app.services import returned

        try:
            returned.correct(self.device, self.id, {name: self.form.values.get(name) for name in self.form.specs})
        except Exception as error:
            if self.form.specs.keys() & getattr(error, "reasons", {}).keys():
                self.refused(error)
            else:
                self.shell.tell(trouble(error))
            return
        self.done()
        self.shell.tell(_("Saved on this phone. It is sent again."))
        self.shell.back()


class CorrectOrderPage(OrderPage):
    """An order that came back: its products and quantities, to change and send again."""

    def __init__(self, shell: Shell, record: str, customer: str) -> None:
        super().__init__(shell, customer)
        self.id = self.replaces = record

    @property
    def draft_key(self) -> str:
        """One draft per order."""
        return f"correct:{self.id}"

    def entered(self) -> None:
        """What was ordered, or what was begun to correct."""
        from field_app.services import reading

        is_new = not self._begun
        super().entered()
        if is_new and not self.quantities:
            lines = reading.shown(self.device, self.id).fields.get("lines") or []
            self.take(lines)

    def bar(self) -> Bar:
        """What is corrected, and of whom."""
        return Bar(_("Correct"), subtitle=" · ".join(part for part in (type_words("order"), self.name) if part))

    def big(self) -> Big:
        """Send again."""
        return Big("save", _("Send again"), enabled=bool(self.quantities))

    def second(self) -> Big | None:
        """What was signed is not signed again."""
        return None

    def save(self, lines: list[dict[str, Any]], signature: Signature | None) -> None:
        """Put the corrected order in the place of the one that came back."""
        from field_app.services import returned

        returned.correct_order(self.device, self.id, lines)


def correct_page(shell: Shell, record: Shown) -> FormPage | OrderPage:
    """The form in which a record that came back is corrected."""
    if record.type == "order" and record.customer:
        return CorrectOrderPage(shell, record.id, record.customer)
    return CorrectPage(shell, record.id)


def asked_names(record: Shown) -> list[str]:
    """The fields that are asked for: of a file those that came back; else those of the form, those filled, those with a reason."""
    specs, groups = record_type(record.type).specs(), ASKED_GROUPS.get(record.type)
    came_back = {*record.asked, *record.reasons}
    found = []
    for name, spec in specs.items():
        if spec.klass is FieldClass.SYSTEM or spec.kind in INTERNAL or name in NOT_ASKED.get(record.type, ()):
            continue
        if record.ver is not None and record.asked:
            is_asked = name in came_back
        else:
            in_form = groups is not None and (not groups or spec.group in groups)
            is_filled = name in record.fields and (spec.group not in NOT_TYPED or spec.kind is Kind.INSTANT)
            is_asked = in_form or is_filled or name in came_back
        if is_asked:
            found.append(name)
    return found
