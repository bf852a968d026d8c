"""Why something was refused, in words: the codes of the field checks and the problems of the wire."""

from __future__ import annotations

from collections.abc import Iterable

from field_app.language import gettext as _


def reason(code: str) -> str:
    """One code as a sentence that says what to do; a code that the app does not know is shown as it is."""
    known = {
        "required": _("Please fill this in."),
        "text.too-long": _("This is too long."),
        "text.control-character": _("There is a character in it that cannot be kept."),
        "text.type": _("This is not text."),
        "phone.format": _("A telephone number has digits, spaces and + ( ) - only."),
        "decimal.format": _("Please type a number, like 12 or 12.5."),
        "integer.type": _("Please type a whole number."),
        "integer.range": _("This number is too large."),
        "count.range": _("This number is too small."),
        "money.format": _("Please type a sum, like 12.50."),
        "day.format": _("Please type a day as year-month-day, like 2026-11-25."),
        "instant.format": _("Please type day and time, like 2026-11-25 09:30."),
        "coordinate.format": _("Please type degrees, like 31.2304."),
        "list.type": _("This is not a list."),
        "field.unknown": _("This version of the app does not know this field."),
        "field.system": _("The system computes this; nobody types it."),
        "list.too-long": _("These are too many."),
        "visit.already-open": _("You are still checked in elsewhere. Check out there first."),
        "visit.not-open": _("This visit is over already."),
        "customer.unknown": _("This customer is no longer on this phone."),
        "product.unknown": _("This product is no longer offered."),
        "quantity.positive": _("Please type a number above zero."),
        "photo.unreadable": _("This is not a picture."),
        "photo.too-large": _("This picture is too large."),
        "book.none": _("Head office has given you no round yet."),
        "book.left": _("This customer went to another round."),
        "erased": _("Head office erased this customer. Nothing about it is kept any more."),
        "removed": _("This was removed meanwhile. Restore it first, or leave it."),
        "customer.removed": _("The customer was removed meanwhile; your work was kept with it."),
        "incomplete": _("It was taken without this, which newer versions of the app ask for."),
        "not-holder": _("This seat is not yours any more, so the decision is not either."),
        "decided": _("Somebody else decided this first, and otherwise."),
        "parent-declined": _("The new customer that this belongs to was declined."),
        "id-taken": _("This cannot be created a second time. Please enter it anew."),
        "id-reused": _("This arrived before with other content; what arrived first counts."),
        "record.unknown": _("Head office waits for what this belongs to."),
        "parent.unknown": _("Head office waits for what this belongs to."),
        "parent.other-customer": _("This belongs to another customer."),
        "field.other-seat": _("Somebody else maintains this field."),
        "superseded": _("A later change of yours was there already; it counts."),
        "value.shortened": _("Only a part of this value is shown here. Please type it whole."),
        "set.too-large": _("This is too much at once. Please enter it in parts."),
        "quarantined": _("Head office put this aside; a person looks at it."),
        "quota.proposals": _("Too many proposals for one day. Nothing is lost: send it again tomorrow."),
        "quota.quarantine": _("Too much of this phone's work waits at head office. Please call there."),
        "internal": _("Head office could not take this, through no fault of yours; it was put aside for a person."),
        "taken-over": _("Head office took this over; nothing is left to do."),
        "discarded": _("Head office discarded this, because what it belongs to never came."),
        "flag.type": _("Please choose yes or no."),
        "time.format": _("Please type a time, like 09:30."),
        "nothing.changed": _("Nothing is changed yet."),
        "instant.future": _("This is still to come."),
        "instant.order": _("This is before the beginning."),
        "passphrase.short": _("Use at least 8 characters."),
        "passphrase.differs": _("The two are not the same."),
        "invitation.format": _("This is not an invitation. It begins with «roundbook:1?»."),
    }
    return known.get(code, code)


def reasons(codes: Iterable[str]) -> str:
    """Several codes as one text."""
    return " ".join(reason(code) for code in codes)
