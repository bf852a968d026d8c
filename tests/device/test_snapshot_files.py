"""A book that comes as a file is taken only if every part of what was said of it is true (R28); the journal has its caps (R37)."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import customers
from field_app.store import journal
from field_app.sync.signed import Answer
from field_app.sync.snapshots import load_snapshot
from field_app.sync.transport import NoNetwork
from sync_protocol.chain import check_item, check_text
from tests.device.scripted import EPOCH, NORTH, SOUTH, a_record, now_ms, record_id
from tests.device.test_rounds import SCOPE as SCOPE
from tests.device.test_rounds import cursor as cursor
from tests.device.test_rounds import device as device
from tests.device.test_rounds import server as server

DAY_MS = 24 * 3600 * 1000


def a_file(header: Mapping[str, Any], trailer: Mapping[str, Any], *, name: str = "Shop") -> bytes:
    """A snapshot of two customers, who are called so. Args: header, trailer: what they say otherwise than they should."""
    records = [a_record(n, pos=n, store_name=f"{name} {n}") for n in (1, 2)]
    total = check_text(sum(check_item(one["id"], one["ver"]) for one in records))
    first = {"book": NORTH, "epoch": EPOCH, "cursor": cursor(2), "schema": 1, **header}
    lines = [first, *records, {"n": len(records), "sum": total, **trailer}]
    return gzip.compress(
        "".join(json.dumps(line) + "\n" for line in lines).encode(), 0, mtime=0
    )  # stored, so that as many bytes stay as many


def load(device: Device, content: bytes, announced: bytes) -> int:
    """Let the device load this file, where another was announced."""
    told = {"id": record_id(50), "cursor": cursor(2), "size": len(announced), "schema": 1}
    device.settings.set("epoch", EPOCH)

    def ask(method: str, path: str, *, headers: Mapping[str, str], file_sha256: str) -> Answer:
        start, last = map(int, headers["Range"].removeprefix("bytes=").split("-"))
        return Answer(206, {}, content[start : last + 1], now_ms(), 0, 0)

    return load_snapshot(device, ask, NORTH, {**told, "sha256": hashlib.sha256(announced).hexdigest()})


def test_r28_a_file_that_is_what_was_announced_is_taken(device: Device) -> None:
    content = a_file({}, {})

    assert load(device, content, content) == 2


@pytest.mark.parametrize(
    ("header", "trailer"),
    [
        ({"book": SOUTH}, {}),
        ({"epoch": record_id(9)}, {}),
        ({"cursor": cursor(3)}, {}),
        ({}, {"n": 3}),
        ({}, {"sum": "0" * 24}),
    ],
)
def test_r28_a_file_that_says_something_else_of_itself_is_given_up(
    device: Device, header: dict[str, Any], trailer: dict[str, Any]
) -> None:
    content = a_file(header, trailer)

    with pytest.raises(NoNetwork, match="not whole"):
        load(device, content, content)
    assert device.books.beside(NORTH) is None


def test_r28_a_file_whose_values_were_changed_on_the_way_is_given_up_though_count_and_sum_are_right(
    device: Device,
) -> None:
    announced, changed = a_file({}, {}), a_file({}, {}, name="Sh0p")
    assert len(announced) == len(changed) and announced != changed

    with pytest.raises(NoNetwork, match="not whole"):
        load(device, changed, announced)
    assert device.books.beside(NORTH) is None


def test_r37_the_journal_forgets_beyond_its_caps_the_oldest_first(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = [customers.edit(device, record_id(1), {"contact_person": name})[0] for name in ("Ann", "Bob", "Cid")]
    at = now_ms()
    for age, set_id in zip((91, 89, 0), sets, strict=True):
        verdict = {"id": set_id, "state": "applied", "at": {NORTH: 9}}
        device.outbox.settle([verdict], at - age * DAY_MS)

    device.journal.prune({}, at)
    by_age = [device.outbox.find(set_id) is not None for set_id in sets]
    newest = device.outbox.find(sets[2])
    assert newest is not None
    monkeypatch.setattr(journal, "KEPT_BYTES", newest.size)
    device.journal.prune({}, at)

    assert journal.KEPT_MS == 90 * DAY_MS and by_age == [False, True, True]
    assert [device.outbox.find(set_id) is not None for set_id in sets] == [False, False, True]
