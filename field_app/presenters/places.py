"""The four places of the app, and which page comes first."""

from __future__ import annotations

from field_app.language import gettext as _
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell


def places() -> list[tuple[str, str, str]]:
    """(key, icon, word) of the four places in the bar at the bottom."""
    return [
        ("today", "calendar-check-outline", _("Today")),
        ("customers", "storefront-outline", _("Customers")),
        ("orders", "clipboard-text-outline", _("Orders")),
        ("more", "dots-horizontal", _("More")),
    ]


def place(shell: Shell, key: str) -> Page:
    """The page of one of the four places."""
    from field_app.presenters.customers import CustomersPage
    from field_app.presenters.more import MorePage
    from field_app.presenters.orders import OrdersPage
    from field_app.presenters.today import TodayPage

    pages: dict[str, type[Page]] = {
        "today": TodayPage,
        "customers": CustomersPage,
        "orders": OrdersPage,
        "more": MorePage,
    }
    return pages[key](shell)


def first_page(shell: Shell, *, sync: bool = False) -> Page:
    """What a person sees after unlocking: today; after enrolling, the first sync."""
    from field_app.presenters.sync import SyncPage

    return SyncPage(shell, first=True) if sync else place(shell, "today")


def locked_page(shell: Shell, invitation: str = "", *, was_locked: bool = False) -> Page:
    """What a person sees while the app is locked: unlock, or set up if there is nothing to unlock."""
    from field_app.device import known_devices
    from field_app.presenters.enrol import EnrolPage
    from field_app.presenters.unlock import UnlockPage

    devices = list(known_devices(shell.session.home))
    if not devices or invitation:
        return EnrolPage(shell, invitation, first=not devices)
    return UnlockPage(shell, devices, was_locked=was_locked)
