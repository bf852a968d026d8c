"""A field that is added to a record type in one place is on the console, without a line being changed there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.storage import typed
from sync_protocol.fields import count
from sync_protocol.records import base, record_type
from tests.console.browser import Person, shown
from tests.head_office import HeadOffice, open_office

LABELS = ("Windows to the street", "临街橱窗", "臨街櫥窗")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    """A head office whose customers have one field more."""
    declared = record_type("customer")
    field = count(LABELS, group="business", listed=True, unit=("panes", "扇", "扇"))
    base.register(type("Customer", (declared,), {"street_windows": field, "__doc__": "A customer with windows."}))
    try:
        found = open_office(tmp_path)
        found.user("admin", "administrator")
        found.user("li")
        found.book("north", maintainer="li")
        yield found
    finally:
        base.register(declared)
        typed._made.pop(declared, None)


def test_a_new_field_is_in_list_page_form_history_and_reasons(office):
    customer = office.customer("north", "Lucky Star", street_windows=3)
    li = Person(office.app, "li")

    assert "Windows to the street" in li.page("/customers") and "3 panes" in shown(li.page("/customers"))
    assert "Windows to the street 3 panes" in shown(li.page(f"/customers/{customer}"))
    assert 'name="street_windows"' in li.page(f"/customers/{customer}/edit")
    wrong = li.post(f"/customers/{customer}/edit", {"store_name": "Lucky Star", "street_windows": "many"})
    assert wrong.status_code == 422 and "This is no whole number." in wrong.text
    refused = li.post(f"/customers/{customer}/edit", {"store_name": "Lucky Star", "street_windows": "-1"})
    assert refused.status_code == 422 and "This number is too small." in refused.text
    assert (
        li.post(
            f"/customers/{customer}/edit",
            {"seen": '{"street_windows": 3, "store_name": "Lucky Star"}', "street_windows": "5"},
        ).status_code
        == 303
    )
    history = shown(li.page(f"/customers/{customer}/history/street_windows"))
    assert "5 panes 3 panes Li head office" in history
    li.speak("zh_Hant")
    assert "臨街櫥窗" in li.page(f"/customers/{customer}") and "5 扇" in shown(li.page(f"/customers/{customer}"))
