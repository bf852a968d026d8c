"""A text message to a customer: written here, sent from head office after the next sync."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters.record_form import RecordFormPage
from field_app.presenters.views import Bar, Big

TEMPLATES_SHOWN = 6


class MessagePage(RecordFormPage):
    """To whom, what, and when at the earliest; how many parts it takes is said before it is sent."""

    type_name = "message"
    names = ("content", "person_phone", "send_at")
    asked = ("content", "person_phone")

    def bar(self) -> Bar:
        """Who gets it."""
        return Bar(_("Send a message"), subtitle=self.name)

    def big(self) -> Big:
        """Send."""
        return Big("save", _("Send"))

    def quick(self, name: str) -> Sequence[tuple[Any, str]]:
        """The templates of head office, filled for this customer."""
        if name != "content":
            return ()
        from field_app.services import messages, reading

        fields = reading.shown(self.device, self.customer).fields
        store = str(fields.get("store_name") or "")
        values = {
            "store": store,
            "person": fields.get("contact_person") or store,
            "manager": self.device.identity.user_name,
            "company": self.device.identity.company,
            "date": self.session.today().isoformat(),
        }
        found = messages.templates(self.device)[:TEMPLATES_SHOWN]
        return [(messages.text_of(one, values), str(one.fields.get("template_name"))) for one in found]

    def act(self, key: str) -> None:
        """`save` asks once, with what the message comes to: each part costs."""
        if key != "save" or not self.form.check():
            super().act(key)
            return
        from field_app.services import messages

        size = messages.size(str(self.form.values["content"]))
        number = ngettext("%(n)d part", "%(n)d parts", size.parts) % {"n": size.parts}
        text = _("%(parts)s to %(phone)s. It goes out from head office after the next sync.") % {
            "parts": number,
            "phone": self.form.values["person_phone"],
        }
        self.shell.confirm(_("Send this message?"), text, _("Send"), self._send)

    def _send(self) -> None:
        super().act("save")

    def save(self, values: dict[str, Any]) -> None:
        """Write the message; it goes out after the next sync."""
        from field_app.services import messages

        messages.write(
            self.device,
            self.customer,
            str(values["content"]),
            phone=str(values.get("person_phone") or ""),
            send_at=values.get("send_at"),
        )
