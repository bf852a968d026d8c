"""Books and seats: who maintains which customers since when; make a book, give a seat."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console.access import absent, can, needs, scope, signed_in, user
from server.console.formats import DAY_MS, start_of
from server.console.query import plain
from server.console.refusals import refusal
from server.console.slices import page_of
from server.services import books, devices, hand_over_preview, hand_overs, seats, successors, users
from server.services.devices import Device
from sync_protocol.fields import Seat
from sync_protocol.records.protocol_records import SEATS

blueprint = Blueprint("books", __name__, url_prefix="/books")


@blueprint.get("")
@signed_in
def index() -> str:
    found = seats.all_books(scope())
    return render_template("books/index.html", books=found, shown=page_of(found.rows, request.args), seats=SEATS)


@blueprint.post("")
@needs("administer")
def create() -> Response:
    """Make a book with vacant seats."""
    name = plain(request.form.get("name", ""))
    try:
        book_id = books.create_book(name)
    except books.BookError:
        flash(_("The book was not made: its name must have 1 to 100 characters and differ from all others."), "wrong")
        return make_response(index(), 422)
    flash(_("The book «%(name)s» is there. Its seats are vacant.", name=name), "done")
    return redirect(url_for("books.show", book_id=book_id), 303)


@blueprint.get("/<book_id>")
@signed_in
def show(book_id: str) -> str:
    page = seats.page(scope(), book_id)
    if page is None:
        absent()
    may_change = can("hand_over") or can("stand_in")
    people = [person for person in users.all_users() if person.active] if may_change else []
    return render_template("books/show.html", page=page, people=people, seats=SEATS, ahead=seats.ahead(book_id))


@blueprint.get("/<book_id>/seats/<seat>/hand-over")
@needs("hand_over")
def hand_over(book_id: str, seat: str) -> str:
    """What a hand-over would do: who gains and loses access, which devices purge, what is still unsent."""
    return _preview(book_id, seat, request.args.get("user") or None, None)


@blueprint.post("/<book_id>/seats/<seat>")
@needs("hand_over")
def assign(book_id: str, seat: str) -> Response:
    """Give a seat to a person, or leave it vacant: a hand-over."""
    return _give(book_id, seat, request.form.get("user") or None, None)


@blueprint.get("/<book_id>/seats/<seat>/stand-in")
@needs("stand_in")
def stand_in(book_id: str, seat: str) -> str:
    """What a stand-in until the end of a day would do."""
    return _preview(book_id, seat, request.args.get("user") or None, request.args.get("until", ""))


@blueprint.post("/<book_id>/seats/<seat>/stand-in")
@needs("stand_in")
def name_stand_in(book_id: str, seat: str) -> Response:
    """Let a person stand in until the end of a day; then the seat falls back by itself."""
    return _give(book_id, seat, request.form.get("user") or None, request.form.get("until", ""))


@blueprint.post("/<book_id>/ahead")
@needs("hand_over")
def read_ahead(book_id: str) -> Response:
    """Let a successor's devices load the book before he takes it over."""
    if book_id not in scope():
        absent()
    try:
        successors.plan_successor(book_id, request.form.get("user", ""), user().id)
    except books.BookError as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
    else:
        flash(_("His devices load the book at their next sync, and may not change it yet."), "done")
    return redirect(url_for("books.show", book_id=book_id), 303)


@blueprint.post("/<book_id>/ahead/end")
@needs("hand_over")
def end_reading_ahead(book_id: str) -> Response:
    """Withdraw reading ahead."""
    if book_id not in scope():
        absent()
    if successors.withdraw_successor(book_id, request.form.get("user", "")):
        flash(_("Withdrawn: his devices purge the book at their next sync."), "done")
    return redirect(url_for("books.show", book_id=book_id), 303)


def _check(book_id: str, seat: str) -> None:
    if book_id not in scope() or seat not in {each.value for each in Seat}:
        absent()


def _end(until: str | None) -> int | None:
    """The end of the last day of a stand-in, in ms; None for a hand-over. Raises: BookError for what is no day."""
    if until is None:
        return None
    begins = start_of(until)
    if begins is None:
        raise books.BookError("say the last day of the stand-in")
    return begins + DAY_MS


def _preview(book_id: str, seat: str, to: str | None, until: str | None) -> str:
    _check(book_id, seat)
    effect, wrong = None, ""
    try:
        effect = hand_over_preview.preview(book_id, seat, to, _end(until))
    except books.BookError as error:
        wrong = refusal(error)
    page = seats.page(scope(), book_id)
    if page is None:
        absent()
    people = {each.id: each.name for each in users.all_users()}
    return render_template(
        "books/hand_over.html",
        page=page,
        seat=seat,
        to=to,
        until=until,
        effect=effect,
        people=people,
        wrong=wrong,
        devices=devices_of(effect.loses) if effect else [],
    )


def devices_of(people: Collection[str]) -> list[Device]:
    """The devices in use of these people: those that purge what their users lose."""
    return [each for each in devices.all_devices(people) if each.state == "active"] if people else []


def _give(book_id: str, seat: str, to: str | None, until: str | None) -> Response:
    _check(book_id, seat)
    try:
        hand_overs.hand_over(book_id, seat, to, user().id, _end(until))
    except books.BookError as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
    else:
        if until is None:
            flash(_("The seat is handed over. Devices learn of it at their next sync."), "done")
        else:
            flash(_("The stand-in begins now and ends by itself. Devices learn of it at their next sync."), "done")
    return redirect(url_for("books.show", book_id=book_id), 303)
