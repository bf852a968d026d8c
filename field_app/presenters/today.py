"""Today: the visits of the day, what else is due, what came back."""

from __future__ import annotations

from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import words
from field_app.presenters.customers import grade_words
from field_app.presenters.page import Page
from field_app.presenters.returned import returned_items
from field_app.presenters.views import Bar, Big, Head, Item, Note, Row


class TodayPage(Page):
    """The plan of the day and the button that starts the next visit."""

    tab = "today"

    def entered(self) -> None:
        """Read the day."""
        from field_app.services import round as rounds
        from field_app.services import visits

        self.now = self.session.clock_ms()
        self.day = rounds.today(self.device, self.now)
        self.open = visits.open_visit(self.device)

    def bar(self) -> Bar:
        """The date beside the title."""
        return Bar(_("Today"), aside=words.full_day(self.session.today()), back=False)

    def big(self) -> Big | None:
        """Go on with the visit that is open, else start the next one that is planned."""
        if self.open:
            return Big("open", _("Go on with the visit"))
        if self.next_visit():
            return Big("next", _("Start next visit"))
        return None

    def next_visit(self) -> str:
        """The customer of the next planned visit, "" if none is left."""
        planned = [visit for visit in self.day.visits if visit.state == "planned"]
        return str(planned[0].customer_id) if planned else ""

    def items(self) -> list[Item]:
        """The list of the page."""
        found: list[Item] = returned_items(self.day.returned)
        visits = self.day.visits
        if visits:
            done = sum(visit.state == "done" for visit in visits)
            count = ngettext("{n} visit", "{n} visits", len(visits)).format(n=len(visits))
            found.append(Head(f"{count} · " + _("{n} done").format(n=done) if done else count))
            found += [self._visit(visit) for visit in visits]
        if self.day.due:
            found.append(Head(_("Also due")))
            found += [self._due(due) for due in self.day.due]
        if not found:
            found.append(
                Note(
                    _(
                        "No visits planned for today.\nCustomers with an order day or a visit cycle appear here by themselves; you can visit any other from Customers."
                    ),
                    "calendar-check-outline",
                )
            )
        return found

    def _visit(self, visit: Any) -> Row:
        badge = grade_words(visit.grade)
        if visit.state == "done":
            sign, role, detail, detail_role = "check-circle", "done", self._when(visit), "quiet"
        elif visit.state == "open":
            sign, role, detail, detail_role = (
                "progress-clock",
                "action",
                _("in progress since {time}").format(time=self._when(visit)),
                "action",
            )
        elif visit.state == "skipped":
            sign, role, detail, detail_role = "minus-circle-outline", "quiet", _("skipped"), "quiet"
        else:
            late = any(code.startswith("overdue") for code, *_rest in visit.reasons)
            sign, role = "circle-outline", "waiting" if late else "quiet"
            parts = [reason_words(*one) for one in visit.reasons]
            detail = " · ".join(parts if late else [*parts, visit.address])
            detail_role = "wrong" if late else "quiet"
        return Row(
            "customer:" + visit.customer_id,
            visit.name,
            detail or visit.address,
            badge=badge,
            figure=words.distance(visit.distance_m),
            role=detail_role,
            sign=sign,
            sign_role=role,
        )

    def _when(self, visit: Any) -> str:
        return self.session.moment(visit.at) if visit.at else ""

    def _due(self, due: Any) -> Row:
        detail = " · ".join(reason_words(*one) for one in due.reasons)
        return Row(
            "customer:" + due.customer_id, due.name, detail, sign="bell-outline", role="waiting", sign_role="waiting"
        )

    def act(self, key: str) -> None:
        """A visit, a due customer, or the next one."""
        from field_app.presenters.customer import CustomerPage
        from field_app.presenters.record import open_record
        from field_app.presenters.visit import VisitPage

        what, _colon, id_ = key.partition(":")
        if what == "open" and self.open:
            self.shell.open(VisitPage(self.shell, self.open.id))
        elif what == "next":
            self.shell.open(CustomerPage(self.shell, self.next_visit()))
        elif what == "customer":
            self.shell.open(CustomerPage(self.shell, id_))
        elif what == "record":
            open_record(self.shell, id_)


def reason_words(code: str, value: Any = None) -> str:
    """Why a customer is due, as one says it."""
    if code == "overdue":
        return ngettext("overdue {n} day", "overdue {n} days", int(value or 0)).format(n=value)
    known = {
        "planned": _("planned"),
        "order_day": _("order day"),
        "visit_batch": _("visit day"),
        "cycle": _("visit due"),
        "callback": _("callback"),
        "birthday": _("birthday"),
        "never": _("never visited"),
        "licence": _("licence expires"),
        "review": _("licence review"),
        "dormant": _("no order for long"),
        "contact": _("contact due"),
    }
    return known.get(code, code)
