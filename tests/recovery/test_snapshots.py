"""A large book comes as one file: never stale, never to the wrong reader, resumed where it broke (R26-R28, scenario 18)."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from field_app.device import Device
from field_app.services import reading
from field_app.sync import snapshots as loading
from field_app.sync.client import SyncReport, sync_once
from field_app.sync.transport import HttpTransport, NoNetwork, Response
from server.services import epochs, hand_overs, moves, parts, snapshots, users
from server.storage import tables
from server.storage.database import reading as server_reading
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet
from tests.recovery.copies import Copies
from tests.recovery.test_lost_history import on_both_engines
from tests.wire.stranger import Answer, Stranger


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large in these tests: books of more than 5 records, tails of more than 10 entries, pieces of 300 bytes."""
    monkeypatch.setattr(snapshots, "RECORDS_FROM", 5)
    monkeypatch.setattr(snapshots, "TAIL_LIMIT", 10)
    monkeypatch.setattr(loading, "PIECE_BYTES", 300)


def shops(office: HeadOffice, count: int = 8, book: str = "north", name: str = "Shop") -> list[str]:
    return [office.customer(book, f"{name} {n}", contact_person=f"Ann {n}") for n in range(count)]


def names(device: Device) -> list[str]:
    return sorted(row.name for row in reading.find_customers(device))


class Watched:
    """A way to the server that keeps what was asked for and may break in a snapshot. `spoil`: changes an answer."""

    def __init__(self, url: str) -> None:
        self.inner = HttpTransport(url)
        self.asked: list[tuple[str, str]] = []
        self.break_after = 10**6
        self.spoil: Any = None

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        self.asked.append((path, headers.get("Range", "")))
        if "/snapshots/" in path:
            self.break_after -= 1
            if self.break_after < 0:
                raise NoNetwork("in a lift")
        answer = self.inner.exchange(method, path, headers, body)
        return self.spoil(answer) if self.spoil and "/snapshots/" in path else answer

    @property
    def ranges(self) -> list[str]:
        return [part for path, part in self.asked if "/snapshots/" in path]

    def sync(self, device: Device) -> SyncReport:
        try:
            return sync_once(device, self)
        finally:
            self.inner.close()


@pytest.fixture
def empty(fleet: Fleet, office: HeadOffice) -> Device:
    """Li's device, enrolled before there was anything, its book to be loaded from the beginning."""
    device = fleet.enrol("li")
    shops(office)
    for book in device.books.held():
        device.books.drop_cursor(book)
    return device


def build(office: HeadOffice, book: str = "north") -> snapshots.Snapshot:
    with office.app.app_context():
        return snapshots.build(office.books[book])


def handed_out(office: HeadOffice, book: str = "north") -> snapshots.Snapshot | None:
    with office.app.app_context(), server_reading() as connection:
        query = sa.select(tables.book).where(tables.book.c.id == office.books[book])
        return snapshots.usable(connection, connection.execute(query).mappings().one())


# The file


@on_both_engines
def test_the_file_holds_the_book_as_it_is_at_one_instant(office: HeadOffice) -> None:
    """R26: a header, the records, a trailer, of one snapshot of the database."""
    made = shops(office)

    found = build(office)

    with office.app.app_context():
        raw = b"".join(snapshots.content(found, 0, found.size))
        assert b"".join(snapshots.content(found, 7, 900)) == raw[7:900]
    assert (len(raw), hashlib.sha256(raw).hexdigest()) == (found.size, found.sha256)
    header, *records, trailer = [json.loads(line) for line in gzip.decompress(raw).splitlines()]
    assert header == {"book": office.books["north"], "epoch": found.epoch, "cursor": found.cursor, "schema": 1}
    assert [record["id"] for record in records] == made and trailer["n"] == len(made)
    assert handed_out(office) == found


@on_both_engines
def test_a_snapshot_older_than_a_departure_is_never_handed_out(office: HeadOffice) -> None:
    """R27: it would show a customer to somebody who was never entitled to him."""
    made = shops(office)
    build(office)
    with office.app.app_context():
        moves.move_customers([made[0]], office.books["south"], users.SYSTEM)

    assert handed_out(office) is None


@on_both_engines
def test_a_snapshot_of_another_life_is_never_handed_out(office: HeadOffice) -> None:
    """R27: nor one of another epoch."""
    shops(office)
    build(office)
    with office.app.app_context():
        epochs.begin_epoch("restored")

    assert handed_out(office) is None


def test_a_snapshot_of_a_future_that_was_lost_is_never_handed_out(office: HeadOffice, copies: Copies) -> None:
    shops(office)
    copies.take()
    shops(office, 2, name="Later")
    build(office)
    copies.put_back()
    assert handed_out(office) is None

    shops(office, 2, name="Others")
    assert handed_out(office) is None, "the position is there again, the entry is another"


