"""Rules that a client which shares no code with us can see from outside."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import pull, push_claim, round_trip
from server.storage import typed
from server.storage.database import reading, writing
from server.storage.tables import book, change_set, log_body, record
from sync_protocol import changes
from sync_protocol.fields import text
from sync_protocol.records import base, record_type
from tests.head_office import HeadOffice
from tests.rules.conftest import Enrolled


def stamps_of(office: HeadOffice, record_id: str) -> dict[str, list[Any]]:
    with office.app.app_context(), reading() as connection:
        row = connection.execute(sa.select(record).where(record.c.id == record_id)).mappings().one()
        return {name: list(stamp) for name, stamp in typed.stored_of(row).stamps.items()}


def test_r1_a_stamp_says_who_set_a_field_when_and_no_base_is_too_old_to_merge(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    shop, north = office.customer("north", "Stamped"), office.books["north"]
    li, also_li = enrolled("li"), enrolled("li")
    old = also_li.edit(shop, north, contact_person="Ann")
    made = li.save(north, li.edit(shop, north, contact_phone="515 555 0100"))
    li.sync()
    for n in range(3):
        li.save(north, li.edit(shop, north, communication_note=f"note {n}"))
        li.sync()
    rev, device, seq, user, time = stamps_of(office, shop)["contact_phone"]
    assert (rev, device, user) == (2, li.device, li.user) and seq == 1
    assert abs(time - li.clock_ms()) < 60_000 and made
    with office.app.app_context(), writing() as connection:  # merging reads stamps, never what the log had to say
        connection.execute(sa.delete(log_body))

    kept = also_li.save(north, old)
    also_li.sync()

    assert also_li.verdict(kept)["state"] == "applied"
    assert also_li.records[shop]["fields"]["contact_person"] == "Ann"
    assert also_li.records[shop]["fields"]["contact_phone"] == "515 555 0100"


def test_r4_a_set_is_of_one_book_and_what_it_says_of_another_is_no_work_of_its_holder(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    mine, other = office.customer("north", "Mine"), office.customer("south", "Not Mine")
    north = office.books["north"]
    li = enrolled("li")
    both = li.save(north, li.visit(mine, north)[1], li.visit(other, north)[1])
    li.save(north, li.visit(mine, north)[1])
    li.outbox[-1]["set"]["book"] = [north, office.books["south"]]
    li.round_trip()

    states = [change["state"] for change in li.verdict(both)["changes"]]
    assert states == ["applied", "proposed"]
    refused = [v for v in li.verdicts.values() if v["state"] == "refused"]
    assert [reason["field"] for v in refused for c in v["changes"] for reason in c["why"]] == ["book"]


def test_r24_more_is_false_only_where_all_books_are_at_their_heads(
    office: HeadOffice, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = enrolled("chen")
    chen.cursors, chen.records = {}, {}
    monkeypatch.setattr(pull, "PAGE_ITEMS", 2)
    for n in range(3):
        office.customer("north", f"N{n}"), office.customer("south", f"S{n}")

    pages, ends = 0, []
    while not ends:
        answer = chen.round_trip().json
        pages += 1
        if pages == 2:
            office.customer("north", "While the round lasts")
        with office.app.app_context(), reading() as connection:
            heads = {row.id: row.pos for row in connection.execute(sa.select(book.c.id, book.c.pos))}
        reached = {name: int(chen.cursors.get(name, "0").split(".")[0]) for name in chen.scope}
        behind = [name for name, pos in reached.items() if pos < heads[name]]
        assert bool(answer["more"]) == bool(behind), (answer["more"], behind)
        ends = [] if answer["more"] else [answer]

    assert pages > 4
    assert set(ends[0]["check"]) == set(chen.scope)
    assert "While the round lasts" in {r["fields"].get("store_name") for r in chen.records.values()}


@pytest.fixture
def second_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release in which visits must have a weather; the first schema knew none."""

    class Visit(record_type("visit")):  # type: ignore[misc]
        weather = text(("Weather", "天气", "天氣"), group="work", required=True, required_since=2)

    monkeypatch.setitem(base._types, "visit", Visit)
    monkeypatch.setitem(base._instances, "visit", Visit())
    for module in (push_claim, changes, round_trip):
        monkeypatch.setattr(module, "SCHEMA_NOW", 2)


def save_visit(phone: Any, shop: str, north: str, schema: int, **values: Any) -> tuple[str, str]:
    visit, change = phone.visit(shop, north)
    change["set"] |= values
    made = phone.save(north, change)
    phone.outbox[-1]["set"]["schema"] = schema
    return visit, made


