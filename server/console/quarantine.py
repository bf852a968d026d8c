"""Quarantine: one set that the server could not take, with its reasons; correct it, take it over, or discard it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import forms, noted
from server.console.access import absent, can, needs, scope, signed_in, user
from server.console.outcomes import tell
from server.console.reasons import reason
from server.services import editing, users
from server.services.quarantine import put_aside, settling
from server.services.quarantine.lacking import CUSTOMER
from server.services.quarantine.put_aside import PutAside

LEFT_OUT = "left-out"
blueprint = Blueprint("quarantine", __name__, url_prefix="/quarantine")


@blueprint.get("/<set_id>")
@signed_in
def show(set_id: str) -> str:
    found = _found(set_id)
    noted.seen(*(part.customer for part in found.parts))
    return _page(found)


@blueprint.post("/<set_id>/adopt")
@needs("accept")
def adopt(set_id: str) -> Response:
    """Take it over in one's own name, with what was corrected."""
    found = _found(set_id)
    texts = {name: text for name, text in request.form.items() if "-" in name}
    corrected, wrong = _read(found, texts)
    customers, no_customers = _customers(found, texts)
    if wrong or no_customers:
        return make_response(_page(found, texts, wrong | no_customers), 422)
    outcome = settling.adopt(user(), scope(), found, corrected, customers)
    if outcome.wrong:
        again = {f"{part.n}-{name}": codes for part in found.parts for name, codes in outcome.wrong.items()}
        return make_response(_page(found, texts, again), 422)
    tell(outcome, "adopt")
    return redirect(url_for("quarantine.show", set_id=set_id), 303)


@blueprint.post("/<set_id>/discard")
@needs("return")
def discard(set_id: str) -> Response:
    """Give it up, with a reason."""
    found, why = _found(set_id), request.form.get("reason", "").strip()
    if not settling.may_discard(user(), found):
        flash(_("This notes what you read yourself. Somebody else decides about it."), "wrong")
    elif not why:
        flash(_("Nothing was discarded: say why."), "wrong")
    elif settling.discard(user(), found, why):
        flash(_("Discarded. It stays here to be read, with your reason."), "done")
    else:
        flash(_("Somebody decided this before you. Nothing was changed."), "wrong")
    return redirect(url_for("quarantine.show", set_id=set_id), 303)


def _found(set_id: str) -> PutAside:
    found = put_aside.load(scope(), set_id, user().id, everything=can("administer") or can("see_read_log"))
    if found is None:
        absent()
    return found


def _read(found: PutAside, texts: Mapping[str, str]) -> tuple[dict[int, dict[str, Any]], dict[str, list[str]]]:
    """The corrected values by change and field, and what is no value; the fields of a form are called `number-field`."""
    corrected: dict[int, dict[str, Any]] = {}
    wrong: dict[str, list[str]] = {}
    for part in found.parts:
        for name, spec in part.wrong.items():
            text = texts.get(f"{part.n}-{name}")
            if text is None:
                continue
            try:
                corrected.setdefault(part.n, {})[name] = forms.value_of(spec, text)
            except forms.Wrong as error:
                wrong[f"{part.n}-{name}"] = [str(error)]
    for lacks in found.lacking:
        if lacks.can_be_left_out and texts.get(f"{lacks.n}-{lacks.name}") == LEFT_OUT:
            corrected.setdefault(lacks.n, {})[lacks.name] = None
    return corrected, wrong


def _customers(found: PutAside, texts: Mapping[str, str]) -> tuple[dict[int, str], dict[str, list[str]]]:
    """The customers in place of those who are not there, by change, and what is no code of one."""
    named: dict[int, str] = {}
    wrong: dict[str, list[str]] = {}
    for lacks in found.lacking:
        text = texts.get(f"{lacks.n}-{CUSTOMER}", "").strip()
        if lacks.name != CUSTOMER or not text:
            continue
        customer = editing.customer_by_code(scope(), text)
        if customer is None:
            wrong[f"{lacks.n}-{CUSTOMER}"] = ["reference.unknown"]
        else:
            named[lacks.n] = customer
    return named, wrong


def _page(found: PutAside, texts: Mapping[str, str] | None = None, wrong: Mapping[str, list[str]] | None = None) -> str:
    wrong = wrong or {}
    entered = {
        f"{part.n}-{name}": str(part.asked.get(name) if part.asked.get(name) is not None else "")
        for part in found.parts
        for name in part.wrong
    }
    return render_template(
        "quarantine/show.html",
        found=found,
        may_discard=settling.may_discard(user(), found),
        may_adopt=settling.may_adopt(user(), found),
        left_out=LEFT_OUT,
        texts={**entered, **(texts or {})},
        wrong={name: [reason(code) for code in codes] for name, codes in wrong.items()},
        people={each.id: each.name for each in users.all_users() if each.active},
    )
