"""What is wrong gets its problem type, costs nobody else anything, and leaves nothing behind."""

from __future__ import annotations

import gzip
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.services import enrolment
from tests.head_office import HeadOffice
from tests.wire.stranger import Stranger, uuid7

Enrolled = Callable[[str], Stranger]


def test_a_wrong_code_is_refused(office: HeadOffice) -> None:
    stranger = Stranger(office.invitation("li"))
    stranger.code = "AAAA-BBBB-CCCC-DDDD"

    assert stranger.enrol().problem == "code-wrong"


def test_a_code_serves_one_device_and_that_one_may_ask_again(office: HeadOffice) -> None:
    invitation = office.invitation("li")
    first, second = Stranger(invitation), Stranger(invitation)

    assert first.enrol().status == 200
    assert first.enrol().status == 200
    assert second.enrol().problem == "code-used"


def test_a_code_is_refused_after_a_day(office: HeadOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = Stranger(office.invitation("li"))
    now = enrolment.clock.now_ms
    monkeypatch.setattr(enrolment.clock, "now_ms", lambda: now() + enrolment.VALID_MS)

    assert stranger.enrol().problem == "code-expired"


def test_enrolment_must_be_signed_by_the_key_that_it_brings(office: HeadOffice) -> None:
    stranger = Stranger(office.invitation("li"))
    other = Ed25519PrivateKey.generate()
    brought = stranger.key
    stranger.key = other

    answer = stranger.enrol(
        sign_key=__import__("base64").urlsafe_b64encode(brought.public_key().public_bytes_raw()).decode().rstrip("=")
    )

    assert answer.problem == "signature-wrong"


def test_a_device_that_the_server_does_not_know_is_told_so_under_signature(enrolled: Enrolled) -> None:
    device = enrolled("li")
    device.device = str(uuid.uuid4())

    answer = device.round_trip()

    assert (answer.status, answer.problem, answer.signed) == (401, "device-unknown", True)


def test_a_signature_of_another_key_is_refused(enrolled: Enrolled) -> None:
    device = enrolled("li")

    answer = device.call("POST", "/sync/1", json.dumps(device.request()).encode(), key=Ed25519PrivateKey.generate())

    assert (answer.status, answer.problem) == (401, "signature-wrong")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not-json"),
        (b"not json at all", "not-json"),
        (b'{"v": NaN}', "not-json"),
        (b'{"v": 1, "v": 2}', "not-json"),
        (b"\xff\xfe", "not-json"),
        (b"[" * 200_000, "not-json"),
        (b"[]", "not-the-schema"),
        (b'{"v": 1}', "not-the-schema"),
    ],
)
def test_a_body_that_is_no_sync_request_is_refused(enrolled: Enrolled, body: bytes, problem: str) -> None:
    device = enrolled("li")

    answer = device.call("POST", "/sync/1", body, zipped=len(body) < 1000)

    assert answer.problem == problem
    assert answer.signed


def test_the_reasons_name_the_members(enrolled: Enrolled) -> None:
    device = enrolled("li")

    answer = device.round_trip(last_seq="seven", pending=["x"])

    assert answer.json["reasons"] == {"last_seq": ["integer.type"], "pending.0": ["id.format"]}


def test_a_body_that_is_too_large_is_refused_also_when_it_only_grows_on_inflating(enrolled: Enrolled) -> None:
    device = enrolled("li")
    bomb = gzip.compress(b"0" * (64 * 1024 * 1024))

    plain = device.call("POST", "/sync/1", b"1" * (8 * 1024 * 1024 + 1), zipped=False)
    inflated = device.call("POST", "/sync/1", bomb, zipped=False, Content_Encoding="gzip")

    assert (plain.status, plain.problem) == (413, "too-large")
    assert (inflated.status, inflated.problem) == (413, "too-large")


