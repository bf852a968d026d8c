"""What a device made does not come back to it: the server names it, and the device has the values itself (decision 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import contacts, customers, orders
from field_app.store.books import Confirmed
from field_app.store.outbox import Outbox
from server.services import pull
from tests.device.builders import sync
from tests.head_office import HeadOffice

Enrol = Callable[..., Device]


def north(device: Device) -> str:
    return next(book for book, held in device.scope.items() if held["seats"])


def held(device: Device) -> dict[str, Confirmed]:
    """All that a device has of the north, as it came."""
    store = device.books.store(north(device))
    return {found.id: found for found in store.records(store.versions())}


def a_days_work(office: HeadOffice, device: Device) -> list[str]:
    shop, rye = office.customer("north", "Busy Shop"), office.product(f"R-{len(held(device))}", "Rye", 1999)
    sync(device)
    made = [contacts.record(device, shop, {"content": f"call {number}", "channel": "phone"}) for number in range(3)]
    made.append(orders.place(device, shop, [{"product": rye, "quantity": "12"}]))
    made.append(customers.create(device, {"store_name": "New Shop", "bank_account": "440106198001011234"}))
    return made


def test_what_a_device_made_is_not_sent_back_and_stands_there_as_on_any_other(office: HeadOffice, enrol: Enrol) -> None:
    device = enrol("li")
    made = a_days_work(office, device)

    report = sync(device)

    assert (report.applied, report.received, report.reloaded) == (len(made), 0, [])
    other = held(enrol("li", home="another phone"))
    mine = held(device)
    assert set(made) <= set(mine)
    assert mine == other
    assert all(mine[record].rev == 1 and mine[record].ver for record in made)


def test_a_secret_that_was_typed_here_is_shortened_here_too(office: HeadOffice, enrol: Enrol) -> None:
    """Decision 4: after its acceptance nobody's device holds it whole."""
    device = enrol("li")
    shop = a_days_work(office, device)[-1]
    sync(device)

    assert held(device)[shop].fields["bank_account"] == "…1234"


def test_what_somebody_changed_before_the_answer_comes_whole(office: HeadOffice, enrol: Enrol) -> None:
    device = enrol("li")
    made = a_days_work(office, device)
    sync(device)
    order = made[3]

    office.write("north", {"op": "edit", "type": "order", "record": order, "customer": held(device)[order].customer,
                           "seat": "maintainer", "term": 0, "set": {"note": "by Friday"}})  # fmt: skip

    assert sync(device).received == 1
    assert held(device)[order].fields["note"] == "by Friday"


def test_a_record_that_cannot_be_made_again_has_its_book_loaded_anew(
    office: HeadOffice, enrol: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = enrol("li")
    made = a_days_work(office, device)
    right = pull.made_by

    def mixed_up(*given: object) -> dict[tuple[str, str], pull.Own]:
        found = right(*given)  # type: ignore[arg-type]
        return dict(zip(found, [*list(found.values())[1:], *list(found.values())[:1]], strict=True))

    monkeypatch.setattr(pull, "made_by", mixed_up)

    report = sync(device)

    assert report.reloaded == [north(device)] and report.applied == len(made)
    assert held(device) == held(enrol("li", home="another phone"))


def test_values_that_are_not_those_that_head_office_has_are_not_taken_for_them(
    office: HeadOffice, enrol: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = enrol("li")
    a_days_work(office, device)
    right = Outbox.bodies

    def damaged(self: Outbox, ids: Iterable[str]) -> dict[str, Any]:
        found = right(self, ids)
        for body in found.values():
            body["changes"][0]["set"].pop("channel", None)
        return found

    monkeypatch.setattr(Outbox, "bodies", damaged)

    report = sync(device)

    assert report.reloaded == [north(device)]
    assert held(device) == held(enrol("li", home="another phone"))
