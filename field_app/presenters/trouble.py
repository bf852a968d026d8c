"""What went wrong, in words: what was kept, and what to do."""

from __future__ import annotations

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters.reasons import reason, reasons
from sync_protocol.problems import PROBLEMS


def trouble(error: Exception) -> str:
    """An error as a sentence for people; one that nobody foresaw by its type, for the one who is asked about it."""
    found: object = getattr(error, "reasons", None)
    if isinstance(found, dict):
        return " ".join(reasons(codes) for codes in found.values())
    name = str(getattr(error, "name", ""))
    if name and problem_words(name) != name:
        return problem_words(name)
    kind = type(error).__name__
    by_kind = {
        "NoNetwork": problem_words("no-network"),
        "Unsigned": problem_words("no-network"),
        "WrongPassphrase": _("This passphrase does not open the device."),
        "WeakPassphrase": _("This passphrase is too easy to guess."),
        "DamagedKeyFile": _("The key file of this device is damaged. Nothing was changed; speak to head office."),
        "WrongKey": _("The store of this device is damaged. Nothing was changed; speak to head office."),
        "InvitationUnreadable": reason("invitation.format"),
        "NotHere": _("This photo is not on this phone."),
    }
    if kind in by_kind:
        return by_kind[kind]
    if isinstance(error, OSError):
        return _("The device could not be read or written ({what}).").format(what=error.strerror or kind)
    return _("Something went wrong ({what}). What you entered is kept.").format(what=f"{kind}: {error}"[:160])


def problem_words(name: str) -> str:
    """A problem of the wire by its name; one that the app does not know is shown as it is."""
    known = {
        "no-network": _("No connection to head office. Everything is kept on this device and will be sent later."),
        "code-wrong": _("Head office does not know this invitation. Ask for a new one."),
        "code-expired": _("This invitation is older than a day. Ask for a new one."),
        "code-used": _("This invitation was used already. Ask for a new one."),
        "device-unknown": _("Head office does not know this device. What is on it is kept; speak to head office."),
        "device-lost": _("This device was reported lost. Speak to head office."),
        "device-forked": _("There seems to be a copy of this device. What is on it is kept; speak to head office."),
        "schema-retired": _("This version of the app is too old to sync. Everything is kept; please update."),
        "busy": _("Head office is busy. It is tried again by itself."),
        "behind": _("Head office is being restored. It is tried again by itself."),
        "clock-apart": _("The clock of this device is far off. Set it right and sync again."),
    }
    if name in known:
        return known[name]
    return label(PROBLEMS[name][1]) if name in PROBLEMS else name
