"""The visit in progress: photos, stock, order, what was found and done; kept after each field until check-out."""

from __future__ import annotations

from collections.abc import Sequence

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters import words
from field_app.presenters.form import FieldView, Form
from field_app.presenters.form_page import FormPage
from field_app.presenters.photo import TakePhotoPage
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.views import Bar, Big, Row
from sync_protocol.records import record_type

GROUPS = ("work", "register")
ASKED = ("need_found", "service_given")  # a visit is more than a tag and a signature (catalogue row 28)
NOT_ASKED = ("state", "skip_reason", "purpose")


class VisitPage(FormPage):
    """What one does between check-in and check-out."""

    def __init__(self, shell: Shell, visit: str) -> None:
        super().__init__(shell)
        self.id = visit
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per visit."""
        return f"visit:{self.id}"

    def entered(self) -> None:
        """Read the visit and what was made during it."""
        from field_app.services import reading

        self.visit = reading.shown(self.device, self.id)
        self.customer = str(self.visit.customer)
        self.file = reading.shown(self.device, self.customer).fields
        parts = [one for one in reading.below(self.device, self.customer) if one.fields.get("visit") == self.id]
        self.photos = [one.id for one in parts if one.type == "photo"][::-1]
        self.counts = [one for one in parts if one.type == "stock_count"]
        self.orders = [one for one in parts if one.type == "order"]
        if not self._begun:
            names = [
                name
                for name, spec in record_type("visit").specs().items()
                if spec.group in GROUPS and name not in NOT_ASKED
            ]
            form = Form("visit", self.visit.fields, self.session, names=names, required=ASKED, creating=True)
            form.required &= set(ASKED)
            if not form.values.get("person") and self.file.get("contact_person"):
                form.set("person", self.file["contact_person"])
            self.begin(form)
            self._begun = True

    def bar(self) -> Bar:
        """Where, and since when."""
        since = int(self.visit.fields["checked_in_at"])
        lasts = words.duration(self.session.clock_ms() - since)
        checked_in = _("Checked in {time} · {duration}").format(time=self.session.moment(since), duration=lasts)
        return Bar(
            str(self.file.get("store_name") or ""), subtitle=checked_in, actions=(("more", "dots-vertical", _("More")),)
        )

    def steps(self) -> list[Row]:
        """What can be done here beside the form."""
        counted = ngettext("{n} product counted", "{n} products counted", len(self.counts)).format(n=len(self.counts))
        total = sum(int(one.fields.get("total_minor") or 0) for one in self.orders)
        lines = sum(len(one.fields.get("lines") or []) for one in self.orders)
        ordered = ngettext("{n} line", "{n} lines", lines).format(n=lines)
        return [
            Row(
                "stock",
                _("Stock count"),
                counted if self.counts else _("what stands on the shelf"),
                sign="check-circle" if self.counts else "circle-outline",
                sign_role="done" if self.counts else "quiet",
                chevron=True,
            ),
            Row(
                "order",
                _("Order"),
                ordered if self.orders else _("last order copied, quantities by tapping"),
                figure=self.session.money(total) if self.orders else "",
                sign="check-circle" if self.orders else "circle-outline",
                sign_role="done" if self.orders else "quiet",
                chevron=True,
            ),
        ]

    def sections(self) -> Sequence[tuple[str, str, Sequence[FieldView]]]:
        """What was found and done, the required answers first; then who was met."""
        groups = record_type("visit").groups
        found = []
        for group in GROUPS:
            names = self.form.names(group)
            names.sort(key=lambda name: name not in ASKED)
            found.append((group, label(groups[group]), [self.form.view(name) for name in names]))
        return found

    def remark(self, _view: FieldView) -> str:
        """Nothing to remark."""
        return ""

    def big(self) -> Big:
        """Check out."""
        return Big("check_out", _("Check out"))

    def act(self, key: str) -> None:
        """A step, a photo, or the end of the visit."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if what == "add":
            self.shell.open(TakePhotoPage(self.shell, self.id))
        elif what == "photo":
            from field_app.presenters.photo import PhotoPage

            self.shell.open(PhotoPage(self.shell, rest))
        elif what == "stock":
            from field_app.presenters.stock import StockPage

            self.shell.open(StockPage(self.shell, self.id))
        elif what == "order":
            from field_app.presenters.order import OrderPage

            self.shell.open(OrderPage(self.shell, self.customer, self.id))
        elif what == "check_out":
            self._check_out()
        elif what == "more":
            choices = [
                Choice("contact", _("Record a contact")),
                Choice("complaint", _("Record a complaint")),
                Choice("file", _("Open the customer's file")),
            ]
            self.shell.choose(self.bar().title, choices, self._more)

    def _more(self, key: str) -> None:
        from field_app.presenters.customer import CustomerPage
        from field_app.presenters.record_form import ComplaintPage, ContactPage

        if key == "file":
            page = CustomerPage(self.shell, self.customer)
            page.part = "file"
            self.shell.open(page)
        else:
            form = ContactPage if key == "contact" else ComplaintPage
            self.shell.open(form(self.shell, self.customer, self.id))

    def _check_out(self) -> None:
        from field_app.services import visits

        if not self.form.check():
            self.focus = self.form.first_wrong()
            self.shell.tell(_("Two answers are asked for: the need you found and the service you gave."))
            self.shell.draw()
            return
        try:
            visits.check_out(self.device, self.id, self.form.changed())
        except Exception as error:
            self.refused(error)
            return
        self.done()
        self.shell.tell(_("Visit saved on this phone."))
        self.shell.back()
