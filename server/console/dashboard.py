"""Today at a glance: the day's figures, and how the last days and weeks went; each figure opens the rows behind it."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template

from server.console import devices
from server.console.access import can, scope, signed_in
from server.console.charts import Bar, columns, rows
from server.console.formats import day as day_text
from server.console.formats import local, money, number, start_of, whole_money
from server.services import clock
from server.services.figures import today as figures
from server.services.figures.today import Span

blueprint = Blueprint("dashboard", __name__, url_prefix="/today")

DAYS, WEEKS = 14, 12


@blueprint.get("")
@signed_in
def show() -> str:
    today = local(clock.now_ms()).date()
    days = [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=n) for n in range(WEEKS - 1, -1, -1)]
    found = figures.load(
        scope(),
        devices.people() if can("see_devices") else set(),
        [_span(each, 1) for each in days],
        [_span(each, 7) for each in weeks],
    )
    return render_template(
        "dashboard/show.html",
        found=found,
        today=today.isoformat(),
        week_ago=days[-7].isoformat(),
        visits=[
            Bar(each.isoformat(), str(each.day), value, number(value), f"state=done&since={each}&until={each}")
            for each, value in zip(days, found.visits, strict=True)
        ],
        ordered=[
            Bar(
                each.isoformat(),
                _short(each),
                value,
                money(value),
                f"since={each}&until={each + timedelta(days=6)}",
                whole_money(value),
            )
            for each, value in zip(weeks, found.ordered_minor, strict=True)
        ],
        people=[
            Bar(name, name, value, number(value), f"state=done&person={person}&since={days[-7]}&until={today}")
            for person, name, value in found.by_person
        ],
        day_text=day_text,
        columns=columns,
        rows=rows,
        sees_devices=can("see_devices"),
    )


def _span(begins: date, days: int) -> Span:
    return start_of(begins.isoformat()) or 0, start_of((begins + timedelta(days=days)).isoformat()) or 0


def _short(day: date) -> str:
    return f"{day.day}.{day.month}."
