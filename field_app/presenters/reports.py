"""The weekly sales reports: drafted by head office, corrected and submitted here, signed or returned by the supervisor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters import people, words
from field_app.presenters.form import EDIT, READ, FieldView, Form
from field_app.presenters.form_page import FormPage
from field_app.presenters.page import Page
from field_app.presenters.reasons import reasons
from field_app.presenters.returned import why
from field_app.presenters.session import Session
from field_app.presenters.shell import Shell
from field_app.presenters.summary import type_words
from field_app.presenters.trouble import trouble
from field_app.presenters.values import shown
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Mark, Note, Row, mark
from sync_protocol.merge import plain_decimal
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.services.weekly_reports import Week
    from field_app.store.overlay import Shown

CORRECTED = ("orders", "quantity", "amount_minor", "visits", "remark")
NAMES = ("orders", "quantity", "amount_minor", "before_minor", "visits", "remark")
SUMMED = ("orders", "quantity", "visits")


class ReportsPage(Page):
    """The weeks, the latest first: what is to be submitted, then what was."""

    def entered(self) -> None:
        """Read the weeks."""
        from field_app.services import weekly_reports

        self.weeks = weekly_reports.weeks(self.device)

    def bar(self) -> Bar:
        """The title."""
        return Bar(type_words("weekly_report", plural=True))

    def items(self) -> list[Item]:
        """One row a week."""
        found: list[Item] = []
        for head, group in (
            (_("To submit"), [week for week in self.weeks if week.is_open]),
            (_("Submitted"), [week for week in self.weeks if not week.is_open]),
        ):
            if group:
                found += [Head(head), *map(self._row, group)]
        if not found:
            said = _("No report yet.\nHead office drafts one after each week in which there were orders or visits.")
            return [Note(said, "calendar-week-outline")]
        return found

    def _row(self, week: Week) -> Row:
        state = state_mark(week.state, week.lines)
        return Row(
            f"week:{week.book}:{week.week_on}",
            span(week.week_on, self.session),
            ngettext("{n} customer", "{n} customers", len(week.lines)).format(n=len(week.lines)),
            figure=self.session.money(totals(week.lines)["amount_minor"]),
            mark=state,
            sign=state.sign,
            sign_role=state.role,
            chevron=True,
        )

    def act(self, key: str) -> None:
        """A week."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if what == "week":
            book, _colon, week_on = rest.partition(":")
            self.shell.open(WeekPage(self.shell, book, week_on))


