"""Books and seats: who maintains which customers since when; make a book, give a seat."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console.access import absent, can, needs, scope, signed_in, user
from server.services import books, seats, users
from sync_protocol.fields import Seat
from sync_protocol.records.protocol_records import SEATS

blueprint = Blueprint("books", __name__, url_prefix="/books")


@blueprint.get("")
@signed_in
def index() -> str:
    return render_template("books/index.html", books=seats.all_books(scope()), seats=SEATS)


@blueprint.post("")
@needs("administer")
def create() -> Response:
    """Make a book with vacant seats."""
    name = request.form.get("name", "").strip()
    try:
        book_id = books.create_book(name)
    except books.BookError:
        flash(_("The book was not made: its name must have 1 to 100 characters and differ from all others."), "wrong")
        return redirect(url_for("books.index"), 303)
    flash(_("The book «%(name)s» is there. Its seats are vacant.", name=name), "done")
    return redirect(url_for("books.show", book_id=book_id), 303)


@blueprint.get("/<book_id>")
@signed_in
def show(book_id: str) -> str:
    page = seats.page(scope(), book_id)
    if page is None:
        absent()
    people = [person for person in users.all_users() if person.active] if can("hand_over") else []
    return render_template("books/show.html", page=page, people=people, seats=SEATS)


@blueprint.post("/<book_id>/seats/<seat>")
@needs("hand_over")
def assign(book_id: str, seat: str) -> Response:
    """Give a seat to a person, or leave it vacant: a hand-over."""
    if book_id not in scope() or seat not in {each.value for each in Seat}:
        absent()
    person = request.form.get("user") or None
    try:
        books.assign_seat(book_id, seat, person, user().id)
    except books.BookError:
        flash(_("Nothing was changed: there is no such person any more."), "wrong")
    else:
        flash(_("The seat is handed over. Devices learn of it at their next sync."), "done")
    return redirect(url_for("books.show", book_id=book_id), 303)
