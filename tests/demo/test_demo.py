"""The demonstration as a program and as a person see it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from roundbook.supervisor import free_address


def start(home: Path, *options: str) -> subprocess.Popen[str]:
    host, port = free_address()
    environment = {**os.environ, "ROUNDBOOK_BIND": f"{host}:{port}"}
    environment.pop("DISPLAY", None)
    command = [sys.executable, "-m", "roundbook", "demo", "--home", str(home), *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def running_below(home: Path) -> list[str]:
    """Command lines of processes that have to do with this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in words and process.name != str(os.getpid()):
            found.append(process.name)
    return found


def test_a_day_in_the_field_reaches_head_office_and_a_program_can_read_it(tmp_path: Path) -> None:
    home = tmp_path / "demo"

    process = start(home, "--once")
    out, err = process.communicate(timeout=240)

    told = json.loads(out.strip().splitlines()[-1])
    assert process.returncode == 0, err[-2000:]
    assert told["equal"] is True and told["device"] == told["server"] and told["problems"] == []
    day = {"visit": 10, "photo": 13, "order": 6, "contact_record": 2, "complaint": 1, "knowledge_case": 1, "edit": 3}
    assert {name: told["day"][name] for name in day} == day
    assert told["photos"] == told["thumbnails"] == 13 and told["bytes"] > 1_000_000
    assert told["in_clear_on_the_device"] == []
    assert running_below(home) == []


def test_ctrl_c_stops_every_process_that_it_started(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    process = start(home)
    assert process.stdout is not None
    for line in process.stdout:
        if "Ctrl-C" in line:
            break
    assert len(running_below(home)) >= 4

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    until = time.monotonic() + 10
    while running_below(home) and time.monotonic() < until:
        time.sleep(0.2)
    assert running_below(home) == []


def test_a_folder_that_is_no_demonstration_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")

    process = start(tmp_path, "--once")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 1 and "--home" in err
    assert precious.read_text() == "mine"