class WeekPage(Page):
    """A week of one's round: where it stands, what it comes to, and each customer."""

    def __init__(self, shell: Shell, book: str, week_on: str) -> None:
        super().__init__(shell)
        self.book, self.week_on = book, week_on

    def entered(self) -> None:
        """Read the week and whose lines they are."""
        from field_app.services import reading, weekly_reports

        here = (self.book, self.week_on)
        self.week = next(
            (one for one in weekly_reports.weeks(self.device) if (one.book, one.week_on) == here),
            weekly_reports.Week(self.book, self.week_on, []),
        )
        customers = {line.customer for line in self.week.lines if line.customer}
        shops = reading.shown_all(self.device, customers)
        self.names = {shop.id: str(shop.fields.get("store_name") or "") for shop in shops}

    def bar(self) -> Bar:
        """Which week."""
        return Bar(type_words("weekly_report"), subtitle=span(self.week_on, self.session))

    def big(self) -> Big | None:
        """Submit, while there is something to submit."""
        if not self.week.is_open:
            return None
        again = self.week.state == "returned"
        return Big("submit", _("Submit this week again") if again else _("Submit all of this week"))

    def items(self) -> list[Item]:
        """State, sums, customers by what they bought."""
        lines = sorted(self.week.lines, key=lambda line: (-(line.fields.get("amount_minor") or 0), line.id))
        if not lines:
            return [Note(_("This report is no longer on this phone."), "calendar-week-outline")]
        sums = totals(lines)
        amounts = [f"{field_label(name)} {self.session.money(sums[name])}" for name in ("amount_minor", "before_minor")]
        counted = ngettext("{n} customer", "{n} customers", len(lines)).format(n=len(lines))
        sum_words = "\n".join([*amounts, self._figures(sums)])
        return [*self._state(), Fact("", _("Sum"), sum_words), Head(counted), *map(self._row, lines)]

    def _state(self) -> list[Item]:
        """Where it stands, in words; why it came back; who signed it."""
        state = state_mark(self.week.state, self.week.lines)
        word = state.word[:1].upper() + state.word[1:]
        found: list[Item] = [Fact("", word, state_words(self.week.state))]
        here = {line.id: self.week.state_of(line) for line in self.week.lines}
        said = [one for line_id, one in self.week.said.items() if line_id in here]
        if self.week.state == "returned":
            comments = [
                self.week.said[one].comment for one in here if one in self.week.said and here[one] == "returned"
            ]
            found += [Fact("", _("Head office writes"), one, role="wrong") for one in dict.fromkeys(comments) if one]
        if self.week.state == "signed" and said:
            last = max(said, key=lambda one: one.at)
            signed = " · ".join(filter(None, (people.name_of(self.device, last.by), self.session.moment(last.at))))
            found.append(Fact("", _("Received and signed by"), "\n".join(filter(None, (signed, last.comment)))))
        return found

    def _figures(self, values: Mapping[str, Any]) -> str:
        specs = record_type("weekly_report").specs()
        return " · ".join(
            f"{label(specs[name].labels)} {shown(specs[name], values.get(name), self.session) or 0}" for name in SUMMED
        )

    def _row(self, line: Shown) -> Row:
        state = state_mark(self.week.state_of(line), [line])
        detail = " · ".join(filter(None, (self._figures(line.fields), str(line.fields.get("remark") or ""))))
        return Row(
            "line:" + line.id,
            self.names.get(str(line.customer)) or "–",
            detail,
            figure=self.session.money(line.fields.get("amount_minor")),
            mark=state,
        )

    def act(self, key: str) -> None:
        """A customer, or `submit`, which asks once."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if what == "line":
            open_line(self.shell, rest)
        elif key == "submit":
            number = sum(self.week.state_of(line) in ("draft", "returned") for line in self.week.lines)
            text = ngettext(
                "{n} customer, as the figures stand here. Your supervisor signs the report or returns it.",
                "{n} customers, as the figures stand here. Your supervisor signs the report or returns it.",
                number,
            ).format(n=number)
            question = _("Submit the report of {week}?").format(week=span(self.week_on, self.session))
            self.shell.confirm(question, text, _("Submit"), self._submit)

    def _submit(self) -> None:
        from field_app.services import weekly_reports
        from field_app.services.saving import Refused

        try:
            weekly_reports.submit(self.device, self.week)
        except Refused as error:
            self.shell.tell(trouble(error))
        else:
            self.shell.tell(_("Saved on this phone. It goes to your supervisor with the next sync."))
        self.entered()
        self.shell.reload()


class ReportLinePage(FormPage):
    """One customer's week, to correct, with a remark; kept, or submitted."""

    def __init__(self, shell: Shell, line: str) -> None:
        super().__init__(shell)
        self.id = line
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per line."""
        return f"report:{self.id}"

    def entered(self) -> None:
        """The figures as they were drafted, or what was begun to correct."""
        from field_app.services import reading, weekly_reports

        if self._begun:
            return
        line = reading.shown(self.device, self.id)
        shop = reading.shown(self.device, line.customer).fields if line.customer else {}
        self.name, self.week_on = str(shop.get("store_name") or ""), str(line.fields.get("week_on") or "")
        self.said = weekly_reports.decisions(self.device, [self.id]).get(self.id)
        self.state = weekly_reports.line_state(line, self.said)
        self.came_back = [f"{name}: {text}" for name, text in why(line.type, line.reasons)] if line.asked else []

        def mode_of(name: str) -> str:
            return EDIT if name in CORRECTED else READ

        form = Form(line.type, {**line.fields, **line.asked}, self.session, names=NAMES, mode_of=mode_of)
        self.begin(form)
        self._begun = True

    def bar(self) -> Bar:
        """Whose week."""
        return Bar(self.name or type_words("weekly_report"), subtitle=span(self.week_on, self.session))

    def intro(self) -> str:
        """Why it came back, or where the figures are from."""
        if self.came_back:
            return "\n".join(self.came_back)
        if self.state == "returned" and self.said is not None and self.said.comment:
            return _("Head office writes") + "\n" + self.said.comment
        return state_words(self.state)

    def remark(self, _view: FieldView) -> str:
        """Nothing to remark."""
        return ""

    def big(self) -> Big:
        """Hand it in."""
        return Big("submit", _("Submit"))

    def second(self) -> Big:
        """Keep the corrections, and hand in later."""
        return Big("keep", _("Keep"))

    def act(self, key: str) -> None:
        """`keep` or `submit`."""
        super().act(key)
        if key not in ("keep", "submit"):
            return
        if not self.form.check():
            self.focus = self.form.first_wrong()
            self.shell.draw()
            return
        values = {name: self.form.values.get(name) for name in CORRECTED}
        if key == "keep" and not self.form.changed():
            self.shell.tell(reasons(["nothing.changed"]))
            return
        from field_app.services import weekly_reports

        try:
            (weekly_reports.submit_line if key == "submit" else weekly_reports.correct)(self.device, self.id, values)
        except Exception as error:
            if self.form.specs.keys() & getattr(error, "reasons", {}).keys():
                self.refused(error)
            else:
                self.shell.tell(trouble(error))
            return
        self.done()
        submitted = _("Saved on this phone. It goes to your supervisor with the next sync.")
        self.shell.tell(submitted if key == "submit" else _("Saved on this phone."))
        self.shell.back()


def open_line(shell: Shell, line_id: str) -> None:
    """Open one customer's week: to correct while it is open, else to read. Raises: KeyError."""
    from field_app.presenters.record import RecordPage
    from field_app.services import reading, weekly_reports

    device = shell.session.device
    state = weekly_reports.line_state(
        reading.shown(device, line_id), weekly_reports.decisions(device, [line_id]).get(line_id)
    )
    is_open = state in (weekly_reports.DRAFT, weekly_reports.RETURNED)
    shell.open(ReportLinePage(shell, line_id) if is_open else RecordPage(shell, line_id))


