"""What an order says beside its lines: when it is delivered, and a note for head office and the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.presenters.form import Form
from field_app.presenters.form_page import FormPage
from field_app.presenters.shell import Shell
from field_app.presenters.views import Bar, Big

if TYPE_CHECKING:
    from field_app.presenters.order import OrderPage

NAMES = ("deliver_on", "note")


class OrderDetailsPage(FormPage):
    """The day and the note of an order that is being made; each is kept with the order's draft as it is typed."""

    def __init__(self, shell: Shell, order: OrderPage) -> None:
        super().__init__(shell)
        self.order = order
        self._begun = False

    def entered(self) -> None:
        """What was said so far."""
        if not self._begun:
            form = Form("order", self.order.details, self.session, names=NAMES)
            form.required = set()
            self.begin(form)
            self._begun = True

    def bar(self) -> Bar:
        """Of which order."""
        return Bar(_("Delivery and note"), subtitle=self.order.name)

    def big(self) -> Big:
        """Back to the lines."""
        return Big("back", _("Done"))

    def _after(self, name: str) -> str:
        view = self.form.view(name)
        if not view.reason:
            self.order.describe({name: self.form.values.get(name) for name in NAMES})
        return view.reason

    def act(self, key: str) -> None:
        """`back`, unless a value cannot be read."""
        if key == "back" and self.form.wrong:
            self.focus = self.form.first_wrong()
            self.shell.draw()
            return
        super().act(key)
