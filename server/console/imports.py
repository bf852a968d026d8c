"""Import: a file is brought, what was understood of it is shown and can be set right, then it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.console.access import needs, user
from server.console.language import language
from server.services import parts
from server.services.importing import background, outcome, waiting
from server.services.importing.answers import COLUMN, ENCODINGS, LEAVE_OUT, Question, answers_of
from server.services.importing.known import Known
from server.services.importing.loading import company_of, load_known
from server.services.importing.messages import ImportProblem, message
from server.services.importing.plan import ImportPlan, plan_import
from server.services.importing.reading import FILE_LIMIT_MB, read_file
from server.services.importing.refused import refused_file
from server.services.importing.tables import Column
from server.services.importing.targets import LINE, Target, Targets
from server.services.importing.waiting import NotWaiting, Waiting
from server.services.importing.writing import write_plan

blueprint = Blueprint("imports", __name__, url_prefix="/import")

REFUSED_SHOWN = 50
IN_REQUEST = 2000  # rows; a longer file is written by a worker


@blueprint.get("")
@needs("import")
def index() -> str:
    return _door()


@blueprint.post("")
@needs("import")
def bring() -> AnyResponse:
    """Take a file in, and say at once if it is none that can be read."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return make_response(_door(say("page.no-file")), 422)
    data = upload.read(FILE_LIMIT_MB * 2**20 + 1)
    name = upload.filename.replace("\\", "/").rpartition("/")[2][:120]
    try:
        read_file(data, name)
    except ImportProblem as problem:
        if problem.message.code != "encoding.unknown":  # this one is set right on the next page
            return make_response(_door(problem.message.text(language())), 422)
    token = waiting.bring(data, name, user().id)
    return redirect(url_for("imports.show", token=token), 303)


@blueprint.get("/<token>")
@needs("import")
def show(token: str) -> AnyResponse:
    """What was understood, with the answers that the address carries."""
    found = _waiting(token)
    if found.outcome is not None or (found.begun and not found.begun["wrong"]):
        return redirect(url_for("imports.done", token=token), 302)
    form = {**found.begun["form"], **request.args} if found.begun else request.args
    return _review(found, form, found.begun["wrong"] if found.begun else "")


@blueprint.post("/<token>")
@needs("import")
def write(token: str) -> AnyResponse:
    """Write it, unless something is still to be decided."""
    found = _waiting(token)
    if found.outcome is not None or (found.begun and not found.begun["wrong"]):
        return redirect(url_for("imports.done", token=token), 303)
    try:
        understood = _understand(found, request.form)
        if understood.plan.questions:
            return _review(found, request.form, status=422)
        if understood.plan.rows > IN_REQUEST:
            background.ask_for(found, user().id, request.form, language())
            return redirect(url_for("imports.done", token=token), 303)
        written = write_plan(understood.plan, understood.known, author=user().id)
    except ImportProblem as problem:
        return _review(found, request.form, problem.message.text(language()), status=422)
    told = outcome.as_json(understood.plan, written, language())
    content, form = refused_file(understood.plan, language()) if understood.plan.returned else (b"", "")
    waiting.finish(found, user().id, {**told, "refused_form": form}, content)
    return redirect(url_for("imports.done", token=token), 303)


@blueprint.get("/<token>/done")
@needs("import")
def done(token: str) -> AnyResponse:
    found = _waiting(token)
    if found.outcome is None and found.begun and not found.begun["wrong"]:
        answer = make_response(render_template("imports/running.html", say=say, name=found.name, begun=found.begun))
        answer.headers["Refresh"] = "2"
        return answer
    if found.outcome is None:
        return redirect(url_for("imports.show", token=token), 302)
    return make_response(
        render_template("imports/done.html", say=say, name=found.name, token=token, told=found.outcome)
    )


@blueprint.get("/<token>/refused")
@needs("import")
def refused(token: str) -> AnyResponse:
    """The refused rows: of an import that was done, or as it would be with the answers that the address carries."""
    found = _waiting(token)
    if found.outcome is not None:
        content, form = waiting.refused(token), str(found.outcome["refused_form"])
    else:
        try:
            plan = _understand(found, request.args).plan
        except ImportProblem:
            return redirect(url_for("imports.show", token=token), 302)
        content, form = refused_file(plan, language()) if plan.returned else (b"", "")
    if not content:
        return redirect(url_for("imports.show", token=token), 302)
    answer = make_response(content)
    stem = found.name.rpartition(".")[0] or found.name
    answer.headers.set("Content-Disposition", "attachment", filename=f"{stem.removesuffix('-refused')}-refused.{form}")
    answer.mimetype = _TYPES[form]
    return answer


@blueprint.post("/<token>/discard")
@needs("import")
def discard(token: str) -> AnyResponse:
    _waiting(token)
    waiting.discard(token)
    return redirect(url_for("imports.index"), 303)


_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def say(code: str, /, **values: Any) -> str:
    """The import's own words, in the language of the page."""
    return message(code, **values).text(language())


def _waiting(token: str) -> Waiting:
    """What waits for this person under a token; who has nothing there is led back to the door, whoever else may have."""
    try:
        return waiting.find(token, user().id)
    except NotWaiting:
        abort(redirect(url_for("imports.index"), 303 if request.method == "POST" else 302))


def _door(wrong: str = "") -> str:
    return render_template(
        "imports/index.html", say=say, wrong=wrong, fields=_fields(Targets()), limit=FILE_LIMIT_MB, language=language
    )


@dataclass(frozen=True, slots=True)
class _Understood:
    plan: ImportPlan
    known: Known


def _understand(found: Waiting, form: Mapping[str, str]) -> _Understood:
    answers, known = answers_of(form), load_known()
    source = read_file(waiting.content(found.token), found.name, encoding=answers.encoding)
    return _Understood(plan_import(source, answers, known, company_of(parts.config())), known)


def _review(found: Waiting, form: Mapping[str, str], wrong: str = "", *, status: int = 200) -> Response:
    try:
        plan = _understand(found, form).plan
    except ImportProblem as problem:
        plan, wrong, status = None, problem.message.text(language()), 422
    targets = Targets()
    page = render_template(
        "imports/show.html",
        say=say,
        token=found.token,
        name=found.name,
        plan=plan,
        wrong=wrong,
        form=form,
        fields=_fields(targets),
        encodings=ENCODINGS,
        counts=plan.counts() if plan else {},
        books=outcome.books(plan) if plan else {},
        refused=plan.refused[:REFUSED_SHOWN] if plan else [],
        said=_said,
        leave_out=LEAVE_OUT,
        asked={name for question in (plan.questions if plan else ()) for name in _columns_of(question)},
        needs_reading=any(
            question.kind in ("date_order", "currency", "name") for question in (plan.questions if plan else ())
        ),
        label_in=language(),
        column_prefix=COLUMN,
    )
    return make_response(page, status)


def _columns_of(question: Question) -> list[str]:
    """The columns that a question is about."""
    if question.kind == "twice":
        return [choice.value for choice in question.choices]
    return [question.column]


def _said(column: Column, form: Mapping[str, str]) -> str:
    """What a person said of a column, if anything."""
    return form.get(COLUMN + column.name, "")


def _fields(targets: Targets) -> dict[str, list[Target]]:
    """The fields that a column may be, by record type; what a product and an order line share stands once."""
    found: dict[str, list[Target]] = {}
    for target in targets.all:
        twin = target.type == LINE and f"product.{target.field}" in targets.by_key
        if not target.is_computed and not twin:
            found.setdefault(target.type_labels[language()], []).append(target)
    return found
