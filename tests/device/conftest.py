from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from field_app.device import Device
from field_app.sync.transport import HttpTransport
from tests.device.builders import PASSPHRASE, Clock, sync
from tests.head_office import HeadOffice, serving


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    """A head office with Li, who maintains the north, Wang, who maintains the south, and Chen above them."""
    home: Path = tmp_path_factory.mktemp("head-office")
    with serving(home) as found:
        for login in ("li", "wang"):
            found.user(login)
        found.user("chen", "supervisor")
        found.book("north", maintainer="li", supervisor="chen")
        found.book("south", maintainer="wang", supervisor="chen")
        yield found


Enrol = Callable[..., Device]


@pytest.fixture
def enrol(office: HeadOffice, tmp_path: Path) -> Iterator[Enrol]:
    """A fresh device of a user, after its first sync."""
    made: list[Device] = []

    def make(login: str = "li", *, home: str = "home", first_sync: bool = True) -> Device:
        clock = Clock(int(time.time() * 1000))
        transport = HttpTransport(office.url)
        device = Device.enrol(
            tmp_path / home, office.invitation(login), PASSPHRASE, transport, clock_ms=clock, name=f"{login}'s phone"
        )
        transport.close()
        made.append(device)
        if first_sync:
            sync(device)
        return device

    yield make
    for device in made:
        if not device.is_wiped:
            device.close()
