"""Today: the visits of the day in their order, what else is due, what came back and what is asked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import words
from field_app.presenters.conflict import ConflictPage, clash_row
from field_app.presenters.customers import grade_words
from field_app.presenters.page import Page
from field_app.presenters.reminding import briefly, due_row, holiday_row, when_mark
from field_app.presenters.returned import returned_items
from field_app.presenters.safety import risk_items
from field_app.presenters.shell import Shell
from field_app.presenters.summary import type_words
from field_app.presenters.views import Bar, Big, Head, Item, Note, Row

if TYPE_CHECKING:
    from field_app.services.round import Due, Today, TodayVisit

FIRST = 8  # of each group of what is due, before one asks for all


class TodayPage(Page):
    """The plan of the day and the button that starts the next visit."""

    tab = "today"
    day: Today

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.unfolded: set[str] = set()

    def entered(self) -> None:
        """Read the day."""
        from field_app.services import conflicts, safety, visits, weekly_reports
        from field_app.services import round as rounds

        self.now = self.session.clock_ms()
        self.day = rounds.today(self.device, self.now)
        self.open = visits.open_visit(self.device)
        self.risks = safety.risks(self.device)
        self.clashes = conflicts.open_clashes(self.device)
        self.weeks = weekly_reports.to_submit(self.device, self.now)

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
        found: list[Item] = [*risk_items(self.risks), *returned_items(self.day.returned)]
        if self.clashes:
            found += [Head(_("Changed by two at once")), *map(clash_row, self.clashes)]
        found += self._asked()
        if self.day.holidays:
            found += [Head(_("Holidays")), *map(holiday_row, self.day.holidays)]
        found += self._visits()
        found += self._due()
        if not found:
            found.append(
                Note(
                    _(
                        "Nothing is due today.\nCustomers whose visit day or visit cycle has come, callbacks, birthdays and more appear here by themselves; you can visit any other from Customers."
                    ),
                    "calendar-check-outline",
                )
            )
        return found

    def _asked(self) -> list[Item]:
        """Proposals of others about what this user maintains, and weekly reports that wait for him."""
        asked, found = self.day.asked, list[Item]()
        if asked:
            words_ = ngettext("{n} proposal to you", "{n} proposals to you", len(asked)).format(n=len(asked))
            found.append(Row("asked", words_, _("somebody asks to change what you maintain"), sign="scale-balance",
                             sign_role="waiting", chevron=True))  # fmt: skip
        if n := len(self.weeks):
            waits = ngettext("{n} week to submit", "{n} weeks to submit", n).format(n=n)
            latest = words.week(date.fromisoformat(self.weeks[0].week_on), self.session.today())
            found.append(Row("reports", type_words("weekly_report", plural=n > 1), f"{waits} · {latest}", role="waiting",
                             sign="calendar-week-outline", sign_role="waiting", chevron=True))  # fmt: skip
        return [Head(_("From head office")), *found] if found else []

    def _visits(self) -> list[Item]:
        visits = self.day.visits
        if not visits:
            return []
        done = sum(visit.state == "done" for visit in visits)
        count = ngettext("{n} visit", "{n} visits", len(visits)).format(n=len(visits))
        found: list[Item] = [Head(f"{count} · " + _("{n} done").format(n=done) if done else count)]
        found += [self._visit(visit) for visit in visits]
        if self.day.more_overdue:
            more = self.day.more_overdue
            found.append(
                Row(
                    "",
                    ngettext("{n} more is overdue", "{n} more are overdue", more).format(n=f"{more:,}"),
                    _("they come up as the ones above are done"),
                    sign="dots-horizontal",
                )
            )
        return found

    def _due(self) -> list[Item]:
        """What else is due, in groups that unfold."""
        found: list[Item] = []
        for state, title in (("overdue", _("Overdue")), ("today", _("Due today")), ("tomorrow", _("Due tomorrow")),
                             ("soon", _("Coming up"))):  # fmt: skip
            group = [one for one in self.day.due if one.state == state]
            if not group:
                continue
            shown = group if state in self.unfolded else group[:FIRST]
            found.append(Head(title, f"{len(group):,}"))
            found += [self._due_row(one) for one in shown]
            if len(shown) < len(group):
                found.append(Row(f"unfold:{state}", _("Show all {n}").format(n=f"{len(group):,}"), sign="chevron-down",
                                 sign_role="action"))  # fmt: skip
        return found

    def _visit(self, visit: TodayVisit) -> Row:
        mark = None
        if visit.state == "done":
            sign, role, detail, detail_role = "check-circle", "done", self._when(visit), "quiet"
        elif visit.state == "open":
            sign, role, detail_role = "progress-clock", "action", "action"
            detail = _("in progress since {time}").format(time=self._when(visit))
        elif visit.state == "skipped":
            sign, role, detail, detail_role = "minus-circle-outline", "quiet", _("skipped"), "quiet"
        else:
            sign, role = "circle-outline", "wrong" if visit.is_overdue else "quiet"
            detail, detail_role = " · ".join([*map(briefly, visit.reminders), visit.address]), "quiet"
            mark = when_mark(visit.reminders[0]) if visit.is_overdue else None
        return Row(
            "customer:" + visit.customer_id,
            visit.name,
            detail or visit.address,
            badge=grade_words(visit.grade),
            figure=words.distance(visit.distance_m),
            mark=mark,
            role=detail_role,
            sign=sign,
            sign_role=role,
        )

    def _when(self, visit: TodayVisit) -> str:
        return self.session.moment(visit.at) if visit.at else ""

    def _due_row(self, due: Due) -> Row:
        return due_row("customer:" + due.customer_id, due.name, due.reminders)

    def act(self, key: str) -> None:
        """A visit, a due customer, the next one, or a group to unfold."""
        from field_app.presenters.customer import CustomerPage
        from field_app.presenters.proposals import ProposalsPage
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
        elif what == "conflict":
            self.shell.open(ConflictPage(self.shell, id_))
        elif what == "asked":
            self.shell.open(ProposalsPage(self.shell))
        elif what == "reports":
            self._reports()
        elif what == "unfold":
            self.unfolded.add(id_)
            self.shell.draw()

    def _reports(self) -> None:
        """The week that waits; the list of all if there are several."""
        from field_app.presenters.reports import ReportsPage, WeekPage

        if len(self.weeks) == 1:
            self.shell.open(WeekPage(self.shell, self.weeks[0].book, self.weeks[0].week_on))
        else:
            self.shell.open(ReportsPage(self.shell))
