"""What the pages about messages say: states, reasons, prices; and whom a word in a form means."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from server.console.language import language
from server.services import clock, parts
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.typed import typed_table
from sync_protocol.fields import Labels
from sync_protocol.messaging.parts import parts_of
from sync_protocol.messaging.states import STATES
from sync_protocol.messaging.templates import PLACEHOLDERS

SIGNS = {
    "queued": ("clock", ""),
    "sending": ("arrow", ""),
    "unknown": ("warning", "waiting"),
    "sent": ("arrow", "done"),
    "failed": ("cross", "wrong"),
    "delivered": ("tick", "done"),
}
_REASONS = {
    "no-number": _l("There is no telephone number."),
    "no-text": _l("There is no text."),
    "too-long": _l("The text takes more than 8 parts."),
    "opted-out": _l("This person wants no messages."),
    "greeted-today": _l("There was a greeting on this day already."),
    "list-cancelled": _l("The list was stopped."),
    "worker-ended": _l("The worker was ended in the midst of the call."),
    "no-answer": _l("The gateway took it and did not answer."),
    "connection-lost": _l("The connection broke in the midst of the call."),
    "unreachable": _l("The gateway cannot be reached."),
    "no-template-code": _l("This gateway sends approved templates only, and the text has no code."),
    "same-number": _l("Somebody else on the list has the same number."),
    "left": _l("This customer has left."),
    "closed": _l("This business is closed."),
    "no-such-address": _l("The gateway's address cannot be one: correct ROUNDBOOK_SMS_URL."),
    "not-allowed": _l("The author may not send messages."),
    "author-left": _l("Held: its author has left."),
    "restored": _l("Held: history was lost here, and it may have gone out already."),
    "nobody": _l("Nobody is left on the list."),
    "too-many": _l("The list is longer than 50,000."),
    "own-list": _l("Somebody else approves a list that you drew up."),
    "too-late": _l("The day of this greeting is over."),
    "decided": _l("The list is decided already."),
}


def states() -> dict[str, str]:
    """State -> what it is called."""
    return {state: Labels(*words)[language()] for state, words in STATES.items()}


def reason(code: str | None) -> str:
    """Why a message is where it is; what a gateway said is shown as it is."""
    if not code:
        return ""
    if code in _REASONS:
        return str(_REASONS[code])
    if code.startswith("no-") and code[3:] in PLACEHOLDERS:
        return str(_("The file has nothing for {%(name)s}.", name=code[3:]))
    return str(_("The gateway says: %(words)s", words=code))


def price(text: str) -> int:
    """What a message costs, in minor units."""
    return parts_of(text).parts * parts.config().sms.price_minor


def placeholders() -> list[tuple[str, str]]:
    """What may stand in a template: as it is written, and what it stands for."""
    return [(f"{{{name}}}", labels[language()]) for name, labels in PLACEHOLDERS.items()]


def today() -> date:
    """The company's day."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, ZoneInfo(parts.config().time_zone)).date()


def customer_of_code(scope: Collection[str], text: str) -> str | None:
    """The one customer of these books with this code or name; None if there is none, or more than one."""
    table = typed_table("customer")
    same = sa.or_(table.c.customer_code == text.strip(), table.c.store_name == text.strip())
    query = sa.select(table.c.id).where(same, within(table.c.book_id, scope), table.c.removed.is_(False))
    with reading() as connection:
        found = list(connection.scalars(query.limit(2)))
    return found[0] if text.strip() and len(found) == 1 else None
