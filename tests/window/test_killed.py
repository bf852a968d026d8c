"""The app killed at any moment while it is worked in: what the window had shown as done is there in its next life."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from field_app.device import Device
from field_app.presenters import drafts
from field_app.services import photos, reading, visits
from sync_protocol.evidence import first_broken
from tests.device.builders import PASSPHRASE
from tests.presenters.rounds import Round, now_ms

LIVES = int(os.environ.get("ROUNDBOOK_APP_LIVES", "3"))


def live(home: Path, speaks: str, seed: int, lines: int, seconds: float) -> list[list[Any]]:
    """One life of the app, ended by SIGKILL that many seconds after it said so many lines. Returns: what it said."""
    command = [sys.executable, "-m", "tests.window.robot", str(home), speaks, str(seed)]
    errors = (home / "robot.log").open("w")
    robot = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert robot.stdout is not None
    said: list[list[Any]] = []
    for line in robot.stdout:
        said.append(json.loads(line))
        if len(said) == lines:
            threading.Timer(seconds, robot.send_signal, (signal.SIGKILL,)).start()
    assert robot.wait() == -signal.SIGKILL, (home / "robot.log").read_text()[-3000:]
    return said


def lost(device: Device, said: list[list[Any]]) -> list[str]:
    """What was said to be done and is not there. The last word about a thing counts."""
    missing = []
    last: dict[tuple[Any, ...], Any] = {}
    for what, *rest in said:
        if what == "will":  # killed in the middle of it: the old value, the new one, or a part of it
            last.pop(tuple(rest), None)
        elif what in ("draft", "count"):
            last[what, rest[0], rest[1]] = rest[2]
        elif what == "photo" and not photos.read(device, rest[1]):
            missing.append(f"photo {rest[1]}")
        elif what == "ordered" and reading.shown(device, rest[0]).state != "on_phone":
            missing.append(f"order {rest[0]}")
        elif what == "visit" and reading.shown(device, rest[0]).fields["state"] != "open":
            missing.append(f"visit {rest[0]}")
    for (what, visit, name), value in last.items():
        if what == "draft" and drafts.kept(device, f"visit:{visit}").get(name) != value:
            missing.append(f"{name}: {value}")
        if what == "count":
            counted = {
                one.fields["product"]: one.fields["quantity"] for one in reading.referring(device, visit, "stock_count")
            }
            if counted.get(name) != value:
                missing.append(f"count of {name}: {value}, not {counted.get(name)}")
    return [*missing, *_last_step_lost(device, said)]


def _last_step_lost(device: Device, said: list[list[Any]]) -> list[str]:
    """A picture that was sealed, or an order that was begun, by the very last step."""
    what, *rest = said[-1]
    if what == "held":
        waiting = photos.held(device, rest[0])
        kept = {one.fields["sha256"] for one in reading.referring(device, rest[0], "photo")}
        if rest[1] not in kept and (waiting is None or waiting.sha256 != rest[1]):
            return ["the picture that waited"]
    if what == "basket":
        customer = reading.find(device, "customer")[0].id
        kept_basket = drafts.kept(device, f"order:{customer}").get("quantities", {})
        saved = len(reading.below(device, customer, "order"))
        if kept_basket != rest[0] and not saved:
            return [f"the order that was begun: {rest[0]}, not {kept_basket}"]
    return []


@pytest.mark.parametrize("speaks", ["en", "zh_Hans"])
def test_nothing_that_was_done_is_lost_when_the_app_is_killed_at_any_moment(
    the_round: Round, tmp_path: Path, speaks: str
) -> None:
    home = tmp_path / "field"
    the_round.home(home)
    chance, said = Random(f"{speaks} {time.time_ns()}"), list[list[Any]]()

    for life in range(LIVES):
        said += live(home, speaks, chance.randrange(10**9), chance.randrange(3, 16), chance.uniform(0, 0.5))
        device = Device.unlock(home, PASSPHRASE, clock_ms=now_ms)
        try:
            assert lost(device, said) == [], (life, said[-5:])
            visit = visits.open_visit(device)
            chain = sorted(reading.referring(device, visit.id, "photo"), key=lambda one: one.id) if visit else []
            assert first_broken([one.fields for one in chain]) is None
            assert device.photos.delete_orphans() == 0, "the start before had deleted what no record names"
        finally:
            device.close()
    assert sum(what[0] != "up" for what in said) >= LIVES, said
