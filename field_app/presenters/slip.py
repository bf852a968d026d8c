"""An order as a slip to share: a picture for a messenger, a PDF for the files of the shop."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.papers.slip import Slip, SlipLine
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.pixels import Pixels, pixels
from field_app.presenters.session import Session
from field_app.presenters.shell import Shell
from field_app.presenters.summary import type_words, when
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big

PREVIEW_PX = 2000
NO_YEAR = date.min  # as if today were in another year: the paper is read later


class SlipPage(Page):
    """The slip as it will look, and the two ways to give it away."""

    shows_sync = False

    def __init__(self, shell: Shell, order: str) -> None:
        super().__init__(shell)
        self.id = order
        self.picture = b""
        self.preview: Pixels | None = None
        self.failed = ""

    def entered(self) -> None:
        """Lay the slip out; it is drawn in the worker."""
        from field_app.services import reading

        self.order = reading.shown(self.device, self.id)
        self.customer = reading.shown(self.device, str(self.order.customer)).fields
        if not self.picture and not self.failed:
            self.shell.work(self._draw, self._drawn, self._not_drawn)

    def slip(self) -> Slip:
        """The slip; its signature is read and decrypted in memory. Runs in the worker."""
        return slip_of(self.order, self.customer, self.session)

    def _draw(self) -> tuple[bytes, Pixels]:
        from field_app.papers.picture import picture_of

        picture = picture_of(self.slip())
        return picture, pixels(picture, PREVIEW_PX)

    def _drawn(self, found: tuple[bytes, Pixels]) -> None:
        self.picture, self.preview = found
        self.shell.draw()

    def _not_drawn(self, error: Exception) -> None:
        self.failed = trouble(error)
        self.shell.draw()

    def bar(self) -> Bar:
        """What is shared."""
        return Bar(_("Share the order"), subtitle=str(self.customer.get("store_name") or ""))

    def big(self) -> Big:
        """The picture."""
        return Big("picture", _("Share as picture"), enabled=bool(self.picture))

    def second(self) -> Big:
        """The PDF."""
        return Big("pdf", "PDF", enabled=bool(self.picture))

    def act(self, key: str) -> None:
        """`picture`, `pdf`."""
        super().act(key)
        if key == "picture" and self.picture:
            self.shell.share(self.file_name() + ".png", self.picture, "image/png")
        elif key == "pdf" and self.picture:
            self.shell.work(
                self._pdf, lambda made: self.shell.share(self.file_name() + ".pdf", made, "application/pdf")
            )

    def _pdf(self) -> bytes:
        from field_app.papers.pdf import pdf_of

        return pdf_of(self.slip(), datetime.fromtimestamp(self.session.clock_ms() / 1000, UTC))

    def file_name(self) -> str:
        """«Order 2026-11-22 Lucky Star Mart»."""
        day = self.session.local(when(self.order)).date().isoformat()
        return f"{type_words('order')} {day} {self.customer.get('store_name') or ''}".strip()


def slip_of(order: Any, customer: dict[str, Any], session: Session) -> Slip:
    """The slip of an order. Reads its signature from the disk. Raises: Damaged."""
    lines = order.fields.get("lines") or []
    money, currency = session.money, str(order.fields.get("currency") or session.currency)
    count = ngettext("{n} line", "{n} lines", len(lines)).format(n=len(lines))
    at = session.local(when(order))
    taken = f"{words.short_day(at.date(), NO_YEAR)} {words.clock(at)}"
    facts = [
        (_("Taken"), taken),
        (_("By"), session.device.identity.user_name),
        (_("Number"), str(order.fields.get("order_number") or "")),
        (_("Deliver on"), str(order.fields.get("deliver_on") or "")),
        (_("Note"), str(order.fields.get("note") or "")),
    ]
    signature, person = _signature(order, session)
    return Slip(
        heading=type_words("order"),
        company=session.device.identity.company,
        customer=str(customer.get("store_name") or ""),
        facts=[fact for fact in facts if fact[1]],
        lines=[
            SlipLine(
                str(line.get("product_name") or line.get("product_code") or _("Product")),
                _times(line, money),
                money(line.get("amount_minor")),
            )
            for line in lines
        ],
        total=(count, f"{money(order.fields.get('total_minor'))} {currency}"),
        signature=signature,
        signed=_("Signed: {person}").format(person=person) if person else _("Signed"),
        remark="" if _is_confirmed(order, session) else _("Taken in the field. Head office confirms it."),
    )


def _times(line: dict[str, Any], money: Any) -> str:
    number, price = words.quantity(line.get("quantity")), money(line.get("unit_price_minor"))
    number = f"{number} {line['unit']}" if line.get("unit") else number
    return f"{number} × {price}" if price else number


def _is_confirmed(order: Any, session: Session) -> bool:
    """Whether the order desk said yes: that head office has it is less than that."""
    from field_app.services import reading

    reviews = reading.referring(session.device, order.id, "review")
    return bool(reviews) and reviews[0].fields.get("outcome") == "accept"


def _signature(order: Any, session: Session) -> tuple[bytes, str]:
    from field_app.services import photos, reading

    photo = str(order.fields.get("signature") or "")
    if not photo:
        return b"", ""
    try:
        person = str(reading.shown(session.device, photo).fields.get("caption") or "")
        return photos.read(session.device, photo), person
    except (KeyError, photos.NotHere):  # signed on another phone: its picture is at head office
        return b"", ""
