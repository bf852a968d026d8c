"""`roundbook …` in a process of its own that is killed, as by `kill -9`, when it comes to a point for the n-th time.

python -m tests.backup.killed module:name:n before|after WORD…: the words are those of the command.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

from roundbook.cli import main


def arm(point: str, when: str) -> None:
    """From now on the n-th call of this function is the end."""
    module_name, path, n = point.split(":")
    owner: Any = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    real, left = getattr(owner, name), int(n)

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*given, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, counted)


if __name__ == "__main__":
    arm(sys.argv[1], sys.argv[2])
    main(sys.argv[3:])
