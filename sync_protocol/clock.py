"""`made`: the device's clock as a hybrid clock, never going back on a device; and its correction by the server (R22)."""

from __future__ import annotations

CORRECTION_MARKED_MS = 10 * 60 * 1000


def tick(last: str | None, now_ms: int) -> str:
    """The next `made` on a device: `"<ms>-<counter>"`. Args: last: the one before, if any. now_ms: the device's clock."""
    if last is None:
        return f"{now_ms}-0"
    last_ms, counter = parse(last)
    return f"{now_ms}-0" if now_ms > last_ms else f"{last_ms}-{counter + 1}"


def parse(made: str) -> tuple[int, int]:
    """(ms, counter) of a `made`. Raises: ValueError if it is not of the form."""
    ms, dash, counter = made.partition("-")
    if not (dash and ms.isascii() and ms.isdecimal() and counter.isascii() and counter.isdecimal() and len(made) < 40):
        raise ValueError("made.format")
    return int(ms), int(counter)


def corrected(made: str, *, skew_ms: int, received_ms: int, seen_ms: int) -> tuple[int, bool]:
    """The time that a stamp gets (R22), and whether the correction is large enough to be marked.

    Args: skew_ms: device clock minus server clock when it was sent. received_ms: server clock at receipt. seen_ms: the
        largest time of the stamps that the change had seen.
    """
    claimed = parse(made)[0]
    time = max(seen_ms, min(claimed - skew_ms, received_ms))
    return time, abs(time - claimed) > CORRECTION_MARKED_MS
