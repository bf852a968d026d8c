"""The fault palette: what can go wrong, by name, and how often it did. A fault counts only when it changed what happened."""

from __future__ import annotations

from collections import Counter

NETWORK = {
    "answer_lost": "the server did it, the device never heard",
    "request_lost": "nothing arrived",
    "duplicated": "one request arrived twice",
    "delayed": "a request arrived days after it was sent",
    "reordered": "a request arrived after a later one of the same device",
    "truncated": "an answer was cut off",
    "request_truncated": "a request was cut off",
    "bit_flipped": "one bit of an answer was wrong",
    "request_bit_flipped": "one bit of a request was wrong",
    "captive_portal": "a login page answered",
    "server_error": "something between answered 502",
}
CRASHES = {
    "device_crash_before": "the power went before a commit of the device",
    "device_crash_after": "the power went after a commit of the device",
    "server_crash_before": "the server died before a commit",
    "server_crash_after": "the server died after a commit, before it answered",
    "disk_full": "a device could not write",
    "poisoned_set": "a set made the server fail each time",
}
CLOCKS = {
    "clock_5min_ahead": 5 * 60_000,
    "clock_5min_behind": -5 * 60_000,
    "clock_1d_ahead": 86_400_000,
    "clock_1d_behind": -86_400_000,
    "clock_10y_ahead": 10 * 365 * 86_400_000,
    "clock_10y_behind": -10 * 365 * 86_400_000,
    "clock_backwards": -90 * 60_000,
    "clock_frozen": None,
}
EVENTS = {
    "swizzled": "devices stopped one by one and set free in another order",
    "hand_over": "a seat changed hands while work on it was unsent",
    "stand_in_returned": "a stand-in's end date passed while work of his was unsent",
    "moved": "a customer went to another book while work on it was unsent",
    "cloned": "a copy of a phone went on beside it",
    "rolled_back": "a phone was put back to an older copy of itself",
    "retired": "a device was retired with work unsent",
    "lost": "a stolen device sent work",
    "dismissed": "the device of a dismissed user sent work",
    "server_restored": "the server was put back to an older copy",
    "failed_over": "an older copy took over, and nobody told the server that history was lost",
    "hostile_client": "a valid signature under illegal content",
    "id_reused": "a set's id came again with another body",
    "enrolled_anew": "a phone became another device with work that it kept",
    "schema_upgrade": "the server went to the next release while work of the one before was unsent",
    "old_client": "a phone of the release before sent work to the server",
    "retired_client": "a phone of a release that the server answers no more sent work",
    "drifted": "a phone's copy of a book was not what it should be",
    "app_updated": "a phone went to the next release with work unsent",
}
OF_FILES = {
    "photo_lost": "the power went between the file of a photo and its row",
    "carried": "work went to the office by hand, in a file, and not only so",
    "answer_carried": "an answer came back by hand",
}
PALETTE = (*NETWORK, *CRASHES, *CLOCKS, *EVENTS)


def palette_of(stack: str) -> tuple[str, ...]:
    """What can go wrong there: files are on the whole stack alone."""
    return (*PALETTE, *OF_FILES) if stack == "whole" else PALETTE


class Faults(Counter[str]):
    """Name -> how often it changed what happened."""

    def hit(self, name: str) -> None:
        """Count one."""
        assert name in PALETTE or name in OF_FILES, name
        self[name] += 1
