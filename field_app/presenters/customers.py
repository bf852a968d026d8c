"""Customers: find one while typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell
from field_app.presenters.views import Bar, Head, Item, Note, Row, mark
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.services.roster import Customer

MEANT_AFTER_S = 0.3


class CustomersPage(Page):
    """All customers of the round, narrowed by what is typed."""

    tab = "customers"
    text = ""
    found: Sequence[Customer] = ()
    total = 0

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.meant: Sequence[Customer] = ()

    def entered(self) -> None:
        """Read the list for what is typed."""
        self.search(self.text, draw=False)

    def search(self, text: str, *, draw: bool = True) -> None:
        """Show the customers that match a text: part of the name, pinyin, telephone, code, licence number or address."""
        from field_app.services import finding, roster

        self.text, self.meant = text, ()
        self.total = len(roster.customers(self.device))
        self.found = finding.query(self.device, text)
        if draw:
            self.scrolled = 0
            self.shell.draw()
        if not self.found and len(text.strip()) > 1:
            self.shell.later(MEANT_AFTER_S, lambda: self._ask_what_was_meant(text))

    def _ask_what_was_meant(self, text: str) -> None:
        """Look for names that are like it, beside the window, unless somebody typed on."""
        from field_app.services import finding

        if text != self.text or self.session.is_locked:
            return
        device = self.device
        self.shell.work(lambda: finding.meant(device, text), lambda found: self._was_meant(text, found), lambda _: None)

    def _was_meant(self, text: str, found: Sequence[Customer]) -> None:
        if text == self.text and found:
            self.meant = found
            self.shell.draw()

    def bar(self) -> Bar:
        """How many there are; a new one."""
        count = ngettext("{n} customer", "{n} customers", self.total).format(n=f"{self.total:,}")
        if self.text.strip():
            count = _("{n} of {total}").format(n=f"{len(self.found):,}", total=f"{self.total:,}")
        return Bar(_("Customers"), subtitle=count, back=False, actions=(("new", "plus", _("New customer")),))

    def items(self) -> Sequence[Item]:
        """The list of the page; its rows are made when they come into view."""
        if self.found:
            return Rows(self.found, self.row)
        if self.text.strip():
            return self._nothing()
        return [
            Note(
                _("No customers here yet. They come with the first sync, when head office has given you a round."),
                "storefront-outline",
            )
        ]

    def _nothing(self) -> list[Item]:
        """What was typed is found nowhere: what may have been meant, or what else could be tried."""
        none = _("No customer matches «{text}».").format(text=self.text)
        if self.meant:
            return [Head(none), Head(_("Did you mean …")), *map(self.row, self.meant)]
        return [
            Note(
                none + "\n" + _("Try part of the name, its first letters in pinyin, a telephone number or the code."),
                "magnify",
            ),
            Row("new", _("New customer"), self.text.strip(), sign="plus", sign_role="action", chevron=True),
        ]

    def row(self, one: Customer) -> Row:
        """One customer: where, and when he was last visited."""
        fields = one.fields
        address = ", ".join(str(fields[name]) for name in ("address", "city") if fields.get(name))
        detail = address or str(fields.get("contact_phone") or fields.get("customer_code") or "")
        last = words.ago(one.history.last_visit_on, self.session.today()) if one.history.last_visit_on else ""
        return Row(
            one.id,
            str(fields.get("store_name") or ""),
            " · ".join(part for part in (detail, last) if part),
            badge=grade_words(str(fields.get("grade") or "")),
            mark=mark(one.state) if one.state not in ("accepted", "") else None,
        )

    def act(self, key: str) -> None:
        """A customer, or `new`."""
        from field_app.presenters.customer import CustomerPage
        from field_app.presenters.customer_form import NewCustomerPage

        if key == "new":
            self.shell.open(NewCustomerPage(self.shell, self.text))
        elif key:
            self.shell.open(CustomerPage(self.shell, key))


class Rows(Sequence[Item]):
    """Rows of a list that are made when they are looked at, and then kept."""

    def __init__(self, found: Sequence[Customer], make: Callable[[Customer], Row]) -> None:
        self._found, self._make = found, make
        self._made: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = at + len(self._found) if at < 0 else at
        if at not in self._made:
            self._made[at] = self._make(self._found[at])
        return self._made[at]


def grade_words(grade: str | None) -> str:
    """The grade as its declaration words it."""
    if not grade:
        return ""
    choices = record_type("customer").specs()["grade"].choices
    return label(choices[grade]) if grade in choices else _("grade {n}").format(n=grade)
