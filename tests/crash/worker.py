"""A device at work in a process of its own, until it is killed. It prints the id of what it saved, once it is saved.

`python -m tests.crash.worker FOLDER BOOK CUSTOMER SEED`, with the hex data key on stdin (the passphrase would cost half a second).
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from field_app.device import Device
from field_app.services import contacts, customers, photos, visits
from field_app.store.keys import Keyring
from tests.device.builders import Clock, jpeg


def work(folder: Path, customer: str, seed: int, keyring: Keyring) -> None:
    """Save visits, contacts, edits and photos without end, and say what was saved."""
    chance = random.Random(seed)
    pictures = [jpeg(number, 160) for number in range(4)]
    device = Device(folder, keyring, clock_ms=Clock(int(time.time() * 1000)))
    device.start()
    print("ready", flush=True)
    visit = visits.open_visit(device)
    visit_id = visit.id if visit is not None else say("visit", visits.check_in(device, customer))
    while True:
        kind = chance.random()
        if kind < 0.3:
            say("photo", photos.attach(device, visit_id, chance.choice(pictures), "display"))
        elif kind < 0.5:
            number = str(chance.randrange(10**9))
            customers.edit(device, customer, {"communication_note": number})
            say("note", number)
        else:
            say("contact_record", contacts.record(device, customer, {"content": "x" * chance.randrange(2000)}))


def say(kind: str, what: str) -> str:
    """Tell the parent that it is saved."""
    print(kind, what, flush=True)
    return what


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Keyring(bytes.fromhex(sys.stdin.readline())))
