"""Receipts of a large group of sets are signed beside its commit and made again when they are asked for (docs/decisions/0019)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import epochs, parts, pull, push_together, push_verdict, round_trip
from server.storage import tables
from server.storage.database import reading, writing
from sync_protocol import changes, identity, signing
from sync_protocol.canonical import canonical
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket


@pytest.fixture
def shop(office: HeadOffice) -> str:
    """A customer of the north."""
    return office.customer("north", "Shop", needs="ice")


@pytest.fixture
def li(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Pocket:
    """Whose groups are large from two sets on."""
    monkeypatch.setattr(push_together, "LARGE", 2)
    return desk.pocket("li")


def sync(li: Pocket, *wires: dict[str, Any]) -> list[dict[str, Any]]:
    return round_trip.push_all(li.sender, [{"seq": seq, "set": wire} for seq, wire in enumerate(wires, 1)])


def stored(set_id: str) -> dict[str, Any]:
    with reading() as connection:
        text = connection.scalar(sa.select(tables.change_set.c.verdict).where(tables.change_set.c.id == set_id))
    found: dict[str, Any] = json.loads(text)
    return found


def is_signed(wire: dict[str, Any], verdict: dict[str, Any], epoch: str) -> bool:
    text = canonical([epoch, wire["id"], changes.digest(wire), verdict["state"], verdict["at"]])
    return signing.verify(signing.public_text(parts.keyring().sign_key), verdict["receipt"], text)


def test_each_set_has_the_receipt_of_its_own_verdict_and_gets_the_same_one_again(li: Pocket, shop: str) -> None:
    wires = [li.set(li.visit(shop)) for _ in range(5)]

    verdicts = sync(li, *wires)

    with reading() as connection:
        epoch = epochs.current(connection)
        asked_after = pull.verdicts(connection, [wire["id"] for wire in wires], li.sender.user)
    assert len({verdict["receipt"] for verdict in verdicts}) == 5
    for seq, (wire, verdict) in enumerate(zip(wires, verdicts, strict=True), 1):
        assert verdict["state"] == "applied" and is_signed(wire, verdict, epoch) and "epoch" not in verdict
        assert "receipt" not in stored(wire["id"])
        assert li.send(wire, seq=seq) == {**verdict, "repeat": True}
        assert asked_after[wire["id"]] == verdict


def test_a_receipt_that_is_made_again_in_a_later_epoch_is_the_one_that_was_given(li: Pocket, shop: str) -> None:
    wires = [li.set(li.visit(shop)) for _ in range(2)]
    verdicts = sync(li, *wires)
    with writing() as connection:
        before = epochs.current(connection)
        number = connection.scalar(sa.select(sa.func.max(tables.epoch.c.number)))
        later = {"id": identity.derived_id("later"), "parent": before, "forks": "{}", "reason": "restored"}
        connection.execute(sa.insert(tables.epoch), {**later, "began_at": 1, "number": number + 1})
        assert epochs.current(connection) == later["id"]

    again = sync(li, *wires)

    assert again == [{**verdict, "repeat": True} for verdict in verdicts]
    assert all(is_signed(wire, verdict, before) for wire, verdict in zip(wires, again, strict=True))


def test_a_signature_that_fails_after_the_commit_costs_no_set_its_verdict(
    li: Pocket, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wires = [li.set(li.visit(shop)) for _ in range(4)]
    signed, calls = push_verdict.signed, iter(range(100))

    def once_broken(*args: Any, **kwargs: Any) -> str:
        if next(calls) == 2:
            raise OSError("no randomness, no memory, whatever")
        return signed(*args, **kwargs)

    monkeypatch.setattr(push_verdict, "signed", once_broken)

    verdicts = sync(li, *wires)

    with reading() as connection:
        epoch = epochs.current(connection)
    assert [verdict["state"] for verdict in verdicts] == ["applied"] * 4
    assert all(is_signed(wire, verdict, epoch) for wire, verdict in zip(wires, verdicts, strict=True))


def test_of_a_group_that_is_broken_off_only_what_was_judged_is_signed(li: Pocket, shop: str) -> None:
    stranger = li.set(li.visit("0190a0a0-0000-7000-8000-000000000001"))
    wires = [*(li.set(li.visit(shop)) for _ in range(3)), stranger, *(li.set(li.visit(shop)) for _ in range(2))]

    verdicts = sync(li, *wires)

    with reading() as connection:
        epoch = epochs.current(connection)
    assert [verdict["state"] for verdict in verdicts] == ["applied"] * 3 + ["waiting"] + ["applied"] * 2
    assert all(is_signed(wire, verdict, epoch) for wire, verdict in zip(wires, verdicts, strict=True))