@pytest.mark.usefixtures("second_schema")
def test_r49_a_set_is_judged_by_its_own_schema_and_what_it_could_not_know_is_marked(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    shop, north = office.customer("north", "Of Two Schemas"), office.books["north"]
    li = enrolled("li")
    for table in ("ALTER TABLE t_visit ADD COLUMN weather TEXT",):
        with office.app.app_context(), writing() as connection:
            connection.exec_driver_sql(table)
    typed._made.pop(record_type("visit"), None)

    old, made_old = save_visit(li, shop, north, 1)
    _, made_new = save_visit(li, shop, north, 2)
    _, made_whole = save_visit(li, shop, north, 2, weather="rain")
    li.sync()

    told = {name: li.verdict(made)["changes"][0] for name, made in
            (("old", made_old), ("new", made_new), ("whole", made_whole))}  # fmt: skip
    assert (told["old"]["state"], told["old"]["why"]) == ("applied", [{"field": "weather", "code": "incomplete"}])
    assert (told["new"]["state"], told["new"]["why"]) == ("refused", [{"field": "weather", "code": "required"}])
    assert (told["whole"]["state"], told["whole"].get("why")) == ("applied", None)
    assert "weather" not in li.records[old]["fields"]


def test_r51_an_app_below_the_oldest_schema_is_served_no_more_and_loses_nothing(
    office: HeadOffice, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, north = office.customer("north", "Old App"), office.books["north"]
    li = enrolled("li")
    _, readable = save_visit(li, shop, north, 3)
    _, too_old = save_visit(li, shop, north, 1)
    for module, names in ((round_trip, ("SCHEMA_NOW", "SCHEMA_MIN")), (push_claim, ("SCHEMA_NOW",))):
        for name in names:
            monkeypatch.setattr(module, name, 6)

    first = li.round_trip(schema=3)
    li.round_trip(schema=3)

    assert (first.status, first.problem, first.json["min"], first.json["now"]) == (426, "schema-retired", 6, 6)
    assert first.signed and "records" not in first.json
    updated = li.round_trip(schema=6, sets=[], pending=[readable, too_old])
    states = {verdict["id"]: verdict["state"] for verdict in updated.json["verdicts"]}
    assert states == {readable: "applied", too_old: "refused"}
    with office.app.app_context(), reading() as connection:
        body = connection.scalar(sa.select(change_set.c.body).where(change_set.c.id == too_old))
    assert json.loads(body or "{}")["id"] == too_old, "put aside whole, for a person"


def test_r50_fields_values_and_types_that_a_release_does_not_know_are_kept_and_travel(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    shop, north = office.customer("north", "Of The Future"), office.books["north"]
    li = enrolled("li")
    with office.app.app_context(), writing() as connection:
        row = connection.execute(sa.select(record).where(record.c.id == shop)).mappings().one()
        fields = {**json.loads(row["fields"]), "hologram": {"depth": 3}, "business_status": "teleported"}
        connection.execute(sa.update(record).where(record.c.id == shop).values(fields=json.dumps(fields)))

    made = li.save(north, li.edit(shop, north, contact_person="Ann"))
    li.sync()
    status = li.save(north, li.edit(shop, north, business_status="also unheard of"))
    li.sync()

    assert li.verdict(made)["state"] == li.verdict(status)["state"] == "applied"
    kept = li.records[shop]["fields"]
    assert (kept["hologram"], kept["contact_person"]) == ({"depth": 3}, "Ann")
    assert kept["business_status"] == "also unheard of"


def test_a_review_from_a_phone_counts_where_its_author_has_the_role_and_a_seat(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    shop, north = office.customer("north", "Reviewed"), office.books["north"]
    office.users.get("gao") or office.user("gao", "supervisor")
    li, chen, gao = enrolled("li"), enrolled("chen"), enrolled("gao")
    visit, a_visit = li.visit(shop, north)
    li.save(north, a_visit)
    li.sync()
    chen.sync()

    def review(phone: Any, name: str, outcome: str) -> dict[str, Any]:
        values = {"of": visit, "outcome": outcome, "comment": "seen on the phone"}
        about = {"op": "create", "type": "review", "record": name, "customer": shop, "seat": "supervisor", "term": 1}
        made = phone.save(north, {**about, "set": values})
        phone.round_trip()
        found: dict[str, Any] = phone.verdict(made)
        return found

    by_chen = review(chen, shop[:-4] + "0001", "accept")
    by_li = review(li, shop[:-4] + "0002", "accept")
    by_gao = review(gao, shop[:-4] + "0003", "return")

    assert by_chen["state"] == "applied"
    for refused in (by_li, by_gao):
        assert (refused["state"], refused["changes"][0]["why"][0]["code"]) == ("refused", "not-holder")
    li.sync()
    assert li.records[shop[:-4] + "0001"]["fields"]["outcome"] == "accept"
