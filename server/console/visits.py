"""Visits: the list, and one visit with its steps, counts and photos."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from flask import Blueprint, render_template, request

from server.console.access import absent, scope, signed_in, user
from server.console.formats import local, start_of
from server.console.query import filters_of, lately, plain, query_of
from server.console.slices import page_of
from server.services import clock, listing, names, visits
from server.services.figures import planned
from server.services.reviewing import waiting_one
from sync_protocol.records import record_type

blueprint = Blueprint("visits", __name__, url_prefix="/visits")


@blueprint.get("")
@signed_in
def index() -> str:
    found = lately(partial(visits.find, scope()), query_of("visit", request.args))
    return render_template(
        "visits/index.html", found=found, specs=listing.listed_specs("visit"), filters=filters_of("visit")
    )


@blueprint.get("/plan")
@signed_in
def plan() -> str:
    """A week as it was planned against what was done, by book and person; and the customers behind one figure."""
    monday = _monday(request.args.get("week", ""))
    begins, ends = (start_of((monday + timedelta(days=n)).isoformat()) or 0 for n in (0, 7))
    which, book = request.args.get("which", ""), plain(request.args.get("book", ""))
    chosen = planned.customers(scope(), book, which, begins, ends) if which in planned.WHICH else []
    shown = page_of(names.rounds(scope()), request.args)
    return render_template(
        "visits/plan.html",
        shown=shown,
        lines=planned.week(shown.rows, begins, ends),
        monday=monday.isoformat(),
        sunday=(monday + timedelta(days=6)).isoformat(),
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat(),
        is_over=ends <= clock.now_ms(),
        which=which,
        book=book,
        chosen=chosen,
        most=planned.ROWS_MOST,
    )


def _monday(text: str) -> date:
    """The Monday of the week that an address names, else of this week."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = local(clock.now_ms()).date()
    day = min(max(day, date(2000, 1, 3)), date(2100, 1, 1))
    return day - timedelta(days=day.weekday())


@blueprint.get("/<record_id>")
@signed_in
def show(record_id: str) -> str:
    page = visits.page(scope(), record_id, user().id)
    if page is None:
        absent()
    return render_template(
        "visits/show.html",
        page=page,
        waiting=waiting_one.of(user(), scope(), record_id),
        count_specs=record_type("stock_count").specs(),
        steps=record_type("photo").specs(),
    )