def test_a_snapshot_with_a_long_tail_is_made_anew_and_the_old_file_goes(office: HeadOffice) -> None:
    shops(office)
    old = build(office)
    shops(office, 11, name="More")
    assert handed_out(office) is None

    with office.app.app_context():
        snapshots.prepare([office.books["north"]])
        keys = parts.objects().keys(f"snapshots/{office.books['north']}")

    found = handed_out(office)
    assert found is not None and found.id != old.id
    assert keys == sorted(f"snapshots/{office.books['north']}/{name}" for name in (found.id, "current"))


# On the wire


def asking(device: Stranger, **members: Any) -> dict[str, Any]:
    answer = device.call(
        "POST", "/sync/1", json.dumps(device.request(**members)).encode(), Content_Type="application/json"
    )
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture
def stranger(office: HeadOffice) -> Stranger:
    shops(office)
    found = Stranger(office.invitation("li"))
    assert found.enrol().status == 200
    return found


def get(device: Stranger, path: str, **headers: str) -> Answer:
    return device.call("GET", path, **headers)


def signed_over(device: Stranger, answer: Answer, path: str, sha256: str) -> bool:
    from sync_protocol import signing

    text = signing.file_text("GET", path, device.device, int(answer.headers["Roundbook-Sent"]), sha256, b"")
    return signing.verify(device.server_key, answer.headers["Roundbook-Signature"], text)


def test_who_does_not_ask_for_snapshots_gets_pages(office: HeadOffice, stranger: Stranger) -> None:
    stranger.sync()

    assert len([r for r in stranger.records.values() if r["type"] == "customer"]) == 8


def test_a_large_book_is_announced_and_given_whole_or_in_parts(office: HeadOffice, stranger: Stranger) -> None:
    """R26: by range, with its tag."""
    answer = asking(stranger, snapshots=True)
    (book, told), path = (
        next(iter(answer["snapshots"].items())),
        f"/books/{office.books['north']}/snapshots/{answer['snapshots'][office.books['north']]['id']}",
    )

    whole = get(stranger, path)
    part = get(stranger, path, Range="bytes=10-29")
    rest = get(stranger, path, Range=f"bytes={told['size'] - 5}-", If_Range=f'"{told["sha256"]}"')
    other = get(stranger, path, Range="bytes=10-29", If_Range='"of another file"')
    beyond = get(stranger, path, Range=f"bytes={told['size']}-")

    assert book == office.books["north"] and answer["more"] and book not in answer.get("cursors", {})
    assert whole.status == 200 and hashlib.sha256(whole.body).hexdigest() == told["sha256"]
    assert len(whole.body) == told["size"] and whole.headers["ETag"] == f'"{told["sha256"]}"'
    assert (part.status, part.body) == (206, whole.body[10:30])
    assert part.headers["Content-Range"] == f"bytes 10-29/{told['size']}"
    assert (rest.status, rest.body) == (206, whole.body[-5:])
    assert (other.status, len(other.body)) == (200, told["size"])
    assert (beyond.status, beyond.problem, beyond.signed) == (416, "range-wrong", True)
    assert all(signed_over(stranger, found, path, told["sha256"]) for found in (whole, part, rest, other))


def test_the_scope_is_checked_at_every_request(office: HeadOffice, stranger: Stranger) -> None:
    """R26: a file is not a right."""
    told = asking(stranger, snapshots=True)["snapshots"][office.books["north"]]
    path = f"/books/{office.books['north']}/snapshots/{told['id']}"
    wang = Stranger(office.invitation("wang"))
    wang.enrol()
    assert get(stranger, path).status == 200

    with office.app.app_context():
        hand_overs.hand_over(office.books["north"], "maintainer", None, users.SYSTEM)

    for device in (stranger, wang):
        answer = get(device, path)
        assert (answer.status, answer.problem, answer.signed) == (404, "not-found", True)


def test_a_stale_snapshot_is_gone(office: HeadOffice, stranger: Stranger) -> None:
    told = asking(stranger, snapshots=True)["snapshots"][office.books["north"]]
    with office.app.app_context():
        (gone, *_) = [r["id"] for r in office_records(office)]
        moves.move_customers([gone], office.books["south"], users.SYSTEM)

    answer = get(stranger, f"/books/{office.books['north']}/snapshots/{told['id']}")

    assert (answer.status, answer.problem) == (410, "snapshot-gone")


def office_records(office: HeadOffice) -> list[dict[str, Any]]:
    with server_reading() as connection:
        query = sa.select(tables.record).where(tables.record.c.book_id == office.books["north"])
        return [dict(row) for row in connection.execute(query).mappings()]


def test_nobody_gets_a_snapshot_without_a_right_signature(office: HeadOffice, stranger: Stranger) -> None:
    told = asking(stranger, snapshots=True)["snapshots"][office.books["north"]]
    path = f"/books/{office.books['north']}/snapshots/{told['id']}"
    thief = Stranger(office.invitation("li"))
    thief.enrol()
    thief.device = stranger.device

    assert get(thief, path).problem == "signature-wrong"
    stranger.clock_ms = lambda: 1_000_000
    assert get(stranger, path).problem == "clock-apart"
