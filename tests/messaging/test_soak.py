"""The soak in small: real workers and schedulers killed, a real Redis restarted and emptied, a gateway that misbehaves."""

import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(180)
def test_no_message_is_lost_doubled_or_sent_again_under_kills_restarts_and_an_emptied_redis():
    command = [sys.executable, "-m", "benchmarks.messages.soak", "--quick", "--seconds", "10"]
    counts = ["--messages", "60", "--kills", "8", "--restarts", "2", "--flushes", "1"]

    done = subprocess.run([*command, *counts], capture_output=True, text=True, check=False)

    found = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, found
    assert (found["messages"], found["kills"], found["restarts"], found["flushes"]) == (60, 8, 2, 1)
    assert (found["lost"], found["doubled"], found["resent_unknown"]) == (0, 0, 0)
    assert sum(number for name, number in found["killed"].items() if "at work" in name) >= 2
    assert found["slowest_rering_s"] < 60
