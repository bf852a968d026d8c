"""What the pages call the parts of the backup, and what is wrong with it."""

from __future__ import annotations

from flask_babel import gettext as _

from server.console.access import can
from server.services.backup import alarm


def backup_alarms() -> list[str]:
    """What is red about the backup, in words, for those who may see it; empty if nothing is."""
    if not can("see_backups"):
        return []
    words = concerns()
    return [words[concern.code] for concern in alarm.red()]


def parts_of_a_run() -> dict[str, str]:
    """The parts of a run that is at work."""
    return {
        "database": _("The database is sealed and stored"),
        "photos": _("New photos are sealed and stored"),
        "restore": _("The stored bytes are restored and compared"),
    }


def concerns() -> dict[str, str]:
    """What is wrong, in words; the codes are those of `server.services.backup.status`."""
    return {
        "holders": _("Fewer than two key holders have shown that they can decrypt."),
        "never": _("There is no verified archive yet."),
        "late": _("The last verified archive is older than 8 days."),
        "failed": _("The last run failed."),
        "segments": _("Changes wait for longer than 15 minutes to be sealed."),
        "rebase": _("The tables have changed with an update: segments go on behind the next archive."),
        "damaged": _("The store was read through, and something in it is wrong."),
        "photos": _("Photos cannot be read on this server and are in no archive."),
        "proof": _("A key holder has not shown in the last 90 days that he can decrypt."),
        "drill": _("Nobody has restored an archive by hand for 100 days."),
        "no-drill": _("Nobody has restored an archive by hand yet."),
        "same-disk": _("The archives lie on the same disk as the data."),
    }
