"""The process beside the server: what it says is what the server would have said itself, also when it is busy or gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from server.services import beside, push_verdict, round_trip
from server.services.push_claim import digest_in_order
from sync_protocol import changes, json_text, signing
from sync_protocol.identity import new_id
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket

MANY = 420
KEY = signing.new_private_key(bytes(range(32)))


class NotHere(AssertionError):
    """The work was done in this process."""


@pytest.fixture
def process() -> Iterator[int]:
    """The process, for one test."""
    found = beside.start()
    assert found is not None
    yield found
    beside.stop()
    os.waitpid(found, 0)


def not_here(*_: object) -> Any:
    raise NotHere


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)


@pytest.fixture
def author() -> str:
    return new_id(1, os.urandom(10))


@pytest.fixture
def wires(author: str) -> list[Any]:
    """Sets of one author: most in order, some wrong in themselves, one no set at all."""
    book, shop = new_id(2, os.urandom(10)), new_id(3, os.urandom(10))

    def call(n: int, **values: Any) -> Any:
        change = {
            "op": "create", "type": "contact_record", "record": new_id(n, os.urandom(10)), "customer": shop, "seat": "maintainer",
            "term": 1, "set": {"content": f"call {n} 电话", "contacted_at": 1_700_000_000_000, **values},
        }  # fmt: skip
        made = f"{1_700_000_000_000 + n}-0"
        id_ = new_id(n, os.urandom(10))
        return changes.new_set(id=id_, author=author, book=book, made=made, action="call", changes=[change])

    found = [call(n) for n in range(1, MANY + 1)]
    found[3] = call(3, content=1.5)
    found[70] = {**found[70], "author": new_id(9, os.urandom(10))}
    found[200] = None
    found[260] = call(260, no_such_field="x")
    return found


def body_of(wires: list[Any]) -> bytes:
    return json_text.dumps({"v": 1, "sets": [{"seq": seq, "set": wire} for seq, wire in enumerate(wires, 1)]})


def checked(wires: list[Any], author: str) -> list[str | None]:
    with beside.Checking(body_of(wires), author) as checking:
        return list(checking.digests(wires))


def test_sets_are_checked_beside_as_they_are_checked_here(
    process: int, wires: list[Any], author: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = [digest_in_order(wire, author) for wire in wires]
    monkeypatch.setattr(beside, "digest_in_order", not_here)

    assert checked(wires, author) == here
    assert [n for n, digest in enumerate(here) if digest is None] == [3, 70, 200, 260]


def test_a_short_request_is_checked_here(
    process: int, wires: list[Any], author: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "digest_in_order", not_here)

    with pytest.raises(NotHere):
        checked(wires[:60], author)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"sets":5}', b'{"sets":{"a":1}}', b"\xff", b'{"sets":[1,null,{}]}']
)
def test_what_is_no_request_is_checked_here_and_the_next_request_beside(
    process: int, wires: list[Any], author: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = [digest_in_order(wire, author) for wire in wires]
    with beside.Checking(body + b" " * beside.CHECKS_FROM_BYTES, author) as checking:
        assert checking.is_beside
        assert list(checking.digests([None, 7, {}])) == [None, None, None]
    monkeypatch.setattr(beside, "digest_in_order", not_here)

    assert checked(wires, author) == here


def test_who_finds_it_busy_does_his_work_himself_and_who_leaves_early_leaves_nothing_behind(
    process: int, wires: list[Any], author: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = [digest_in_order(wire, author) for wire in wires]
    with beside.Checking(body_of(wires), author) as first, beside.Checking(body_of(wires[::-1]), author) as second:
        assert (first.is_beside, second.is_beside) == (True, False)
        assert list(second.digests(wires[::-1])) == here[::-1]
        assert next(first.digests(wires)) == here[0]
    with beside.Checking(body_of(wires), author):
        pass
    monkeypatch.setattr(beside, "digest_in_order", not_here)

    assert checked(wires, author) == here


def test_a_killed_process_costs_no_set_its_check(process: int, wires: list[Any], author: str) -> None:
    here = [digest_in_order(wire, author) for wire in wires]
    with beside.Checking(body_of(wires), author) as checking:
        digests = checking.digests(wires)
        first = next(digests)
        kill(process)

        assert [first, *digests] == here
    assert checked(wires, author) == here


@pytest.mark.parametrize("count", [1, beside.SIGNED_AT_A_TIME, 3 * beside.SIGNED_AT_A_TIME + 7])
@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed midway"])
def test_signatures_made_beside_are_those_made_here_in_their_order(process: int, count: int, killed: bool) -> None:
    texts = [f"text {n}".encode() for n in range(count)]

    with beside.Signatures(KEY) as signatures:
        for n, text in enumerate(texts):
            signatures.add(text)
            if killed and n == count // 2:
                kill(process)
        made = signatures.all()

    assert made == [signing.sign(KEY, text) for text in texts]


def test_many_signatures_are_made_beside_and_an_interrupted_one_leaves_nothing_behind(
    process: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = [signing.sign(KEY, b"text %d" % n) for n in range(beside.SIGNED_AT_A_TIME)]
    with pytest.raises(NotHere), beside.Signatures(KEY) as signatures:
        for n in range(beside.SIGNED_AT_A_TIME):
            signatures.add(b"other %d" % n)
        raise NotHere
    monkeypatch.setattr(signing, "sign", not_here)

    with beside.Signatures(KEY) as signatures:
        for n in range(beside.SIGNED_AT_A_TIME):
            signatures.add(b"text %d" % n)
        assert signatures.all() == right


def test_a_long_request_is_judged_with_it_as_without_and_every_receipt_holds(
    process: int, desk: Desk, office: HeadOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    li: Pocket = desk.pocket("li")
    shop = office.customer("north", "Long Request")
    sets = [li.set(li.visit(shop)) for _ in range(MANY)]
    digests = [digest_in_order(wire, li.sender.user) for wire in sets]
    for module in (beside, round_trip):
        monkeypatch.setattr(module, "digest_in_order", not_here)

    numbered = [{"seq": seq, "set": wire} for seq, wire in enumerate(sets, 1)]
    with beside.Checking(body_of(sets), li.sender.user) as checking:
        verdicts = round_trip.push_all(li.sender, numbered, checking=checking)

    assert [(verdict["id"], verdict["state"]) for verdict in verdicts] == [(wire["id"], "applied") for wire in sets]
    with office.app.app_context():
        from server.services import epochs, parts
        from server.storage.database import reading

        with reading() as connection:
            epoch = epochs.current(connection)
        key = signing.public_text(parts.keyring().sign_key)
    for verdict, digest in zip(verdicts, digests, strict=True):
        assert signing.verify(key, verdict["receipt"], push_verdict.receipt_text(epoch, verdict, digest))
