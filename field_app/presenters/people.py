"""Names of people: those who hold seats on this user's books came with the scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from field_app.language import gettext as _

if TYPE_CHECKING:
    from field_app.device import Device


def name_of(device: Device, user: str | None) -> str:
    """The name of a user; of one who is not known here a short form of the id, "" for nobody."""
    if not user:
        return ""
    if user == device.identity.user_id:
        return str(device.identity.user_name)
    known: dict[str, str] = device.settings.get("people", {})
    return known.get(user) or _("user {id}").format(id=user[-4:])
