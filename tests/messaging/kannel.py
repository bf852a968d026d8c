"""Kannel for real: bearerbox, smsbox and the fake SMS centre of Debian's packages `kannel` and `kannel-extras`, on free ports."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
DRIVE_SMPP = "/usr/lib/kannel/test/drive_smpp"

CONFIG = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
smsbox-port = {box}
smsbox-interface = 127.0.0.1
admin-password = admin
status-password = admin
log-file = "{folder}/bearerbox.log"
log-level = 1
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
dlr-storage = internal
store-type = spool
store-location = "{folder}/spool"

group = smsc
smsc = fake
smsc-id = fake
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 1
mo-recode = true
http-request-retry = 3
http-queue-delay = 1

group = sendsms-user
username = roundbook
password = secret
max-messages = 8
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{replies}?from=%p&to=%P&text=%a&charset=%C&id=%I"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Kannel:
    """The running gateway. `url`: smsbox's sendsms address."""

    folder: Path
    ports: dict[str, int]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['send']}/cgi-bin/sendsms"

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait(timeout=10)

    def centre(self, *messages: str) -> None:
        """Start the fake SMS centre; each of these is sent to us once: "from to text words"."""
        options = ["-H", "127.0.0.1", "-r", str(self.ports["centre"]), "-i", "0.05", "-m", str(len(messages))]
        if not messages:
            options = ["-H", "127.0.0.1", "-r", str(self.ports["centre"]), "-i", "3600", "-m", "1"]
        self.start("centre", FAKESMSC, *options, *(messages or ("1 2 text never",)))

    def heard(self) -> str:
        """What the fake SMS centre wrote about the messages that reached it."""
        path = self.folder / "centre.out"
        return path.read_text(errors="replace") if path.exists() else ""

    def status(self) -> str:
        url = f"http://127.0.0.1:{self.ports['admin']}/status.txt?password=admin"
        return requests.get(url, timeout=5).text


def is_installed() -> bool:
    return bool(shutil.which("bearerbox") and shutil.which("smsbox") and Path(FAKESMSC).exists())


def wait_for_port(port: int, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")


@contextmanager
def running(folder: Path, replies: str) -> Iterator[Kannel]:
    """Kannel from the block's begin to its end, without a centre yet. Args: replies: where it brings what people send."""
    kannel = Kannel(folder, {name: free_port() for name in ("admin", "box", "send", "centre")})
    (folder / "spool").mkdir()
    config = folder / "kannel.conf"
    config.write_text(CONFIG.format(folder=folder, replies=replies, **kannel.ports))
    try:
        kannel.start("bearerbox", "bearerbox", str(config))
        wait_for_port(kannel.ports["box"])
        kannel.start("smsbox", "smsbox", str(config))
        wait_for_port(kannel.ports["send"])
        yield kannel
    finally:
        for name in list(kannel.processes):
            kannel.stop(name)
