"""Customers go to another book, one or many at a time: first what it would do, then the move."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from server.console.access import needs, own_path, scope, user
from server.console.books import devices_of
from server.console.query import query_of
from server.console.refusals import refusal
from server.services import books, listing, moves, names, users
from server.storage.database import reading

blueprint = Blueprint("moves", __name__, url_prefix="/moves")

MOST = 500


@blueprint.post("/preview")
@needs("move_customer")
def preview() -> str | Response:
    """What a move of the ticked customers, or of all that a list found, would do. Changes nothing."""
    chosen, to_book = _chosen(), request.form.get("to", "")
    back = own_path(request.form.get("next") or url_for("customers.index"))
    if not chosen or to_book not in scope():
        flash(_("Nothing was changed: tick customers, and choose a book."), "wrong")
        return redirect(back, 303)
    try:
        effect = moves.preview(chosen, to_book)
    except books.BookError as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
        return redirect(back, 303)
    with reading() as connection:
        found = names.load(connection, scope(), records=effect.customers + effect.there_already)
        book_names = names.book_names(connection, scope())
    return render_template(
        "moves/preview.html",
        effect=effect,
        to_book=to_book,
        found=found,
        books=book_names,
        people={each.id: each.name for each in users.all_users()},
        devices=devices_of(effect.loses),
        back=back,
    )


@blueprint.post("")
@needs("move_customer")
def move() -> Response:
    """Move them, each customer whole, in a transaction of its own."""
    back = own_path(request.form.get("next") or url_for("customers.index"))
    to_book = request.form.get("to", "")
    chosen = _in_scope(request.form.getlist("customer")[:MOST])
    if not chosen or to_book not in scope():
        flash(_("Nothing was changed: tick customers, and choose a book."), "wrong")
        return redirect(back, 303)
    try:
        moved = moves.move_customers(chosen, to_book, user().id)
    except books.BookError as error:
        flash(_("Not all could be moved: %(why)s", why=refusal(error)), "wrong")
        return redirect(back, 303)
    records = sum(each.counts.records for each in moved)
    text = ngettext(
        "%(n)s customer was moved. Records that went along: %(records)s.",
        "%(n)s customers were moved. Records that went along: %(records)s.",
        len(moved),
        n=len(moved),
        records=records,
    )
    flash(text, "done")
    return redirect(back, 303)


def _chosen() -> list[str]:
    """What was ticked; or, if that was asked for, all that the list's filters find, up to MOST."""
    if request.form.get("all_found"):
        query = query_of("customer", request.form)
        with reading() as connection:
            return listing.ids(connection, "customer", scope(), query, MOST)
    return _in_scope(request.form.getlist("customer")[:MOST])


def _in_scope(ids: list[str]) -> list[str]:
    with reading() as connection:
        known = listing.known_ids(connection, "customer", scope(), ids)
    return [each for each in dict.fromkeys(ids) if each in known]
