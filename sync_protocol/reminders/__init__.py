"""What is due, at which customer, and why: the same answer on the phone and at head office.

Pure: rules, facts and today's day come in as arguments. Rules are data (`rules_from` reads the records of the reference book);
`tests/vectors/reminders.json` says by example what they mean, to both sides.
"""

from __future__ import annotations

from sync_protocol.reminders.book import BookFacts, book_reminders, holiday_reminders
from sync_protocol.reminders.calendar import next_birthday, on_lunar_day
from sync_protocol.reminders.customer import is_important, reminders_for
from sync_protocol.reminders.defaults import DEFAULT_RULES
from sync_protocol.reminders.history import Callback, History, Material, history_of
from sync_protocol.reminders.rules import Reminder, Rule, rules_from
from sync_protocol.reminders.words import reason_text, title_of

__all__ = [
    "DEFAULT_RULES",
    "BookFacts",
    "Callback",
    "History",
    "Material",
    "Reminder",
    "Rule",
    "book_reminders",
    "history_of",
    "holiday_reminders",
    "is_important",
    "next_birthday",
    "on_lunar_day",
    "reason_text",
    "reminders_for",
    "rules_from",
    "title_of",
]
