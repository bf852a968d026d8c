"""The server in memory stands for the real one in most of the device-days: what it promises it keeps too."""

from __future__ import annotations

import random

import pytest

from roundbook.simulation import memory_push
from roundbook.simulation.crashes import SERVER, Crashed
from roundbook.simulation.memory_server import MemoryServer
from sync_protocol.changes import new_set
from sync_protocol.identity import derived_id

END_MS = 2_000


@pytest.mark.parametrize("after", [False, True], ids=["before it counts", "after it counted"])
def test_a_stand_in_falls_back_though_the_server_dies_while_he_does(after: bool) -> None:
    """Found by seed 10029: the end of the stand-in was forgotten with the death, and he stayed."""
    now = [1_000]
    server = MemoryServer(lambda: now[0], random.Random(1).randbytes)
    li, wang = server.add_user("li", "account_manager"), server.add_user("wang", "account_manager")
    north = server.add_book("north")
    server.assign(north, "maintainer", li)
    assert server.stand_in(north, "maintainer", wang, END_MS)

    now[0] = END_MS
    SERVER.arm(0, after)
    with pytest.raises(Crashed):
        server.assign(north, "supervisor", li)
    server.assign(north, "supervisor", li)

    assert server.tables.seats[north, "maintainer"].user == li


def test_what_somebody_read_of_a_granted_copy_is_noted_on_his_own_desk_alone() -> None:
    """As on the whole server: tests/specification/test_readings.py."""
    server = MemoryServer(lambda: 1_000, random.Random(1).randbytes)
    li, wang = server.add_user("li", "account_manager"), server.add_user("wang", "account_manager")

    def noted(seq: int, book: str) -> str:
        values = {"of": derived_id("a shop"), "grant": derived_id("a copy"), "opened_at": 900}
        change = {
            "op": "create",
            "type": "reading",
            "record": derived_id("reading", str(seq)),
            "customer": None,
            "set": values,
        }
        wire = new_set(
            id=derived_id("set", str(seq)), author=li, book=book, made="900-0", action="granted.read",
            changes=[{**change, "seat": "maintainer", "term": 0}],
        )  # fmt: skip
        told = memory_push.push(server.tables, memory_push.Sender(derived_id("phone"), li), seq, wire, 1_000)
        return str(told["state"])

    assert [noted(1, server.desk_of(li)), noted(2, server.desk_of(wang))] == ["applied", "refused"]
    lie = [kept.stored.book for kept in server.tables.records.values() if kept.stored.type == "reading"]
    assert lie == [server.desk_of(li)]
