"""A stranger's client enrols, works, pushes and pulls over HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tests.head_office import HeadOffice
from tests.wire.stranger import Stranger, uuid7

Enrolled = Callable[[str], Stranger]


def a_visit(device: Stranger, customer: str) -> tuple[str, str]:
    book, visit = device.held(), uuid7()
    values = {"state": "open", "purpose": "planned", "checked_in_at": device.clock_ms()}
    return visit, device.save(
        book, device.change("create", "visit", visit, customer, book, set=values), action="check in"
    )


def test_a_device_holds_its_own_round_its_desk_and_the_catalogue_and_nothing_else(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    ours, theirs = office.customer("north", "Corner Shop"), office.customer("south", "Far Shop")
    product = office.product("A1", "Black Velvet", 1299)

    device = enrolled("li")

    assert ours in device.records and product in device.records
    assert theirs not in device.records
    assert {entry["kind"] for entry in device.scope.values()} == {"round", "desk", "reference"}


def test_a_visit_is_applied_once_however_often_it_is_sent(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Twice Shop")
    device = enrolled("li")
    visit, made = a_visit(device, customer)
    again = list(device.outbox)

    device.sync()
    first = device.verdict(made)
    answer = device.round_trip(sets=again)

    assert first["state"] == "applied" and "repeat" not in first
    repeated = next(v for v in answer.json["verdicts"] if v["id"] == made)
    assert repeated == {**first, "repeat": True}
    assert device.records[visit]["rev"] == 1


def test_positions_of_a_book_have_no_gaps_and_the_check_agrees(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Gapless Shop")
    device = enrolled("li")
    for _ in range(5):
        a_visit(device, customer)

    device.sync()  # the stranger compares count and sum of every book

    with office.app.app_context():
        from server.storage.database import reading
        from server.storage.tables import log

        with reading() as connection:
            rows = connection.execute(
                log.select().where(log.c.book_id == office.books["north"]).order_by(log.c.pos)
            ).all()
    assert [row.pos for row in rows] == list(range(1, len(rows) + 1))


def test_a_holder_edits_dynamic_fields_at_once_and_applies_for_static_ones(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    customer = office.customer("north", "Old Name", contact_phone="515 555 0100")
    device = enrolled("li")
    book = device.held()
    values = {"contact_phone": "515 555 0199", "store_name": "New Name"}

    made = device.save(book, device.change("edit", "customer", customer, customer, book, set=values))
    device.sync()

    assert device.verdict(made)["state"] == "proposed"
    assert device.records[customer]["fields"]["contact_phone"] == "515 555 0199"
    assert device.records[customer]["fields"]["store_name"] == "Old Name"
    proposal = device.records[device.verdict(made)["changes"][0]["proposal"]]
    assert proposal["fields"]["decider"] == "supervisor"


def test_an_edit_that_had_not_seen_another_is_settled_and_the_loser_is_kept(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    customer = office.customer("north", "Two Phones")
    phone, tablet = enrolled("li"), enrolled("li")
    book = phone.held()
    phone.save(book, phone.change("edit", "customer", customer, customer, book, set={"needs": "ice"}))
    later = tablet.save(
        book,
        tablet.change("edit", "customer", customer, customer, book, set={"needs": "glasses"}),
        made=f"{tablet.clock_ms() + 60_000}-0",
    )

    phone.sync()
    tablet.sync()

    assert tablet.verdict(later)["state"] == "merged"
    conflict = tablet.records[tablet.verdict(later)["changes"][0]["conflict"]]["fields"]
    assert tablet.records[customer]["fields"]["needs"] == "glasses"
    assert (conflict["kept"], conflict["lost"]) == ('"glasses"', '"ice"')


def test_a_bad_change_among_good_ones_costs_only_itself(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Bad Among Good")
    device = enrolled("li")
    book = device.held()
    good, made_good = a_visit(device, customer)
    bad = device.save(
        book,
        device.change(
            "create", "visit", uuid7(), customer, book, set={"state": "open", "checked_in_at": "soon", "colour": "red"}
        ),
    )
    also_good, made_also = a_visit(device, customer)

    device.sync()

    why = {reason["field"]: reason["code"] for reason in device.verdict(bad)["changes"][0]["why"]}
    assert device.verdict(bad)["state"] == "refused"
    assert why == {"checked_in_at": "integer.type", "colour": "field.unknown"}
    assert [device.verdict(made)["state"] for made in (made_good, made_also)] == ["applied", "applied"]
    assert good in device.records and also_good in device.records


def test_a_sync_with_nothing_to_do_is_small(office: HeadOffice, enrolled: Enrolled) -> None:
    import gzip
    import json

    device = enrolled("li")

    body = json.dumps(device.request(), separators=(",", ":")).encode()
    answer = device.call("POST", "/sync/1", body)

    assert set(answer.json) == {"v", "epoch", "time", "reply_to", "more"}
    assert len(gzip.compress(body)) + len(gzip.compress(answer.body)) <= 700


def test_a_photo_follows_its_record_in_pieces_and_resumes(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Photo Shop")
    device = enrolled("li")
    book, content = device.held(), bytes(range(256)) * 800
    sha256 = hashlib.sha256(content).hexdigest()
    values = {
        "sha256": sha256,
        "size_bytes": len(content),
        "media_type": "image/jpeg",
        "taken_at": device.clock_ms(),
        "step": "display",
    }
    made = device.save(book, device.change("create", "photo", uuid7(), customer, book, set=values))
    before = device.upload(book, made, content)
    device.sync()

    wanted = list(device.want)
    device.upload(book, made, content, stop_at=100_000)
    done = device.upload(book, made, content)
    again = device.upload(book, made, content)

    assert before.problem == "photo-unknown"
    assert {"book": book, "sha256": sha256} in wanted
    assert done.status == 204 and again.status == 201 and again.headers["Upload-Offset"] == str(len(content))
    assert device.sync().json.get("want", []) == []


def test_what_waits_for_another_set_is_applied_when_that_comes(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Order Matters")
    device = enrolled("li")
    book = device.held()
    visit, made_visit = a_visit(device, customer)
    count = device.save(
        book,
        device.change(
            "create", "stock_count", uuid7(), customer, book, set={"visit": visit, "quantity": "3", "counted_at": 5}
        ),
    )
    first, second = device.outbox

    device.round_trip(sets=[second])
    waiting = device.verdict(count)["state"]
    device.round_trip(sets=[first])
    device.round_trip(sets=[], pending=[count])

    assert waiting == "waiting"
    assert device.verdict(count)["state"] == "applied"
    assert device.verdict(made_visit)["state"] == "applied"
