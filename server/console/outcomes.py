"""What became of a decision, in words."""

from __future__ import annotations

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from server.console.reasons import reason
from server.services.deciding import Outcome

_DONE = {
    "accept": _l("Accepted: it counts now."),
    "return": _l("Returned with your comment. Its author sees it after the next sync."),
    "take back": _l("Taken back: the value that had lost counts again."),
    "adopt": _l("Taken over: it counts now, in your name."),
    "edit": _l("Set: your value counts now."),
    "keep": _l("Kept as it is."),
    "seen": _l("Accepted."),
}


def tell(outcome: Outcome, act: str) -> None:
    """Say it on the next page."""
    match outcome.word:
        case "applied":
            flash(str(_DONE[act]), "done")
        case "merged":
            flash(_("Somebody had decided the same before you; nothing was changed."), "done")
        case "kept-both":
            flash(
                _("It counts now, though somebody had changed it meanwhile; his value is kept as a conflict."),
                "waiting",
            )
        case "waiting":
            flash(_("It waits: what it belongs to has to be accepted first."), "waiting")
        case "still-waits":
            flash(
                _("It still waits: what it needs is not there. Correct it, or take over first what it waits for."),
                "waiting",
            )
        case "noted":
            flash(_("It stands in the read log now, under the name of the one who read."), "done")
        case "proposed":
            flash(_("It needs another decision, and stands in the inbox for that."), "waiting")
        case "changed":
            flash(_("The record was changed meanwhile. Nothing was decided yet; look at it again."), "waiting")
        case "decided":
            flash(_("Somebody decided this before you. Nothing was changed."), "wrong")
        case "not-holder":
            flash(_("Somebody else decides this. Nothing was changed."), "wrong")
        case _:
            codes = [code for each in outcome.wrong.values() for code in each] or [outcome.word]
            flash(" ".join([_("Nothing was changed."), *dict.fromkeys(reason(code) for code in codes)]), "wrong")
