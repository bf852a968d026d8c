"""A visit of which only the paper register knows: day, times, who and what, entered afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from field_app.language import gettext as _
from field_app.presenters import drafts
from field_app.presenters.form import EDIT, FieldView
from field_app.presenters.reasons import reason
from field_app.presenters.record_form import RecordFormPage
from field_app.presenters.shell import Shell
from field_app.presenters.views import Bar
from field_app.presenters.visit import GROUPS, NOT_ASKED
from sync_protocol.records import record_type

DAY, FROM, UNTIL = "day", "from", "until"
ASKED = (DAY, FROM)


class PaperVisitPage(RecordFormPage):
    """One line of the paper register. `when` holds what was typed for the day and the times."""

    type_name = "visit"

    def __init__(self, shell: Shell, customer: str) -> None:
        super().__init__(shell, customer)
        specs = record_type("visit").specs()
        self.names = tuple(name for name, spec in specs.items() if spec.group in GROUPS and name not in NOT_ASKED)
        self.when = {DAY: "", FROM: "", UNTIL: ""}
        self.wrong: dict[str, str] = {}

    @property
    def draft_key(self) -> str:
        """One draft per customer."""
        return f"paper:{self.customer}"

    def entered(self) -> None:
        """An empty form, or what was begun."""
        is_new = not self._begun
        super().entered()
        if is_new:
            kept = drafts.kept(self.device, self.draft_key)
            self.when.update({name: str(kept[name]) for name in self.when if name in kept})

    def bar(self) -> Bar:
        """What is entered, and of whom."""
        return Bar(_("Visit from paper"), subtitle=self.name)

    def intro(self) -> str:
        """What becomes of it."""
        return _("As it stands in the paper register. It is marked as entered from paper.")

    def sections(self) -> Sequence[tuple[str, str, Sequence[FieldView]]]:
        """When it was; then the fields of the declaration."""
        labels = {DAY: _("Day"), FROM: _("From"), UNTIL: _("Until")}
        views = [self._view(name, words) for name, words in labels.items()]
        return [("when", _("When"), views), *super().sections()]

    def _view(self, name: str, label: str) -> FieldView:
        text = self.when[name]
        return FieldView(
            name=name,
            label=label,
            text=text,
            typed=text,
            value=text,
            widget="day" if name == DAY else "line",
            keyboard="text",
            mode=EDIT,
            unit="",
            hint="" if name == DAY else "09:30",
            choices=(),
            required=name in ASKED,
            reason=self.wrong.get(name, ""),
        )

    def put(self, name: str, text: str) -> str:
        """A field was left with this text in it. Returns: what is wrong with it, or ""."""
        if name not in self.when:
            return super().put(name, text)
        self.when[name] = text.strip()
        self.wrong = {one: code for one in self.when if (code := self._unread(one))}
        return self._after(name)

    def _after(self, name: str) -> str:
        typed = {name: text for name, text in self.when.items() if text}
        drafts.keep(self.device, self.draft_key, {**self.form.changed(), **typed})
        return self.wrong.get(name, "") if name in self.when else self.form.view(name).reason

    def act(self, key: str) -> None:
        """`save`: the day and the beginning are asked for before anything is saved."""
        if key == "save":
            for name in ASKED:
                if not self.when[name]:
                    self.wrong[name] = reason("required")
            if self.wrong:
                self.focus = next(name for name in self.when if name in self.wrong)
                self.shell.draw()
                return
        super().act(key)

    def save(self, values: dict[str, Any]) -> None:
        """Record the visit."""
        from field_app.services import visits

        begun, ended = self._instant(FROM), self._instant(UNTIL)
        assert begun is not None, "asked for before"
        visits.record_paper_visit(self.device, self.customer, values, checked_in_at=begun, checked_out_at=ended)

    def refused(self, error: Exception) -> None:
        """Show the reasons at their fields, those of the times at the times."""
        found = getattr(error, "reasons", {})
        places = {"checked_in_at": FROM, "checked_out_at": UNTIL}
        at_times = {places[name]: reason(codes[0]) for name, codes in found.items() if name in places}
        if not at_times:
            super().refused(error)
            return
        self.wrong.update(at_times)
        self.focus = next(iter(at_times))
        self.shell.draw()

    def _unread(self, name: str) -> str:
        """Why what was typed is no day or no time, "" if it is one or nothing."""
        if not self.when[name] or (self._day() if name == DAY else self._time(name)) is not None:
            return ""
        return reason("day.format" if name == DAY else "time.format")

    def _day(self) -> date | None:
        try:
            return date.fromisoformat(self.when[DAY])
        except ValueError:
            return None

    def _time(self, name: str) -> time | None:
        """A time of the day as one writes it: 9:30, 09.30, 0930."""
        found = re.fullmatch(r"([0-9]{1,2})[:：.]?([0-9]{2})", self.when[name])
        try:
            return time(int(found[1]), int(found[2])) if found else None
        except ValueError:
            return None

    def _instant(self, name: str) -> int | None:
        day, at = self._day(), self._time(name)
        if day is None or at is None:
            return None
        zone = self.session.local(0).tzinfo
        return int(datetime.combine(day, at, zone).timestamp() * 1000)
