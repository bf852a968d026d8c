"""Reading outside one's books: masked hits, lookups asked for and decided, and the log of who read what."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console.access import absent, can, needs, scope, signed_in, user
from server.services import clock, users
from server.services.customers import groups_of
from server.services.reading import grants, lookups, masked, read_log
from server.services.reading.lookups import Lookup, LookupRefused
from server.services.releases import requests
from sync_protocol.records import record_type

blueprint = Blueprint("reading", __name__, url_prefix="/reading")

_WORDS_MOST = 100


@blueprint.get("")
@signed_in
def index() -> str:
    """What one asked to read or to take out, and what waits for one's decision."""
    return render_template(
        "reading/index.html",
        own=lookups.of_user(user().id),
        to_decide=lookups.to_decide(scope()) if can("approve_lookup") else [],
        lasting=lookups.lasting(scope()) if can("approve_lookup") else [],
        own_releases=requests.of_user(user().id) if can("ask_release") else [],
        releases_to_decide=requests.to_decide(scope()) if can("release") else [],
        now=clock.now_ms(),
    )


@blueprint.get("/find")
@needs("look_up")
def find() -> str:
    """Masked hits outside one's books, each with the way to ask for it."""
    words = "".join(c for c in request.args.get("q", "") if c.isprintable())[:_WORDS_MOST]
    found = masked.find(user().id, scope(), words)
    return render_template("reading/find.html", words=words, found=found, an_hour=masked.AN_HOUR)


@blueprint.post("/lookups")
@needs("look_up")
def ask() -> Response:
    """Ask to read the file behind a masked hit."""
    customer = masked.customer_of(request.form.get("token", ""), user().id)
    if customer is None:
        flash(_("This hit is too old. Search once more."), "wrong")
        return redirect(url_for("reading.find"), 303)
    try:
        lookup_id = lookups.ask(user().id, customer, request.form.get("reason", ""))
    except LookupRefused as error:
        flash(_why(error), "wrong")
        return redirect(url_for("reading.find", q=request.form.get("words", "")[:_WORDS_MOST] or None), 303)
    flash(_("Asked. The department manager decides; you find the answer here."), "done")
    return redirect(url_for("reading.show", lookup_id=lookup_id), 303)


@blueprint.get("/lookups/<lookup_id>")
@signed_in
def show(lookup_id: str) -> str:
    """A lookup; for who was granted it, the copy of the file."""
    found = _lookup(lookup_id)
    fields = lookups.open_copy(found, user().id)
    return render_template(
        "reading/show.html",
        lookup=found,
        is_own=found.asked_by == user().id,
        fields=fields,
        groups=[group for group in groups_of("customer", fields or {}) if group.name in found.groups],
        all_groups=record_type("customer").groups,
        offered=[name for name in grants.groups() if name not in ("personal", "management")],
        days=lookups.DAYS,
        days_most=lookups.DAYS_MOST,
        now=clock.now_ms(),
    )


@blueprint.post("/lookups/<lookup_id>/withdraw")
@needs("look_up")
def withdraw(lookup_id: str) -> Response:
    _lookup(lookup_id)
    return _done(lookup_id, lambda: lookups.withdraw(lookup_id, user().id), _("Withdrawn."))


@blueprint.post("/lookups/<lookup_id>/grant")
@needs("approve_lookup")
def grant(lookup_id: str) -> Response:
    """Grant it: which parts of the file, and until when."""
    _lookup(lookup_id)
    form = request.form
    days = form.get("days", "")
    count = int(days) if days.isascii() and days.isdecimal() and len(days) < 4 else 0
    return _done(
        lookup_id,
        lambda: lookups.grant(
            lookup_id, user().id, scope(), days=count, wanted=form.getlist("groups"), comment=form.get("comment", "")
        ),
        _("Granted. The copy is on the person's devices after their next sync, and leaves them by itself."),
    )


@blueprint.post("/lookups/<lookup_id>/decline")
@needs("approve_lookup")
def decline(lookup_id: str) -> Response:
    _lookup(lookup_id)
    return _done(
        lookup_id,
        lambda: lookups.decline(lookup_id, user().id, scope(), request.form.get("comment", "")),
        _("Declined."),
    )


@blueprint.post("/lookups/<lookup_id>/end")
@needs("approve_lookup")
def end(lookup_id: str) -> Response:
    """End a granted lookup before its time."""
    _lookup(lookup_id)
    return _done(lookup_id, lambda: lookups.end(lookup_id, user().id, scope()), _("The lookup has ended."))


@blueprint.get("/log")
@needs("see_read_log")
def log() -> str:
    """Who read which file, the newest first."""
    args, before = request.args, request.args.get("before", "")
    found = read_log.lines(
        scope(),
        customer=args.get("customer", "")[:60],
        user_id=args.get("person", "")[:60],
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None,
    )
    return render_template(
        "reading/log.html",
        lines=found,
        people=users.all_users(),
        person=args.get("person", ""),
        broken=read_log.first_broken() if args.get("check") else None,
        checked=bool(args.get("check")),
        page=read_log.PAGE,
    )


def _lookup(lookup_id: str) -> Lookup:
    found = lookups.by_id(lookup_id, user().id, scope())
    if found is None:
        absent()
    return found


def _done(lookup_id: str, act: Callable[[], None], words: str) -> Response:
    try:
        act()
    except LookupRefused as error:
        if str(error) == "absent":
            absent()
        flash(_why(error), "wrong")
    else:
        flash(words, "done")
    return redirect(url_for("reading.show", lookup_id=lookup_id), 303)


def _why(error: LookupRefused) -> str:
    words = {
        "reason": _("Nothing was changed: say in at least five letters why."),
        "days": _("Nothing was changed: a lookup lasts 1 to 30 days."),
        "groups": _("Nothing was changed: tick what may be read."),
        "own": _("Nobody grants his own lookup: somebody else decides it."),
        "decided": _("It was decided already; this is how it stands."),
        "absent": _("The customer is not there any more."),
    }
    return str(words[str(error)])
