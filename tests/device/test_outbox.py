"""What a person saved gets to the server once, whatever is lost; and he sees where it stands (R12, R32; decision 18)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import contacts, customers, orders, reading, returned, status, visits
from field_app.services.saving import Refused
from field_app.sync import requests
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport, NoNetwork
from sync_protocol.problems import Problem
from tests.device.builders import Cut, sync
from tests.device.scripted import HOLD, NORTH, Answer, ScriptedServer, a_record, applied, enrolled, record_id
from tests.device.test_a_day import server_counts
from tests.head_office import HeadOffice

Enrol = Callable[..., Device]
SHOP = record_id(1)


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest.fixture
def device(tmp_path: Path, server: ScriptedServer) -> Any:
    first: Answer = {"scope": {NORTH: HOLD}, "scope_tag": "1", "records": [a_record(1)], "cursors": {NORTH: "1.0.0"}}
    server.answer = lambda request: first
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None
    yield found
    found.close()


def call(device: Device, number: int) -> str:
    return contacts.record(device, SHOP, {"content": f"call {number}"})


def test_a_set_whose_answer_was_lost_is_counted_once(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Twice Shop")
    device = enrol("li")
    before = server_counts(office, "north").get("contact_record", 0)
    contacts.record(device, shop, {"content": "once"})
    way = Cut(HttpTransport(office.url))
    way.lose_answers = 1

    assert sync_once(device, way).error == "no-network"
    assert status.sync_status(device).waiting_records == 1
    report = sync_once(device, way)

    assert report.applied == 1 and report.error is None
    assert server_counts(office, "north")["contact_record"] == before + 1
    way.transport.close()


def test_more_sets_than_a_request_holds_go_in_one_sync(
    office: HeadOffice, enrol: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "SETS_LIMIT", 100)
    shop = office.customer("north", "Busy Shop")
    device = enrol("li")
    for number in range(230):
        contacts.record(device, shop, {"content": f"call {number}"})

    report = sync(device)

    assert report.applied == 230 and report.requests == 3
    assert device.outbox.unsettled_ids() == []


def test_where_work_stands_is_shown_from_saving_to_acceptance(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Steps Shop")
    device = enrol("li")
    customers.edit(device, shop, {"contact_person": "Ann"})
    assert reading.shown(device, shop).state == "on_phone"
    assert [row.state for row in reading.find_customers(device, "Steps")] == ["on_phone"]

    sync(device)

    assert reading.shown(device, shop).state == "accepted"


def test_an_edit_of_a_static_field_waits_for_the_supervisor_and_is_shown_beside_the_value_that_counts(
    office: HeadOffice, enrol: Enrol
) -> None:
    shop = office.customer("north", "Old Name", address="1 Elm")
    device = enrol("li")
    assert customers.field_mode(device, shop, "store_name") == "propose"
    assert customers.field_mode(device, shop, "contact_person") == "edit"
    assert customers.field_mode(device, shop, "grade") == "computed"
    assert customers.field_mode(device, shop, "loyalty") == "propose", "the supervisor's"
    customers.edit(device, shop, {"store_name": "New Name", "contact_person": "Ann", "loyalty": "good"})

    report = sync(device)

    seen = reading.shown(device, shop)
    assert report.proposed == 1 and seen.state == "to_decide"
    assert seen.fields["store_name"] == "Old Name" and seen.fields["contact_person"] == "Ann"
    assert seen.asked["store_name"] == "New Name" and "contact_person" not in seen.asked


def test_what_the_server_refuses_comes_back_with_its_reasons_and_stays_until_it_is_dismissed(
    device: Device, server: ScriptedServer
) -> None:
    call_id = call(device, 1)

    def refused(request: dict[str, Any]) -> Answer:
        found = applied(request, "refused")
        for verdict in found:
            verdict["changes"][0]["why"] = [{"field": "content", "code": "text.too-long"}]
        return {"verdicts": found}

    server.answer = refused
    report = sync_once(device, server)

    assert report.refused == 1
    seen = reading.shown(device, call_id)
    assert (
        seen.state == "returned"
        and seen.fields["content"] == "call 1"
        and seen.reasons == {"content": ["text.too-long"]}
    )
    (back,) = returned.returned(device)
    assert (back.id, back.customer) == (call_id, SHOP)
    assert status.sync_status(device).returned == 1
    assert reading.counts(device) == {"customer": 1}, "it is not there"

    returned.dismiss(device, call_id)
    assert returned.returned(device) == []


def test_a_visit_that_a_review_returned_is_shown_as_returned(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Reviewed Shop")
    device = enrol("li")
    visit = visits.check_in(device, shop)
    visits.check_out(device, visit, {"situation": "short"})
    sync(device)
    review = {
        "op": "create",
        "type": "review",
        "record": record_id(9001),
        "customer": shop,
        "set": {"of": visit, "outcome": "return", "comment": "More, please"},
    }
    office.write("north", review)

    sync(device)

    (back,) = [one for one in returned.returned(device) if one.id == visit]
    assert back.comment == "More, please" and back.title == "Reviewed Shop"
    assert reading.shown(device, visit).state == "returned"

    visits.note_visit(device, visit, {"situation": "All shelves counted, prices compared"})
    sync(device)
    assert reading.shown(device, visit).state == "accepted", "its author has worked on it since"
    assert visit not in [one.id for one in returned.returned(device)]


def test_a_waiting_set_is_shown_as_sent_and_asked_for_by_its_id(device: Device, server: ScriptedServer) -> None:
    call_id = call(device, 1)
    server.answer = lambda request: {"verdicts": applied(request, "waiting")}
    sync_once(device, server)
    assert reading.shown(device, call_id).state == "sent"

    sync_once(device, server)

    assert server.requests[-1]["sets"] == [] and len(server.requests[-1]["pending"]) == 1


def test_a_request_that_fails_thrice_is_halved_until_the_bad_set_is_alone_and_parked(
    device: Device, server: ScriptedServer
) -> None:
    """R32: the others go on."""
    for number in range(20):
        call(device, number)
    bad = device.outbox.in_state("ready")[6].id

    def crashing(request: dict[str, Any]) -> Answer:
        if any(one["set"]["id"] == bad for one in request["sets"]):
            return Problem("internal", "A fault.")
        return {"verdicts": applied(request)}

    server.answer = crashing
    tries = 0
    while device.outbox.find(bad).state != "parked":  # type: ignore[union-attr]
        sync_once(device, server)
        tries += 1
        assert tries < 60, "it never got parked"

    sync_once(device, server)

    assert len(device.outbox.in_state("settled")) == 19, "the others were not held up"
    assert status.sync_status(device).waiting_records == 1
    assert max(len(request["sets"]) for request in server.requests[:3]) == 20

    device.clock_ms.now_ms += 25 * 3600 * 1000  # type: ignore[attr-defined]
    server.answer = lambda request: {"verdicts": applied(request)}
    sync_once(device, server)
    assert device.outbox.unsettled_ids() == [], "tried again after a day"


def test_busy_is_not_counted_against_anything(device: Device, server: ScriptedServer) -> None:
    """R32: nor is a server that asks to wait."""
    call(device, 1)
    server.answer = lambda request: Problem("busy", "Later.")

    for _ in range(12):
        assert sync_once(device, server).error == "busy"

    assert device.outbox.unsettled_ids() == [saved.id for saved in device.outbox.in_state("ready")]


def test_sums_of_unanswered_work_and_sets_of_tags_show_at_once(device: Device) -> None:
    customers.edit(device, SHOP, {"business_tags": ["corner", "late"]})
    customers.edit(device, SHOP, {"business_tags": ["late", "bar"]})

    assert reading.shown(device, SHOP).fields["business_tags"] == ["late", "bar"]
    first, second = (saved.wire["changes"][0] for saved in device.outbox.in_state("ready"))  # type: ignore[index]
    assert first["put"] == {"business_tags": ["corner", "late"]} and "set" not in first
    assert second["put"] == {"business_tags": ["bar"]} and second["take"] == {"business_tags": ["corner"]}


def test_one_action_is_one_set_with_a_change_for_each_seat(device: Device) -> None:
    (set_id,) = customers.edit(device, SHOP, {"contact_person": "Ann", "loyalty": "good", "licence_type": "retail"})

    wire = device.outbox.find(set_id).wire  # type: ignore[union-attr]
    assert wire is not None
    assert [(c["seat"], sorted(c["set"])) for c in wire["changes"]] == [
        ("maintainer", ["contact_person"]),
        ("supervisor", ["loyalty"]),
        ("licensing", ["licence_type"]),
    ]
    assert [c["term"] for c in wire["changes"]] == [1, 0, 0]
    assert wire["changes"][0]["base"] == a_record(1)["ver"] and wire["changes"][0]["was"] == {"contact_person": None}


def test_nothing_is_saved_when_nothing_differs(device: Device) -> None:
    assert customers.edit(device, SHOP, {"store_name": "Shop 1", "contact_person": ""}) == []
    assert device.outbox.last_seq == 0


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({"contact_phone": "not a number"}, {"contact_phone": ["phone.format"]}),
        ({"grade": "A"}, {"grade": ["field.system"]}),
        ({"no_such_field": "x"}, {"no_such_field": ["field.unknown"]}),
        ({"contact_person": "Ann\x00"}, {"contact_person": ["text.control-character"]}),
    ],
)
def test_what_cannot_be_saved_is_refused_by_field_and_nothing_of_it_is_saved(
    device: Device, values: dict[str, Any], reasons: dict[str, list[str]]
) -> None:
    with pytest.raises(Refused) as refused:
        customers.edit(device, SHOP, {"contact_person": "Ann", **values})

    assert refused.value.reasons == reasons
    assert device.outbox.last_seq == 0


def test_an_order_is_refused_line_by_line(office: HeadOffice, enrol: Enrol) -> None:
    shop, product = office.customer("north", "Order Shop"), office.product("X9", "Rum", 1050)
    device = enrol("li")

    with pytest.raises(Refused) as refused:
        orders.place(
            device,
            shop,
            [
                {"product": product, "quantity": "2"},
                {"product": product, "quantity": "0"},
                {"product": record_id(404), "quantity": "1"},
            ],
        )
    assert refused.value.reasons == {"lines.1.quantity": ["quantity.positive"], "lines.2.product": ["product.unknown"]}

    order = orders.place(
        device,
        shop,
        [{"product": product, "quantity": "2.5"}, {"product": product, "quantity": 1, "unit_price_minor": 900}],
    )
    fields = reading.shown(device, order).fields
    assert [line["amount_minor"] for line in fields["lines"]] == [2625, 900] and fields["total_minor"] == 3525
    assert orders.last(device, shop).id == order  # type: ignore[union-attr]


def test_one_visit_is_open_at_a_time(device: Device) -> None:
    visit = visits.check_in(device, SHOP)
    with pytest.raises(Refused):
        visits.check_in(device, SHOP)

    visits.check_out(device, visit, {})

    assert visits.open_visit(device) is None
    with pytest.raises(Refused):
        visits.check_out(device, visit, {})
    assert visits.skip(device, SHOP, "closed today")


def test_a_new_customer_can_be_visited_before_the_server_knows_him(office: HeadOffice, enrol: Enrol) -> None:
    device = enrol("li")
    shop = customers.create(
        device, {"store_name": "Brand New", "address": "5 Oak", "contact_phone": "515 555 0000", "loyalty": "good"}
    )
    visit = visits.check_in(device, shop)
    visits.check_out(device, visit, {"situation": "opened last week"})
    assert [row.name for row in reading.find_customers(device, "brand")] == ["Brand New"]

    report = sync(device)

    assert (report.refused, report.waiting) == (0, 0)
    assert reading.shown(device, shop).fields["address"] == "5 Oak"
    assert [record.id for record in reading.below(device, shop, "visit")] == [visit]


def test_lost_requests_lose_nothing(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Tunnel Shop")
    device = enrol("li")
    contacts.record(device, shop, {"content": "from the tunnel"})
    way = Cut(HttpTransport(office.url))
    way.lose_requests = 3

    for _ in range(3):
        assert sync_once(device, way).error == "no-network"
        assert status.sync_status(device).offline
    assert sync_once(device, way).applied == 1
    assert not status.sync_status(device).offline
    way.transport.close()


def test_no_server_there_is_no_network() -> None:
    with pytest.raises(NoNetwork):
        HttpTransport("http://127.0.0.1:9").exchange("POST", "/sync/1", {}, b"")


def test_a_refused_record_is_corrected_by_a_new_set_in_its_place(device: Device, server: ScriptedServer) -> None:
    call_id = call(device, 1)
    server.answer = lambda request: {"verdicts": applied(request, "refused")}
    sync_once(device, server)

    returned.correct(device, call_id, {"content": "shorter"})
    server.answer = lambda request: {"verdicts": applied(request)}
    sync_once(device, server)

    (one,) = server.requests[-1]["sets"]
    first = server.requests[-2]["sets"][0]["set"]
    assert one["set"]["replaces"] == first["id"] and one["seq"] == 2
    assert one["set"]["changes"][0]["record"] == call_id and one["set"]["changes"][0]["set"]["content"] == "shorter"
    assert returned.returned(device) == []
    with pytest.raises(KeyError):
        returned.correct(device, call_id, {"content": "again"})


def test_somebody_who_looks_during_a_sync_sees_every_record_once(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Watched Shop")
    device = enrol("li")
    stop, seen, wrong = threading.Event(), 0, []

    def syncing() -> None:
        while not stop.is_set():
            report = sync_once(device, HttpTransport(office.url))
            if report.error:
                wrong.append(report.error)

    thread = threading.Thread(target=syncing)
    thread.start()
    for number in range(1, 41):
        contacts.record(device, shop, {"content": f"call {number}"})
        for _ in range(3):
            count = len(reading.below(device, shop, "contact_record"))
            total = reading.counts(device, office.books["north"]).get("contact_record", 0)
            if count != number or total < seen:
                wrong.append((number, count, total))
            seen = total
    stop.set()
    thread.join()

    sync(device)
    assert wrong == []
    assert len(reading.below(device, shop, "contact_record")) == 40 and device.outbox.unsettled_ids() == []
