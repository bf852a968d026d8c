"""Weekly sales reports: drafted by themselves, corrected and submitted by the account manager, signed by the supervisor."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from server.console.access import absent, needs, scope, signed_in, user
from server.console.company import company
from server.console.formats import instant, money
from server.console.forms import Wrong, entered, value_of
from server.console.language import language
from server.services.reading import read_log
from server.services.releases import paper, sheets
from server.services.reporting import weekly
from server.services.reporting.weekly import Line, Report
from sync_protocol.records import record_type

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
CORRECTED = ("orders", "quantity", "amount_minor", "visits", "remark")
SHOWN = ("orders", "quantity", "amount_minor", "before_minor", "visits", "remark")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@signed_in
def index() -> str:
    """The reports, the latest week first."""
    return render_template("reports/index.html", reports=weekly.all_reports(scope()), who=_who)


@blueprint.get("/<book_id>/<week>")
@signed_in
def show(book_id: str, week: str) -> str:
    """One report, to correct, to sign, or to read."""
    return _page(_report(book_id, week), [])


@blueprint.post("/<book_id>/<week>")
@needs("edit_customer")
def correct(book_id: str, week: str) -> AnyResponse | str:
    """Keep corrections, or submit the report."""
    report, form = _report(book_id, week), request.form
    if not report.holds:
        absent()
    specs = _specs()
    values: dict[str, dict[str, Any]] = {line.id: {} for line in report.lines}
    wrong = []
    for line in report.lines:
        for name in CORRECTED:
            text = form.get(f"{line.id}-{name}")
            try:
                if text is not None:
                    values[line.id][name] = value_of(specs[name], text)
            except Wrong:
                field = specs[name].labels[language()]
                wrong.append(_("%(field)s of %(name)s is not a number.", field=field, name=_shop(report, line)))
    if wrong:
        return _page(report, wrong)
    submit = form.get("what") == "submit"
    bases = {line.id: form.get(f"{line.id}-base", line.ver) for line in report.lines}
    if not weekly.correct(user().id, report, values, submit=submit, bases=bases):
        return _page(
            _report(book_id, week),
            [_("Not all of it was taken: somebody changed it meanwhile, or a value does not fit.")],
        )
    flash(_("The report is submitted.") if submit else _("The corrections are kept."), "done")
    return redirect(url_for("reports.show", book_id=book_id, week=week), 303)


@blueprint.post("/<book_id>/<week>/accept")
@needs("accept")
def accept(book_id: str, week: str) -> AnyResponse:
    """Receive and sign a report."""
    return _decide(book_id, week, "accept")


@blueprint.post("/<book_id>/<week>/return")
@needs("return")
def send_back(book_id: str, week: str) -> AnyResponse:
    """Return a report with a word."""
    return _decide(book_id, week, "return")


@blueprint.get("/<book_id>/<week>/report.pdf")
@signed_in
def pdf(book_id: str, week: str) -> Response:
    """The report on paper."""
    report, specs = _report(book_id, week), _specs()
    read_log.note(user().id, "", "reports.pdf", report.book_name)
    total = [(specs[name].labels[language()], _shown(name, report.totals[name])) for name in SHOWN[:-1]]
    register = [(_("Book"), report.book_name), (specs["manager"].labels[language()], _who(report, report.manager))]
    sheet = paper.Sheet(
        title=f"{record_type('weekly_report').labels[language()]} {report.week_on} – {_until(report)}",
        register=[*register, *_signed(report), *total],
        groups=[],
        table=_on_paper(report),
        mark=user().name,
        foot=f"{company().name} · {report.book_name}",
    )
    return _file(paper.draw(sheet), "application/pdf", report, "pdf")


@blueprint.get("/<book_id>/<week>/report.xlsx")
@signed_in
def table(book_id: str, week: str) -> Response:
    """The report as an Excel file."""
    report = _report(book_id, week)
    read_log.note(user().id, "", "reports.table", report.book_name)
    rows = [[_shop(report, line), *(_cell(name, line.fields.get(name)) for name in SHOWN)] for line in report.lines]
    rows.append([_("Sum of the lines"), *(_cell(name, report.totals.get(name)) for name in SHOWN)])
    about = [
        [record_type("weekly_report").labels[language()], f"{report.week_on} – {_until(report)}"],
        [_specs()["manager"].labels[language()], _who(report, report.manager)],
        *([label, text] for label, text in _signed(report)),
    ]
    signed = (_("Signed by"), [_("Book"), report.book_name], about)
    return _file(sheets.workbook([(report.week_on, _headings(), rows), signed]), EXCEL, report, "xlsx")


def _headings() -> list[str]:
    specs = _specs()
    return [record_type("customer").labels[language()], *(specs[name].labels[language()] for name in SHOWN)]


def _on_paper(report: Report) -> paper.Table:
    rows = [[_shop(report, line), *(_shown(name, line.fields.get(name)) for name in SHOWN)] for line in report.lines]
    rows.append([_("Sum of the lines"), *(_shown(name, report.totals.get(name)) for name in SHOWN[:-1]), ""])
    words = (0, len(SHOWN))
    return paper.Table(_("Customers"), _headings(), rows, (34, 12, 14, 20, 20, 11, 30), words, bold_last=True)


def _file(data: bytes, kind: str, report: Report, ending: str) -> Response:
    name = f"week-{report.week_on}.{ending}"
    return Response(data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _decide(book_id: str, week: str, outcome: str) -> AnyResponse:
    report = _report(book_id, week)
    try:
        done = weekly.decide(user(), report, outcome, request.form.get("comment", ""))
    except ValueError:
        flash(_("Nothing was decided: the report is not submitted, or a returned one needs a word."), "wrong")
    else:
        said = _("The report is signed.") if outcome == "accept" else _("The report goes back.")
        flash(said if done else _("Nothing was changed: the values do not fit."), "done" if done else "wrong")
    return redirect(url_for("reports.show", book_id=book_id, week=week), 303)


def _report(book_id: str, week: str) -> Report:
    found = weekly.find(scope(), book_id, week, user())
    if found is None:
        absent()
    return found


def _page(report: Report, wrong: list[str]) -> str:
    return render_template(
        "reports/show.html",
        report=report,
        specs=_specs(),
        wrong=wrong,
        until=_until(report),
        shown=SHOWN,
        corrected=CORRECTED,
        who=_who,
        shop=_shop,
        entered=entered,
        text=_shown,
    )


def _specs() -> Any:
    return record_type("weekly_report").specs()


def _until(report: Report) -> str:
    return (date.fromisoformat(report.week_on) + timedelta(days=6)).isoformat()


def _who(report: Report, user_id: str | None) -> str:
    return report.names[user_id].text if user_id and user_id in report.names else "–"


def _shop(report: Report, line: Line) -> str:
    return report.names[line.customer].text if line.customer in report.names else "–"


def _signed(report: Report) -> list[tuple[str, str]]:
    found = [(_("Submitted"), instant(report.submitted_at))] if report.submitted_at else []
    if report.state == weekly.RECEIVED and report.review is not None:
        found.append((_("Received and signed by"), f"{_who(report, report.review.by)} · {instant(report.review.at)}"))
    return found


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "–"
    return str(money(value)) if name.endswith("_minor") else str(value)


def _cell(name: str, value: Any) -> Any:
    if name.endswith("_minor"):
        return Decimal(value or 0) / 100
    return Decimal(value or "0") if name == "quantity" else value
