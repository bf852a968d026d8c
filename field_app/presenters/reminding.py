"""Reminders as rows: what is due, why, and how late."""

from __future__ import annotations

from collections.abc import Iterable

from field_app import language
from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters.views import Fact, Head, Item, Mark, Row
from sync_protocol.reminders import Reminder, reason_text, title_of

SIGNS = {
    "birthday": "cake-variant-outline",
    "callback": "phone-return-outline",
    "contact": "message-text-outline",
    "day": "calendar-text-outline",
    "dormant": "sleep",
    "escalation": "alert-outline",
    "holiday": "party-popper",
    "materials": "package-variant",
    "order_day": "clipboard-text-outline",
    "visit": "walk",
}


def when_mark(reminder: Reminder) -> Mark:
    """How late it is, or how soon: a word, a sign and a colour."""
    if reminder.days < 0:
        late = ngettext("{n} day late", "{n} days late", -reminder.days).format(n=f"{-reminder.days:,}")
        return Mark(late, "alert-circle-outline", "wrong")
    if reminder.days == 0:
        return Mark(_("today"), "bell-outline", "waiting")
    if reminder.days == 1:
        return Mark(_("tomorrow"), "calendar-arrow-right", "quiet")
    return Mark(ngettext("in {n} day", "in {n} days", reminder.days).format(n=reminder.days), "calendar-clock", "quiet")


def why(reminder: Reminder) -> str:
    """Why it is there."""
    return reason_text(reminder, language.current())


def briefly(reminder: Reminder) -> str:
    """Why it is there, without what is agreed: for one line of a list."""
    return why(reminder).partition(" (")[0].partition("（")[0]


def due_row(key: str, title: str, reminders: Iterable[Reminder]) -> Row:
    """A customer with what is due there; the first reminder sets sign and lateness."""
    all_ = list(reminders)
    first = all_[0]
    detail = " · ".join(dict.fromkeys(briefly(one) for one in all_))
    return Row(
        key,
        title,
        detail,
        badge=_("important") if first.important else "",
        mark=when_mark(first),
        sign=SIGNS.get(first.kind, "bell-outline"),
        sign_role=when_mark(first).role,
    )


def due_facts(reminders: Iterable[Reminder]) -> list[Item]:
    """What is due at one customer, in full: for his own page."""
    found: list[Item] = []
    for one in reminders:
        mark = when_mark(one)
        label = f"{title_of(one, language.current())} · {mark.word}"
        key = {"materials": f"given:{one.record}", "callback": "contact", "contact": "contact"}.get(one.kind, "")
        hint = "\n" + _("Tap when it is given.") if one.kind == "materials" else ""
        role = mark.role if one.days <= 0 else "ink"
        found.append(Fact(key, label, why(one) + hint, SIGNS.get(one.kind, "bell-outline"), role))
    return [Head(_("Due here")), *found] if found else []


def holiday_row(reminder: Reminder) -> Row:
    """A holiday that comes up."""
    mark = when_mark(reminder)
    return Row("", title_of(reminder, language.current()), "", mark=mark, sign=SIGNS["holiday"], sign_role="action")
