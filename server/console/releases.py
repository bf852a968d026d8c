"""Releases: asking for a print or an export, deciding it, taking it out, and the register of what left the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from server.console import formats
from server.console.access import absent, can, needs, scope, signed_in, user
from server.console.company import company
from server.console.language import language
from server.console.plain import cell_of, text_of
from server.console.query import query_of
from server.services import clock, customers, listing
from server.services.customers import File
from server.services.reading import read_log
from server.services.releases import paper, requests, sheets
from server.services.releases.requests import Release, ReleaseRefused
from server.storage.database import reading

blueprint = Blueprint("releases", __name__, url_prefix="/releases")

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILTERS_MOST = 2000


@blueprint.get("")
@signed_in
def index() -> str:
    """The register; for who decides nothing, his own."""
    everything = can("release") or can("see_read_log")
    return render_template(
        "releases/index.html",
        rows=requests.register(scope()) if everything else requests.of_user(user().id),
        everything=everything,
        now=clock.now_ms(),
    )


@blueprint.get("/print/<record_id>")
@needs("ask_release")
def new_print(record_id: str) -> str:
    return render_template("releases/new.html", file=_file(record_id), title="", filters="", export=False)


@blueprint.post("/print/<record_id>")
@needs("ask_release")
def ask_print(record_id: str) -> AnyResponse:
    """Ask for a print of a file."""
    _file(record_id)
    form = request.form
    return _asked(
        lambda: requests.ask_print(
            user().id,
            record_id,
            scope(),
            form.get("reason", ""),
            form.get("recipient", ""),
            form.get("return_by") or None,
        ),
        lambda: new_print(record_id),
    )


@blueprint.get("/export")
@needs("export")
def new_export() -> str:
    """Ask for the list that one sees as a workbook; its filters come along in the address."""
    found = customers.find(scope(), query_of("customer", request.args))
    filters = request.query_string.decode()[:_FILTERS_MOST]
    title = _("Customers") + f" ({found.listing.total})"
    return render_template("releases/new.html", file=None, title=title, filters=filters, export=True)


@blueprint.post("/export")
@needs("export")
def ask_export() -> AnyResponse:
    """Ask for the export of a list."""
    form = request.form
    found = customers.find(scope(), query_of("customer", request.args))
    title = _("Customers") + f" ({found.listing.total})"
    query = {name: value[:200] for name, value in list(request.args.items())[:20]}
    return _asked(
        lambda: requests.ask_export(user().id, title, query, form.get("reason", ""), form.get("recipient", "")),
        new_export,
    )


@blueprint.get("/<release_id>")
@signed_in
def show(release_id: str) -> str:
    found = _release(release_id)
    return render_template("releases/show.html", release=found, is_own=found.asked_by == user().id, now=clock.now_ms())


@blueprint.post("/<release_id>/approve")
@needs("release")
def approve(release_id: str) -> AnyResponse:
    _release(release_id)
    return _done(release_id, lambda: requests.approve(release_id, user().id, scope(), request.form.get("comment", "")))


@blueprint.post("/<release_id>/decline")
@needs("release")
def decline(release_id: str) -> AnyResponse:
    _release(release_id)
    return _done(release_id, lambda: requests.decline(release_id, user().id, scope(), request.form.get("comment", "")))


@blueprint.post("/<release_id>/withdraw")
@signed_in
def withdraw(release_id: str) -> AnyResponse:
    _release(release_id)
    return _done(release_id, lambda: requests.withdraw(release_id, user().id))


@blueprint.post("/<release_id>/returned")
@needs("release")
def returned(release_id: str) -> AnyResponse:
    """Note that the paper is back."""
    _release(release_id)
    return _done(release_id, lambda: requests.note_returned(release_id, user().id, scope()))


@blueprint.get("/<release_id>/page")
@needs("ask_release", second_factor=True)
def page(release_id: str) -> str:
    """The released file as a page to print, numbered and marked."""
    found, file = _good_file(release_id)
    return render_template("releases/page.html", release=found, file=file, sheet=_sheet(found, file))


@blueprint.get("/<release_id>/document")
@needs("ask_release", second_factor=True)
def document(release_id: str) -> Response:
    """The same as a PDF."""
    found, file = _good_file(release_id)
    name = f"release-{found.number}.pdf"
    return _download(paper.draw(_sheet(found, file)), "application/pdf", name)


@blueprint.get("/<release_id>/workbook")
@needs("export")
def workbook(release_id: str) -> Response:
    """The released list as a workbook: what its asker may read of it now."""
    found = _good(release_id, requests.EXPORT)
    read_log.note(user().id, "", "releases.workbook", str(found.number))
    specs = listing.listed_specs("customer")
    headings = [spec.labels[language()] for spec in specs.values()]
    register = [(label, text) for label, text in _register(found)]
    data = sheets.workbook(
        [
            (_("Customers"), headings, _rows(found)),
            (_("Release"), [_("Release"), _mark(found)], register),
        ]
    )
    return _download(data, EXCEL, f"release-{found.number}.xlsx")


def _rows(found: Release) -> Iterator[list[sheets.Cell]]:
    specs = listing.listed_specs("customer")
    query = query_of("customer", found.query)
    for row, names in customers.every(scope(), query):
        yield [cell_of(spec, row.values[name], names) for name, spec in specs.items()]


def _sheet(found: Release, file: File) -> paper.Sheet:
    groups = []
    for group in file.groups:
        facts = [
            (spec.labels[language()], text_of(spec, file.fields.get(name), file.names))
            for name, spec in group.specs.items()
        ]
        groups.append((group.labels[language()], [fact for fact in facts if fact[1]]))
    foot = f"{company().name} · {_('Confidential: not to be copied, to come back to head office')}"
    return paper.Sheet(file.title, _register(found), [group for group in groups if group[1]], _mark(found), foot)


def _mark(found: Release) -> str:
    day = formats.local(clock.now_ms()).date().isoformat()
    return f"{_('Release %(number)s', number=found.number)} · {user().name} · {day}"


def _register(found: Release) -> list[tuple[str, str]]:
    lines = [
        (_("Number"), str(found.number)),
        (_("Taken out by"), found.asker),
        (_("Approved by"), f"{found.decider}, {formats.instant(found.decided_at)}"),
        (_("For"), found.recipient),
        (_("Reason"), found.reason),
    ]
    return [*lines, (_("Back by"), formats.day(found.return_by))] if found.return_by else lines


def _good(release_id: str, kind: str) -> Release:
    """An approved release of one's own that can be taken out now."""
    found = _release(release_id)
    if found.asked_by != user().id or found.kind != kind or not found.is_good:
        absent()
    return found


