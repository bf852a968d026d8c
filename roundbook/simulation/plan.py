"""What is to be simulated, and when its first day begins."""

from __future__ import annotations

from dataclasses import dataclass

START_MS = 1_795_000_000_000 // 86_400_000 * 86_400_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated. `database`: of the whole stack, SQLite if None. `faults`: False leaves them all out."""

    stack: str
    seed: int
    devices: int
    days: int
    database: str | None = None
    faults: bool = True
