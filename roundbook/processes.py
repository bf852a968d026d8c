"""Child processes that never outlive their parent: each in a session of its own, its output in a log file."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

LOG_BYTES_KEPT = 10_000_000  # a longer log is set aside as NAME.log.1 at the next start


class Process:
    """A running child process.

    Its session of its own keeps the terminal's Ctrl-C away from it, so that the parent decides the order in which
    processes stop; and it tells, at the end, what the child has started itself and left behind.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: pathlib.Path) -> None:
        """Start the command. `log` is appended to; its folder must exist."""
        self.name = name
        self.log = log
        if log.exists() and log.stat().st_size > LOG_BYTES_KEPT:
            log.replace(log.with_suffix(".log.1"))
        self.log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [*leash(), *command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is the id of its session too."""
        return self._child.pid

    def status(self) -> int | None:
        """The exit status, minus the signal's number if a signal ended it; None while it runs."""
        return self._child.poll()

    def last_words(self, lines: int = 20) -> str:
        """The end of what it has written since this start."""
        with self.log.open("rb") as output:
            output.seek(self.log_start)
            return "\n".join(output.read().decode(errors="replace").splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process; what it started itself is its own to stop."""
        if self.status() is None:
            self._child.terminate()

    def end(self) -> None:
        """Kill the process and whatever else is left in its session."""
        if self.status() is None:
            self._child.kill()
            self._child.wait()
        for pid in members(session=self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def stop(processes: Sequence[Process], grace_s: float) -> None:
    """Ask all of them to stop, then end what has not within `grace_s`. A second Ctrl-C ends them at once.

    Halfway through they are asked again: that is how RQ's workers are told to let go of the job in hand.
    """
    try:
        for share in (0.5, 0.5):
            for process in processes:
                process.ask_to_stop()
            deadline = time.monotonic() + grace_s * share
            while any(process.status() is None for process in processes) and time.monotonic() < deadline:
                time.sleep(0.02)
    finally:
        for process in processes:
            process.end()


def leash() -> list[str]:
    """What to put before a command so that the kernel ends it when this process is killed without a last word."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv and sys.platform == "linux" else []


def members(session: int) -> Iterator[int]:
    """The ids of the processes in a session, where the system tells (/proc)."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()  # state, ppid, pgrp, session, ...
            if int(fields[3]) == session and fields[0] != "Z":
                yield int(stat.parent.name)
