"""What is due and why: every sentence of the common vectors, and what holds for every customer and day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_protocol.fields import LANGUAGES
from sync_protocol.records import record_type
from sync_protocol.reminders import (
    DEFAULT_RULES,
    BookFacts,
    History,
    Reminder,
    book_reminders,
    history_of,
    holiday_reminders,
    is_important,
    next_birthday,
    on_lunar_day,
    reason_text,
    reminders_for,
    rules_from,
    title_of,
)
from tests.reminders.vectors import CUSTOMERS, HOLIDAYS, ZONE

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
WEEKDAYS = ["monday", "wednesday", "sunday", None]
FILES = st.fixed_dictionaries(
    {},
    optional={
        "customer_state": st.sampled_from(["new", "not_completed", "completed"]),
        "visit_batch": st.sampled_from(WEEKDAYS),
        "order_batch": st.sampled_from(WEEKDAYS),
        "visit_cycle_days": st.integers(0, 90),
        "order_cycle_days": st.integers(0, 90),
        "birthday": st.dates(date(1890, 1, 1), date(2030, 1, 1)).map(date.isoformat),
        "birthday_calendar": st.sampled_from(["solar", "lunar", None]),
        "licence_expires_on": DAYS.map(date.isoformat),
        "annual_review_on": DAYS.map(date.isoformat),
        "contract_signed_on": DAYS.map(date.isoformat),
        "file_opened_on": DAYS.map(date.isoformat),
        "vip": st.booleans(),
    },
)
HISTORIES = st.builds(History, st.none() | DAYS, st.none() | DAYS, st.none() | DAYS)


@pytest.mark.parametrize("case", CUSTOMERS, ids=lambda case: case["name"])
def test_what_the_common_vectors_say_is_due_is_due(case: dict[str, Any]):
    history = history_of(case["records"], ZONE)

    found = reminders_for("shop", case["fields"], history, rules_from(case["rules"]), date.fromisoformat(case["today"]))

    said = [{"rule": due.rule, "due_on": due.due_on.isoformat(), "state": due.state, "why": due.why} for due in found]
    assert said == case["expect"]


@pytest.mark.parametrize("case", HOLIDAYS, ids=lambda case: case["today"])
def test_holidays_come_up_three_days_ahead_by_either_calendar(case: dict[str, Any]):
    found = holiday_reminders(DEFAULT_RULES, date.fromisoformat(case["today"]))

    assert [{"rule": due.rule, "due_on": due.due_on.isoformat()} for due in found] == case["expect"]


@settings(max_examples=150, deadline=None)
@given(FILES, HISTORIES, DAYS)
def test_any_file_on_any_day_gets_an_answer_in_order_with_a_reason_in_every_language(
    fields: dict[str, Any], history: History, today: date
):
    found = reminders_for("shop", fields, history, DEFAULT_RULES, today)

    assert [due.due_on for due in found] == sorted(due.due_on for due in found)
    assert len({due.key for due in found}) == len(found), "a key is one reminder"
    for due in found:
        assert due.days == (due.due_on - today).days
        for language in LANGUAGES:
            assert reason_text(due, language)
            assert "{" not in reason_text(due, language)
            assert title_of(due, language)


@settings(max_examples=80, deadline=None)
@given(st.dates(date(1930, 1, 1), date(2010, 12, 31)), st.sampled_from(["solar", "lunar"]), st.integers(2015, 2070))
def test_a_birthday_comes_once_in_every_year_of_its_calendar(born: date, calendar: str, year: int):
    kept, day = [], date(year, 1, 1)
    while day < date(year + 19, 1, 1):
        day = next_birthday(born, calendar, day) or pytest.fail(f"no birthday after {day}")
        kept.append(day)
        day += timedelta(days=1)

    assert all(325 <= (after - before).days <= 415 for before, after in zip(kept, kept[1:], strict=False))


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [  # published by the Hong Kong Observatory
        ((2024, 1, 1, False), date(2024, 2, 10)),
        ((2025, 1, 1, False), date(2025, 1, 29)),
        ((2026, 1, 1, False), date(2026, 2, 17)),
        ((2023, 2, 1, True), date(2023, 3, 22)),
        ((2025, 6, 1, True), date(2025, 7, 25)),
        ((2033, 11, 1, True), date(2033, 12, 22)),
        ((2028, 5, 1, True), date(2028, 6, 23)),
        ((2026, 6, 1, True), date(2026, 7, 14)),  # a year without that leap month: the plain one
    ],
)
def test_lunar_days_are_where_the_observatory_has_them(lunar: tuple[int, int, int, bool], solar: date):
    assert on_lunar_day(*lunar) == solar


def test_who_was_born_in_a_leap_month_keeps_it_where_the_year_has_it_and_once_in_every_year():
    born = date(2009, 7, 2)  # the 10th of the leap fifth month

    kept = [next_birthday(born, "lunar", date(year, 3, 1)) for year in (2027, 2028, 2029)]

    assert kept == [date(2027, 6, 14), date(2028, 7, 2), date(2029, 6, 21)]
    assert next_birthday(born, "lunar", date(2028, 6, 3)) == date(2028, 7, 2), (
        "not on the 10th of the plain fifth month"
    )


def test_beyond_the_calendar_s_years_a_lunar_birthday_says_nothing_and_does_not_fail():
    assert next_birthday(date(1890, 5, 1), "lunar", TODAY) is None
    assert next_birthday(date(1980, 5, 1), "lunar", date(2101, 12, 1)) is None
    assert next_birthday(date(1980, 5, 1), "solar", date(2101, 12, 1)) == date(2102, 5, 1)


def test_the_supervisor_hears_of_an_important_customer_the_maintainer_of_the_rest():
    late = History(last_contact_on=date(2026, 9, 1))

    found = {
        due.rule: due
        for due in reminders_for("shop", {"vip": True, "customer_state": "completed"}, late, DEFAULT_RULES, TODAY)
    }

    assert found["escalation"].audience == "supervisor"
    assert found["contact-completed"].audience == "maintainer"
    assert found["contact-completed"].important


def test_what_makes_a_customer_important_is_a_rule_too():
    rules = rules_from([{"rule_key": "escalation", "only_when": ["influence=high"]}])

    assert is_important({"influence": "high"}, rules)
    assert not is_important({"vip": True}, rules)


def test_of_two_records_for_one_rule_what_each_says_holds():
    rules = {
        rule.key: rule
        for rule in rules_from(
            [{"rule_key": "birthday", "lead_days": 3}, {"rule_key": "birthday", "title_text": "Cake"}]
        )
    }

    assert (rules["birthday"].lead_days, rules["birthday"].title["en"]) == (3, "Cake")


def test_a_rule_record_knows_every_member_of_a_rule():
    """A member that no record can set could not be edited at head office."""
    settable = set(record_type("reminder_rule").specs())

    assert settable - {"rule_key", "title_text"} == set(DEFAULT_RULES[0].__dataclass_fields__) - {"key", "title"}


def test_a_reminder_has_the_same_key_on_every_day_on_which_it_shows():
    def overdue(day: date) -> Reminder:
        history = History(last_contact_on=date(2026, 11, 1))
        return reminders_for("shop", {"customer_state": "not_completed"}, history, DEFAULT_RULES, day)[0]

    assert overdue(TODAY).key == overdue(TODAY + timedelta(days=3)).key
    assert overdue(TODAY).days != overdue(TODAY + timedelta(days=3)).days


def test_the_register_is_to_be_checked_at_once_and_then_every_week():
    first = book_reminders("north", BookFacts(), DEFAULT_RULES, TODAY)
    checked = BookFacts(TODAY - timedelta(days=2), TODAY - timedelta(days=6))
    later = book_reminders("north", checked, DEFAULT_RULES, TODAY)

    assert [(due.rule, due.state, due.audience) for due in first] == [
        ("register-check", "today", "supervisor"),
        ("sales-report", "today", "maintainer"),
    ]
    assert [(due.rule, due.state) for due in later] == [("sales-report", "tomorrow")]


def test_every_second_week_is_one_number_of_a_rule():
    rules = rules_from([{"rule_key": "register-check", "every_days": 14}])

    assert book_reminders("north", BookFacts(TODAY - timedelta(days=13), TODAY), rules, TODAY) == []
