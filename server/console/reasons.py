"""Why something was refused, in words. A code that has none here is shown as it is."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

_WORDS = {
    "required": _l("This must be filled in."),
    "field.unknown": _l("This field is not known here."),
    "field.system": _l("This is computed; nobody enters it."),
    "field.other-seat": _l("Another seat maintains this field."),
    "not-holder": _l("Only the holder of the seat may do this."),
    "decided": _l("It was decided before, the other way."),
    "removed": _l("The record was removed meanwhile."),
    "erased": _l("The record was erased."),
    "incomplete": _l("It was taken without this, which newer versions of the app ask for."),
    "id-taken": _l("A record with this number exists already."),
    "record.unknown": _l("The record is not there."),
    "customer.unknown": _l("The customer is not there."),
    "customer.differs": _l("The record belongs to another customer."),
    "parent.unknown": _l("What it belongs to is not there."),
    "parent.other-customer": _l("What it belongs to is another customer's."),
    "reference.unknown": _l("There is no customer with this code in your books."),
    "type.server-only": _l("Only the server makes such records."),
    "type.unknown": _l("This kind of record is not known here."),
    "text.too-long": _l("The text is too long."),
    "text.control-character": _l("The text holds characters that cannot be shown."),
    "text.type": _l("This must be text."),
    "phone.format": _l("This is no telephone number: digits, spaces, + ( ) - and an extension are."),
    "decimal.format": _l("This is no number with at most 6 decimals."),
    "money.format": _l("This is no amount of money."),
    "integer.type": _l("This is no whole number."),
    "integer.range": _l("This number is too large."),
    "count.range": _l("This number is too small."),
    "flag.type": _l("This must be yes or no."),
    "day.format": _l("This is no day."),
    "instant.format": _l("This is no day and time."),
    "coordinate.format": _l("This is no coordinate in degrees, such as 41.5868."),
    "list.type": _l("This must be a list."),
    "code.fixed": _l("This stays as it is: what was chosen before must keep its meaning. Make another entry."),
    "code.taken": _l("This list has an entry with this code already: change that one."),
    "superseded": _l("A later value of the same author was there already."),
    "op.not-built": _l("This release does not do this yet."),
    "id-reused": _l("The number of the change set was used before, for other content."),
    "set.too-large": _l("The change set is too large."),
    "internal": _l("The server failed five times on this change set."),
    "taken-over": _l("Head office took it over."),
    "discarded": _l("Head office discarded it while it waited."),
    "schema.unknown": _l("The app that made it is too old or too new for this server."),
    "book.unknown": _l("The book is not there."),
    "author.other": _l("It names another author than the device's user."),
}


def reason(code: str) -> str:
    """A reason code in words."""
    return str(_WORDS.get(code, code))