def test_a_device_reported_lost_gets_nothing_and_what_it_sends_is_put_aside(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    customer = office.customer("north", "Lost And Found")
    device = enrolled("li")
    book = device.held()
    made = device.save(
        book, device.change("create", "visit", uuid7(), customer, book, set={"state": "open", "checked_in_at": 1})
    )
    with office.app.app_context():
        enrolment.revoke(device.device, "lost", "test")

    answer = device.round_trip()

    assert (answer.status, answer.problem, answer.signed) == (403, "device-lost", True)
    with office.app.app_context():
        from server.storage.database import reading
        from server.storage.tables import change_set

        with reading() as connection:
            row = connection.execute(change_set.select().where(change_set.c.id == made)).one()
    assert row.state == "quarantined" and json.loads(row.body)["id"] == made


def test_a_retired_device_is_heard_and_told_to_leave(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Goodbye Shop")
    device = enrolled("li")
    book = device.held()
    made = device.save(
        book, device.change("create", "visit", uuid7(), customer, book, set={"state": "open", "checked_in_at": 1})
    )
    with office.app.app_context():
        enrolment.revoke(device.device, "retired", "test")

    answer = device.round_trip()

    assert device.verdict(made)["state"] == "applied"
    assert answer.json["device"] == "retired" and answer.json["scope"] == {}


def test_a_copy_of_a_device_is_found_by_its_number(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Cloned Shop")
    device = enrolled("li")
    book = device.held()
    values = {"state": "open", "checked_in_at": 1}
    device.save(book, device.change("create", "visit", uuid7(), customer, book, set=values))
    device.sync()
    device.last_seq -= 1
    device.save(book, device.change("create", "visit", uuid7(), customer, book, set=values))

    answer = device.round_trip()

    assert (answer.status, answer.problem) == (409, "device-forked")


def test_a_number_that_names_another_set_already_stops_the_whole_request(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    """R40: nothing of it is stored, not what stands before it either."""
    customer = office.customer("north", "Numbered Shop")
    device = enrolled("li")
    book, values = device.held(), {"state": "open", "checked_in_at": 1}
    made = [device.save(book, device.change("create", "visit", uuid7(), customer, book, set=values)) for _ in range(2)]
    first, second = device.outbox
    known = {"seq": second["seq"], "set": {**second["set"], "id": uuid7()}}

    twice_here = device.round_trip(sets=[first, second, known])
    device.round_trip(sets=[second])
    known_before = device.round_trip(sets=[first, known])
    rows = device.round_trip(sets=[], pending=made).json["verdicts"]
    device.round_trip(sets=[first, second])

    assert [(one.status, one.problem) for one in (twice_here, known_before)] == [(409, "device-forked")] * 2
    assert [(verdict["id"], verdict["state"]) for verdict in rows] == [(made[1], "applied")]
    assert device.verdict(made[0])["state"] == "applied"


def test_a_set_id_with_another_body_is_refused(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Reused Shop")
    device = enrolled("li")
    book = device.held()
    made = device.save(
        book, device.change("create", "visit", uuid7(), customer, book, set={"state": "open", "checked_in_at": 1})
    )
    item = json.loads(json.dumps(device.outbox[0]))
    device.sync()
    item["set"]["action"] = "something else"

    device.round_trip(sets=[item])

    assert device.verdict(made)["changes"][0]["why"] == [{"field": "id", "code": "id-reused"}]


def test_a_set_in_the_name_of_another_is_refused(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Forged Shop")
    device = enrolled("li")
    book = device.held()
    change = device.change("create", "visit", uuid7(), customer, book, set={"state": "open", "checked_in_at": 1})
    made = device.save(book, change, author=office.users["wang"])

    device.sync()

    assert device.verdict(made)["changes"][0]["why"] == [{"field": "author", "code": "author.other"}]


def test_a_photo_whose_bytes_differ_from_its_hash_begins_again(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Damaged Photo")
    device = enrolled("li")
    book, content = device.held(), b"\xff\xd8" + bytes(200_000)
    sha256 = hashlib.sha256(content).hexdigest()
    values = {
        "sha256": sha256,
        "size_bytes": len(content),
        "media_type": "image/jpeg",
        "taken_at": 1,
        "step": "display",
    }
    made = device.save(book, device.change("create", "photo", uuid7(), customer, book, set=values))
    device.sync()

    damaged = device.upload(book, made, content[:-1] + b"!", sha256=sha256)
    right = device.upload(book, made, content)

    assert (damaged.status, damaged.problem, damaged.signed) == (460, "photo-differs", True)
    assert right.status == 204


def test_another_users_upload_does_not_exist(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("north", "Private Photo")
    device, other = enrolled("li"), enrolled("wang")
    book, content = device.held(), b"\xff\xd8" + bytes(2000)
    values = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": 2002,
        "media_type": "image/jpeg",
        "taken_at": 1,
        "step": "display",
    }
    made = device.save(book, device.change("create", "photo", uuid7(), customer, book, set=values))
    device.sync()
    began = device.upload(book, made, content, stop_at=0)

    answer = other.call("HEAD", began.headers["Location"], Tus_Resumable="1.0.0")

    assert answer.status == 404
    assert other.upload(book, made, content).problem == "photo-unknown"


def test_what_is_not_there_is_refused_with_a_problem_that_says_so(enrolled: Enrolled) -> None:
    device = enrolled("li")

    assert device.call("GET", f"/books/{device.held()}/snapshots/x").problem == "snapshot-gone"
    assert device.call("POST", "/renew/1", b"{}").problem == "not-the-schema"
    assert device.call("GET", "/sync/1").problem == "method-not-allowed"
    assert device.call("GET", "/sync/2").problem == "not-found"


def test_each_problem_is_logged_once_with_the_device_and_without_what_it_sent(
    enrolled: Enrolled, caplog: pytest.LogCaptureFixture
) -> None:
    device = enrolled("li")
    caplog.clear()

    device.call("POST", "/sync/1", b'{"v": "Corner Shop, 515 555 0100"}')

    about = [record.getMessage() for record in caplog.records if "not-the-schema" in record.getMessage()]
    assert len(about) == 1
    assert device.device in about[0] and "515 555 0100" not in about[0]


def test_what_one_device_gets_wrong_costs_another_nothing(office: HeadOffice, enrolled: Enrolled) -> None:
    customer = office.customer("south", "Quiet Shop")
    bad, good = enrolled("li"), enrolled("wang")
    book = good.held()
    made = good.save(
        book, good.change("create", "visit", uuid7(), customer, book, set={"state": "open", "checked_in_at": 1})
    )

    for body in (b"", b"{", b"[" * 50_000, b"\x00" * 1000):
        bad.call("POST", "/sync/1", body, zipped=False)
    good.sync()

    assert good.verdict(made)["state"] == "applied"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"app": "\x00"}, "text.control-character"),
        ({"app": "\ud83d"}, "text.surrogate"),
        ({"schema": 2**31}, "integer.range"),
        ({"holds": {"sets": 2**31}}, "integer.range"),
        ({"holds": {"photos": 2**53 - 1}}, "integer.range"),
    ],
)
def test_what_no_database_keeps_is_refused_before_anything_is_judged(
    office: HeadOffice, enrolled: Enrolled, members: dict[str, Any], code: str
) -> None:
    customer = office.customer("north", "Much Too Much")
    device = enrolled("li")
    book, values = device.held(), {"state": "open", "checked_in_at": 1}
    made = device.save(book, device.change("create", "visit", uuid7(), customer, book, set=values))

    refused = device.round_trip(**members)
    device.sync()

    reasons = refused.json["reasons"]
    assert (refused.status, refused.signed, list(reasons.values())) == (400, True, [[code]])
    assert device.verdict(made)["state"] == "applied" and "repeat" not in device.verdict(made)


@pytest.mark.parametrize("member", ["name", "platform", "app"])
@pytest.mark.parametrize("text", ["a\x00b", "\ud83d"])
def test_an_enrolment_with_what_no_database_keeps_leaves_the_code_as_it_was(
    office: HeadOffice, member: str, text: str
) -> None:
    stranger = Stranger(office.invitation("li"))

    refused = stranger.enrol(**{member: text})

    assert (refused.status, refused.problem) == (400, "not-the-schema")
    assert stranger.enrol().status == 200
