"""Head office puts its files in order while a phone still works on them: two files of one shop are merged, one customer is erased."""

from __future__ import annotations

from collections.abc import Callable

from field_app.device import Device
from field_app.services import contacts, reading
from server.services import clock, users
from server.services.operations import erasure_requests, merging
from server.services.push import office_push

REASON = "The owner asked for it in writing."


def tidy(device: Device, sync: Callable[[], None]) -> list[str]:
    """Make three customers in the phone's book, merge two, erase one; the phone calls at the wrong file meanwhile.

    Args: sync: of the phone. Returns: what did not go as it must, in words; none if all did. Needs an app context.
    """
    book = next(book for book, entry in device.scope.items() if entry["access"] == "hold")
    names = ("Corner Kiosk", "Corner Kiosk, 2nd Street", "Kiosk that closed")
    twin, shop, closed = (_customer(book, name) for name in names)
    sync()
    call = contacts.record(device, twin, {"content": "They moved the shelf."})
    contacts.record(device, closed, {"content": "Nobody there."})

    manager, admin = users.by_login("garcia"), users.by_login("admin")
    assert manager is not None and admin is not None
    merging.merge_customers(twin, shop, manager.id)
    erasure_requests.consent(erasure_requests.ask(closed, admin.id, REASON), manager.id)
    sync()

    found = []
    if reading.shown(device, call).customer != shop:
        found.append("the call at the file that was merged away is not below the one that stayed")
    if any(record.customer == closed for record in reading.recent(device, "contact_record")):
        found.append("something of the erased customer is on the phone")
    return found


def _customer(book: str, name: str) -> str:
    record = clock.new_id()
    change = {"op": "create", "type": "customer", "record": record, "customer": record, "set": {"store_name": name}}
    office_push(users.SYSTEM, book, "import", [{**change, "seat": "maintainer", "term": 0}], system=True)
    return record