def open_report(shell: Shell, line_id: str) -> None:
    """Open what belongs to a line that is come upon elsewhere: the week that was returned as a whole, else the line."""
    from field_app.services import reading, returned

    line = reading.shown(shell.session.device, line_id)
    if line.state == "returned" and not returned.was_refused(shell.session.device, line_id):
        shell.open(WeekPage(shell, line.book, str(line.fields.get("week_on"))))
    else:
        open_line(shell, line_id)


def state_mark(state: str, lines: Sequence[Shown]) -> Mark:
    """The state of a report in word and sign. What is submitted and still on this phone says so."""
    if state == "submitted":
        on_its_way = next((one for one in ("on_phone", "sent") if any(line.state == one for line in lines)), "")
        return mark(on_its_way) or Mark(_("submitted"), "arrow-up", "quiet")
    marks = {
        "draft": Mark(_("draft"), "pencil-outline", "waiting"),
        "signed": Mark(_("signed"), "check", "done"),
    }
    return marks.get(state) or mark("returned") or Mark(state, "", "quiet")


def state_words(state: str) -> str:
    """What a state asks for."""
    return {
        "draft": _("Counted from orders and visits. Correct what is wrong, then submit."),
        "submitted": _("Your supervisor signs it or returns it."),
        "signed": _("Nothing is left to do."),
        "returned": _("Correct it and submit it again."),
    }[state]


def span(week_on: str, session: Session) -> str:
    """«16 Nov – 22 Nov»."""
    return words.week(date.fromisoformat(week_on), session.today())


def totals(lines: Sequence[Shown]) -> dict[str, Any]:
    """What the lines add up to, in wire form."""
    found: dict[str, Any] = {
        name: sum(line.fields.get(name) or 0 for line in lines)
        for name in ("orders", "amount_minor", "before_minor", "visits")
    }
    quantity = sum((Decimal(line.fields.get("quantity") or "0") for line in lines), Decimal(0))
    return {**found, "quantity": plain_decimal(quantity)}


def field_label(name: str) -> str:
    """The label of a field of the report."""
    return label(record_type("weekly_report").specs()[name].labels)
