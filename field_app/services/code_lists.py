"""The code lists of the company on the device: read anew when a book was written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from field_app.services import reading
from sync_protocol.code_lists import CodeLists

if TYPE_CHECKING:
    from field_app.device import Device

_MEMORY = "code lists"
ENTRIES_MOST = 2000


def current(device: Device) -> CodeLists:
    """All lists, as they were synced last."""
    with device.lock:
        databases = [device.books.store(book).database for book in sorted(device.shown_books())]
        seen: tuple[Any, ...] = tuple((database, database.writes) for database in databases)
        held = device.memory.get(_MEMORY)
        if held is None or held[0] != seen:
            entries = reversed(reading.recent(device, "code_entry", ENTRIES_MOST))
            held = (seen, CodeLists(entry.fields for entry in entries))
            device.memory[_MEMORY] = held
        found: CodeLists = held[1]
        return found