def _good_file(release_id: str) -> tuple[Release, File]:
    """The same, with the file, if its asker may still read it."""
    found = _good(release_id, requests.PRINT)
    assert found.customer is not None
    file = _file(found.customer)
    read_log.note(user().id, found.customer, request.endpoint or "", str(found.number))
    return found, file


def _file(record_id: str) -> File:
    with reading() as connection:
        file = customers.open_file(connection, scope(), record_id, user().id)
    if file is None:
        absent()
    return file


def _release(release_id: str) -> Release:
    found = requests.by_id(release_id, user().id, scope(), decides=can("release") or can("see_read_log"))
    if found is None:
        absent()
    return found


def _download(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(act: Callable[[], str], again: Callable[[], str]) -> AnyResponse:
    try:
        release_id = act()
    except ReleaseRefused as error:
        flash(_why(error), "wrong")
        return make_response(again(), 422)
    flash(_("Asked. Somebody else decides; you find the answer here."), "done")
    return redirect(url_for("releases.show", release_id=release_id), 303)


def _done(release_id: str, act: Callable[[], object]) -> AnyResponse:
    try:
        act()
    except ReleaseRefused as error:
        flash(_why(error), "wrong")
    else:
        flash(_("Done."), "done")
    return redirect(url_for("releases.show", release_id=release_id), 303)


def _why(error: ReleaseRefused) -> str:
    words = {
        "reason": _("Nothing was changed: say in at least five letters why."),
        "recipient": _("Nothing was changed: say for whom it is."),
        "day": _("Nothing was changed: this is not a day."),
        "own": _("Nobody approves his own release: somebody else decides it."),
        "decided": _("It was decided already; this is how it stands."),
        "absent": _("The customer is not there any more."),
    }
    return str(words[str(error)])
