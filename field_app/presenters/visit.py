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
from field_app.presenters.stock import PricesPage, StockPage
from field_app.presenters.views import Bar, Big, Row
from field_app.services import visits
from sync_protocol.records import record_type

GROUPS = ("work", "register")
ASKED = ("need_found", "service_given")  # a visit is more than a tag and a signature (catalogue row 28)
NOT_ASKED = ("state", "skip_kind", "skip_reason", "steps_skipped", "purpose")


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
        photos = [one for one in parts if one.type == "photo" and one.fields.get("step") != "signature"][::-1]
        self.photos, self.photo_steps = [one.id for one in photos], {str(one.fields.get("step")) for one in photos}
        counts = [one for one in parts if one.type == "stock_count"]
        self.counts = [one for one in counts if one.fields.get("quantity") is not None]
        self.prices = [one for one in counts if one.fields.get("price_seen_minor") is not None]
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
        """What can be done here beside the form; each step done, left out with its reason, or open."""
        counted = ngettext("{n} product counted", "{n} products counted", len(self.counts)).format(n=len(self.counts))
        read = ngettext("{n} price tag read", "{n} price tags read", len(self.prices)).format(n=len(self.prices))
        total = sum(int(one.fields.get("total_minor") or 0) for one in self.orders)
        lines = sum(len(one.fields.get("lines") or []) for one in self.orders)
        ordered = ngettext("{n} line", "{n} lines", lines).format(n=lines)
        return [
            self._step("stock", _("Stock count"), counted if self.counts else "", _("what stands on the shelf")),
            self._step("prices", _("Price tags"), read if self.prices else "", _("what the customer's customers pay")),
            self._step(
                "display",
                _("Display"),
                _("photo kept") if "display" in self.photo_steps else "",
                _("a photo of the shelf"),
            ),
            self._step(
                "order",
                _("Order"),
                ordered if self.orders else "",
                _("usual quantities by one tap"),
                figure=self.session.money(total) if self.orders else "",
            ),
            self._place_row(),
        ]

    def _step(self, key: str, name: str, done: str, invitation: str, figure: str = "") -> Row:
        why = next((line for line in visits.left_out(self.visit) if line.startswith(f"{name}: ")), "")
        sign = "check-circle" if done else ("minus-circle-outline" if why else "circle-outline")
        detail = done or (_("left out: {why}").format(why=why.removeprefix(f"{name}: ")) if why else invitation)
        return Row(
            key, name, detail, figure=figure, sign=sign, sign_role="done" if done else "quiet", chevron=True
        )  # fmt: skip

    def _place_row(self) -> Row:
        """Where the visit is: as the receiver found it, or as it was typed."""
        fields = self.visit.fields
        is_known = fields.get("latitude") is not None
        if not is_known:
            detail = _("not known; you can type it")
        elif fields.get("distance_m") is not None:
            detail = _("{distance} from the shop").format(distance=words.distance(fields["distance_m"]))
        else:
            detail = f"{fields['latitude']}, {fields['longitude']}"
        sign = "map-marker-check-outline" if is_known else "map-marker-outline"
        return Row("place", _("Place"), detail, sign=sign, sign_role="done" if is_known else "quiet", chevron=True)

    def located(self) -> None:
        """A place that came after check-in is noted once."""
        place = self.session.whereabouts()
        if place and self.visit.fields.get("latitude") is None:
            visits.note_place(self.device, self.id, place)
            self.entered()
            self.shell.draw()

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
            self.shell.open(StockPage(self.shell, self.id))
        elif what == "prices":
            self.shell.open(PricesPage(self.shell, self.id))
        elif what == "display":
            self.shell.open(TakePhotoPage(self.shell, self.id, "display"))
        elif what == "place":
            from field_app.presenters.place import PlacePage

            self.shell.open(PlacePage(self.shell, self.id))
        elif what == "order":
            from field_app.presenters.order import OrderPage

            self.shell.open(OrderPage(self.shell, self.customer, self.id))
        elif what == "check_out":
            self._check_out()
        elif what == "more":
            choices = [
                Choice("contact", _("Record a contact")),
                Choice("complaint", _("Record a complaint")),
                Choice("knowledge", _("Search the knowledge base")),
                Choice("file", _("Open the customer's file")),
            ]
            self.shell.choose(self.bar().title, choices, self._more)

    def _more(self, key: str) -> None:
        from field_app.presenters.customer import CustomerPage
        from field_app.presenters.record_form import ComplaintPage, ContactPage

        if key == "knowledge":
            from field_app.presenters.knowledge import KnowledgePage

            self.shell.open(KnowledgePage(self.shell, self.customer))
        elif key == "file":
            page = CustomerPage(self.shell, self.customer)
            page.part = "file"
            self.shell.open(page)
        else:
            form = ContactPage if key == "contact" else ComplaintPage
            self.shell.open(form(self.shell, self.customer, self.id))

    def _check_out(self) -> None:
        if self.prices and self.form.values.get("prices_checked") is None:
            self.form.set("prices_checked", True)
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
