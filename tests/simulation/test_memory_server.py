"""The server in memory stands for the real one in most of the device-days: what it promises it keeps too."""

from __future__ import annotations

import random

import pytest

from roundbook.simulation.crashes import SERVER, Crashed
from roundbook.simulation.memory_server import MemoryServer

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
