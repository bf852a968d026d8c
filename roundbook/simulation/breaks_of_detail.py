"""Deliberate breaks of what only a second look shows: all data agree with each other, and say another time, person or place than the true one."""

from __future__ import annotations

from typing import Any

from roundbook.simulation.breaks import a_break, everywhere

HOUR_MS = 3_600_000


@a_break("pure", "a stamp has the time of its change, whatever its author had seen (R22)")
def stamp_without_what_was_seen() -> None:
    from sync_protocol import judge

    judge._Judge._seen_times = lambda self: []  # type: ignore[method-assign]


@a_break("whole", "a stand-in's end is carried out hours late (R17)")
def let_the_stand_in_linger() -> None:
    from server.services import clock, hand_overs

    original = hand_overs.settle_due

    def settle_due(connection: Any, locked: Any) -> bool:
        now_ms = clock.now_ms
        clock.now_ms = lambda: now_ms() - 6 * HOUR_MS
        try:
            return original(connection, locked)
        finally:
            clock.now_ms = now_ms

    everywhere(original, settle_due)


@a_break("whole", "a stand-in stays a day longer than was asked for (R17)")
def let_the_stand_in_stay_a_day_longer() -> None:
    from server.services import hand_overs

    original = hand_overs._hand_over

    def hand_over(connection: Any, book: str, seat: str, to: str | None, by: str, until: int | None) -> int:
        return original(connection, book, seat, to, by, until + 24 * HOUR_MS if until else until)

    everywhere(original, hand_over)
