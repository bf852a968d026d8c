"""The digest that phones keep of a customer's history says as much about reminders as the whole of it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from sync_protocol.reminders.history import digest, history_of

DAY_MS = 86_400_000
START = 1_795_000_000_000
INSTANTS = st.integers(0, 40).map(lambda quarters: START + quarters * DAY_MS // 4)
ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "America/Chicago", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
VISITS = st.fixed_dictionaries({"state": st.sampled_from(["done", "skipped", "open"]), "checked_in_at": INSTANTS})
CONTACTS = st.fixed_dictionaries(
    {"contacted_at": INSTANTS},
    optional={
        "channel": st.sampled_from(["sms", "phone"]),
        "purpose": st.sampled_from(["care", "callback"]),
        "callback_at": INSTANTS,
        "callback_content": st.sampled_from(["prices", ""]),
        "content": st.just("long text that reminders do not ask for"),
    },
)
MATERIALS = st.fixed_dictionaries(
    {"item": st.just("list"), "due_on": st.sampled_from(["2026-11-20", "2026-11-25", "nonsense"])},
    optional={"given_on": st.just("2026-11-21")},
)
RECORDS = st.one_of(
    st.tuples(st.just("visit"), VISITS),
    st.tuples(st.just("contact_record"), CONTACTS),
    st.tuples(st.just("order"), st.fixed_dictionaries({"ordered_at": INSTANTS})),
    st.tuples(st.just("material"), MATERIALS),
    st.tuples(st.just("photo"), st.just({"taken_at": START})),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=12), st.lists(RECORDS, max_size=3), ZONES)
def test_a_digest_with_what_came_later_says_what_the_whole_history_says(
    before: list[tuple[str, dict[str, Any]]], later: list[tuple[str, dict[str, Any]]], zone: str
):
    old = [(f"a{number}", type, fields) for number, (type, fields) in enumerate(before)]
    new = [(f"b{number}", type, fields) for number, (type, fields) in enumerate(later)]

    short = digest(old)

    assert history_of([*short, *new], ZoneInfo(zone)) == history_of([*old, *new], ZoneInfo(zone))
    assert all("content" not in fields for _, _, fields in short)


def test_two_years_of_visits_and_orders_come_down_to_a_handful():
    records = [(f"v{n}", "visit", {"state": "done", "checked_in_at": START + n * DAY_MS}) for n in range(700)]
    records += [(f"o{n}", "order", {"ordered_at": START + n * DAY_MS}) for n in range(700)]
    records += [
        (f"c{n}", "contact_record", {"contacted_at": START + n * DAY_MS, "callback_at": START + (n + 1) * DAY_MS})
        for n in range(600)
    ]

    assert len(digest(records)) <= 4
