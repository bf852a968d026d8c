"""The week's report of the demonstration: drafted by itself, corrected and submitted on the phone, signed by the supervisor."""

from __future__ import annotations

from field_app.device import Device
from field_app.services import weekly_reports
from field_app.services.weekly_reports import SIGNED, Week
from server.services import books, users
from server.services.reporting import weekly

REMARK = "Two cases go back with the next truck; the sum is without them."


def submit(device: Device) -> Week:
    """On the phone, without a network: a remark on the largest customer of the week, then the whole week goes in."""
    week = weekly_reports.weeks(device)[0]
    largest = max(week.lines, key=lambda line: line.fields.get("amount_minor") or 0)
    weekly_reports.correct(device, largest.id, {"remark": REMARK})
    weekly_reports.submit(device, weekly_reports.weeks(device)[0])
    return week


def sign(week: Week) -> int:
    """At head office the supervisor reads the week and signs it. Returns how many customers it is about. Needs an app context."""
    chen = users.by_login("chen")
    assert chen is not None
    report = weekly.find(books.readable_books(chen), week.book, week.week_on, chen)
    assert report is not None
    return len(report.lines) if weekly.decide(chen, report, "accept", "") else 0


def problems(device: Device, week: Week) -> list[str]:
    """What of it did not come about, in words. After the phone's next sync."""
    found = [one for one in weekly_reports.weeks(device) if (one.book, one.week_on) == (week.book, week.week_on)]
    states = [one.state for one in found]
    remarks = [line.fields.get("remark") for one in found for line in one.lines]
    said = [] if states == [SIGNED] else [f"the weekly report is {states}, not signed"]
    return said + ([] if REMARK in remarks else ["the remark of the weekly report is gone"])
