"""The map of a book: its outlets and where visits were checked in, as points; no tiles, no roads, nothing from elsewhere."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from server.console.access import scope, signed_in
from server.console.formats import DAY_MS
from server.console.query import plain
from server.services import clock, names
from server.services.figures import places
from server.storage.database import reading

blueprint = Blueprint("maps", __name__, url_prefix="/map")

DAYS = (7, 30, 90)
FAR_M = 300


@blueprint.get("")
@signed_in
def show() -> str:
    days = int(request.args["days"]) if request.args.get("days") in {str(each) for each in DAYS} else 30
    with reading() as connection:
        books = names.book_names(connection, scope())
    book = plain(request.args.get("book", ""))
    book = book if book in books else next(iter(books), "")
    found = places.of_book(scope(), book, clock.now_ms() - days * DAY_MS)
    return render_template("map/show.html", map=found, books=books, book=book, days=days, all_days=DAYS, far_m=FAR_M)
